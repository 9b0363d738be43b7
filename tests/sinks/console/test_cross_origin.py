"""A signed-in browser, and a page of somebody else's that wants something from the console."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import uvicorn
from playwright.sync_api import sync_playwright

from sinks.console.accounts import Role
from sinks.console.sessions import COOKIE
from tests.sinks.console.reception import PASSWORD, Reception

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no browser here: apt install chromium"),
]


@contextlib.contextmanager
def console(folder: Path) -> Iterator[str]:
    """The reception on a port of its own; gives its address."""
    sock = socket.create_server(("127.0.0.1", 0))
    servers: list[uvicorn.Server] = []
    ready = threading.Event()

    def serve() -> None:
        # All in this thread: its files are opened here.
        reception = Reception(folder)
        reception.add("anna", Role.OPERATOR)
        servers.append(uvicorn.Server(uvicorn.Config(reception.app, log_config=None)))
        ready.set()
        servers[0].run(sockets=[sock])
        reception.guard.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(30)
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        servers[0].should_exit = True
        thread.join(30)
        sock.close()


class _Elsewhere(http.server.BaseHTTPRequestHandler):
    home: ClassVar[str] = ""

    def do_GET(self) -> None:
        page = f"""<title>elsewhere</title><a href="{self.home}/password">a link</a>
            <form id="out" method="post" action="{self.home}/logout"></form>
            <form id="in" method="post" action="{self.home}/login">
            <input name="name" value="mallory"><input name="password" value="x"></form>"""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def elsewhere(home: str) -> Iterator[str]:
    """A page of another site; gives its address."""
    _Elsewhere.home = home
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://evil.test:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.promise("security 5")
def test_another_site_can_lead_to_the_console_and_do_nothing_in_it(tmp_path: Path) -> None:
    with (
        console(tmp_path) as home,
        elsewhere(home) as evil,
        sync_playwright() as play,
        play.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--host-resolver-rules=MAP evil.test 127.0.0.1"],
        ) as browser,
    ):
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{home}/login?next=/password")
        page.fill("[name=name]", "anna")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{home}/password")

        # The strict cookie is taken on a loopback address without TLS, and no script sees it.
        (cookie,) = [c for c in page.context.cookies() if c["name"] == COOKIE]
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
        assert page.evaluate("document.cookie") == ""

        # A link in a message or on a page leads to where somebody is signed in.
        page.goto(evil)
        page.click("a")
        page.wait_for_url(f"{home}/password")
        page.wait_for_selector("text=Change the password")

        # A form that it sends by itself does nothing.
        page.goto(evil)
        with page.expect_navigation():
            page.evaluate("document.getElementById('out').submit()")
        page.goto(evil)
        with page.expect_navigation() as refused:
            page.evaluate("document.getElementById('in').submit()")
        assert refused.value.status == 403

        # It reads nothing, and frames nothing.
        page.goto(evil)
        ask = "url => fetch(url, {credentials: 'include'}).then(r => r.text(), e => 'blocked')"
        assert page.evaluate(ask, f"{home}/api/v1/me") == "blocked"
        # Nor does it listen to what is live: by events, or by a socket that it opens.
        for kind, scheme in (("EventSource", "http"), ("WebSocket", "ws")):
            line = f"{scheme}://{home.partition('://')[2]}/api/v1/live"
            opened = f"""url => new Promise(done => {{ const line = new {kind}(url);
                line.onopen = () => done('open'); line.onerror = () => done('refused') }})"""
            assert page.evaluate(opened, line) == "refused", kind
        frame = "url => { const f = document.createElement('iframe'); f.src = url; f.id = 'f'; "
        page.evaluate(frame + "document.body.append(f) }", f"{home}/password")
        page.wait_for_timeout(300)
        assert "Change the password" not in "".join(f.content() for f in page.frames)

        # Under a name of its own that points to this machine, the console does not answer.
        rebound = page.goto(home.replace("127.0.0.1", "evil.test") + "/login")
        assert rebound is not None
        assert rebound.status == 400

        page.goto(f"{home}/api/v1/me")
        assert '"anna"' in page.content()
