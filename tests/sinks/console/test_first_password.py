"""A console from its first start on: one password, shown once, and guessers who outlast a restart.

Over TLS, as operators reach it.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sinks.console.accounts import Role
from sinks.console.sessions import COOKIE
from tests.certificates import certificate
from tests.sinks.builders import RedisProcess
from tests.sinks.console.stage import Stage, Starter

CHOSEN = "eleven green bottles on a wall"


class Sealed(Stage):
    """A console that speaks TLS."""

    def __init__(self, folder: Path, server: RedisProcess) -> None:
        self.key, self.cert = certificate(folder, "console")
        super().__init__(folder, server)

    def console_options(self) -> str:
        return f', certificate: "{self.cert}", key: "{self.key}"'

    @contextmanager
    def browser(self) -> Iterator[httpx.Client]:
        """One in which nobody has signed in."""
        trust = ssl.create_default_context(cafile=str(self.cert))
        with httpx.Client(base_url=self.home, verify=trust, timeout=60) as client:
            client.headers["Origin"] = self.home.rstrip("/")
            yield client


def sign_in(browser: httpx.Client, name: str, password: str) -> httpx.Response:
    return browser.post("/login", data={"name": name, "password": password, "next": "/queue"})


def change(browser: httpx.Client, old: str, new: str) -> httpx.Response:
    found = re.search(r'name="csrf-token" content="(\w+)"', browser.get("/password").text)
    assert found is not None
    form = {"csrf": found[1], "old": old, "new": new, "again": new}
    return browser.post("/password", data=form)


def where_it_stands(folder: Path, secret: str) -> list[str]:
    """Files under a folder in which a text stands, Redis's own and the console's among them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    return [str(path) for path in files if secret.encode() in path.read_bytes()]


@pytest.mark.promise("security 3", "security 4", "security 5")
def test_the_first_password_is_shown_once_must_be_changed_and_is_written_nowhere(
    short_tmp: Path, make_redis: Starter, one_binary: Path
) -> None:
    stage = Sealed(short_tmp, make_redis(one_binary))
    with stage.set():
        first = stage.first_password
        with stage.browser() as admin:
            # No name and password that anybody could know opens it.
            for name, password in (("admin", "admin"), ("admin", ""), ("hearsight", "hearsight")):
                assert sign_in(admin, name, password).status_code == 401
            entered = sign_in(admin, "admin", first)
            assert (entered.status_code, entered.headers["location"]) == (303, "/password")
            cookies = entered.headers.get_list("set-cookie")
            assert [c for c in cookies if c.startswith(f"{COOKIE}=")]
            for cookie in cookies:
                assert cookie.startswith("__Host-")
                kept = {part.strip().lower() for part in cookie.split(";")[1:]}
                assert {"path=/", "secure", "httponly", "samesite=strict"} <= kept
            # It opens nothing but the page on which it is changed.
            for path in ("/", "/queue", "/users", "/cameras/yard", "/search"):
                assert admin.get(path).headers["location"] == "/password"
            for path in ("/api/v1/me", "/api/v1/incidents", "/api/v1/cameras/yard/picture.jpg"):
                assert admin.get(path).status_code == 403
            assert change(admin, first, first).status_code == 400
            assert change(admin, first, CHOSEN).status_code == 303
            assert admin.get("/queue").status_code == 200
        stage.person("ann", Role.OPERATOR)

        # A guesser, who goes on when the console was killed.
        with stage.browser() as guesser:
            assert sign_in(guesser, "admin", first).status_code == 401
            tries = [sign_in(guesser, "ann", f"guess {n}").status_code for n in range(8)]
            assert tries[:5] == [401] * 5
            assert 429 in tries
            while (answer := sign_in(guesser, "ann", "guess")).status_code == 401:
                pass
            wait_s = int(answer.headers["retry-after"])
        stage.kill()
        stage.start()
        with stage.browser() as guesser:
            again = sign_in(guesser, "ann", "guess once more")
            # By then some of the wait may have passed, but nobody has five tries again.
            more = [sign_in(guesser, "ann", "guess").status_code for _ in range(4)]
            assert wait_s >= 1
            assert [again.status_code, *more].count(401) <= 1
            assert 429 in more
        stage.stop()

        # Shown once: at the first start, on the terminal, and never again.
        assert stage.printed.count(first) == 1
        assert stage.printed.count("password") == 1
        for secret in (first, CHOSEN):
            assert where_it_stands(short_tmp, secret) == []
        assert where_it_stands(short_tmp, "ann"), "what stands there would be found"
