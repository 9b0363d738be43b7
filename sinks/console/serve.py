"""Runs a site's console: listens, and ends in order."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import uvicorn

from pipeline.callers import MOST_OF_ONE, Callers
from pipeline.config import Site
from pipeline.config.console import Console
from pipeline.sockets import listening
from pipeline.watchdog import Watchdog
from sinks.console.app import FOLDER, create_app, make_parts
from sinks.console.guard import Guard
from sinks.console.origins import LOOPBACK
from sinks.console.site_now import SiteNow
from sinks.console.throttle import network
from sinks.feedback import Verdict, send_verdict
from sinks.live_reader import LiveReader
from sinks.reader import AlertReader
from sinks.redis_trim import expire_all

#: Open lines of browsers get so long to end, seconds.
_END_S = 3
#: Of uvicorn's ticks, a tenth of a second each, between two signs of life.
_TICKS_A_SIGN = 20


class ConsolePortTaken(RuntimeError):
    """The console's address cannot be listened on; the text says what to do."""


class CertificateUnusable(RuntimeError):
    """The console's certificate or its key cannot be used; the text says what to do."""


def guard_of(site: Site, now: SiteNow | None = None) -> Guard:
    """The accounts of a site's console. Nothing is opened yet.

    Args:
        site: as the guard begins.
        now: knows the cameras of its groups; default: they stay as they are.
    """
    console = site.console
    return Guard.of(
        site.state_dir / FOLDER,
        (now or SiteNow(site)).members,
        hosts={console.host, *console.names} | LOOPBACK,
        https=console.behind_proxy,
    )


async def serve(
    now: SiteNow,
    redis_url: str,
    *,
    say: Callable[[str], None],
    first_account: bool,
    watchdog: Watchdog,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        now: whose console it is.
        redis_url: where its Redis answers.
        say: told the address, and what to do where nobody has an account.
        first_account: make one then, and tell its password: only where ``say`` is no log.
        watchdog: told that the console is there, and that its loop goes round.

    Raises:
        ConsolePortTaken: the address is in use or not this machine's.
        CertificateUnusable: no TLS can be spoken with what the site file names.
        AccountsError, DeskError: the console's files cannot be used.
        RouteUnguarded: a defect of ours: nothing was served.
    """
    site = now.site
    console, prefix, ca_file = site.console, site.redis.stream_prefix, site.redis.ca_file
    tls = tls_of(console)
    folder = site.state_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    guard = guard_of(site, now)
    first = guard.accounts.first_admin() if first_account else None
    parts = make_parts(
        now,
        guard,
        AlertReader(
            redis_url,
            group=f"console-{_instance(folder)}",
            consumer="console",
            prefix=prefix,
            # What is in the stream already is on no desk yet.
            start="0",
            ca_file=ca_file,
        ),
        LiveReader(redis_url, prefix=prefix, ca_file=ca_file),
        partial(_send, redis_url, prefix, ca_file),
        expire=partial(expire_all, redis_url, prefix, ca_file, site.retention.alerts),
    )
    app = create_app(parts)
    sock = _listen(console.host, console.port)
    scheme = "http" if tls is None else "https"
    host, port = sock.getsockname()[:2]
    # A proxy brings everybody from its own address, and has limits of its own.
    most_of_one = None if console.behind_proxy else MOST_OF_ONE
    callers = Callers(most_of_one=most_of_one, place_of=network)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        http=callers.protocol(tls),
        proxy_headers=console.behind_proxy,
        forwarded_allow_ips="127.0.0.1",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_END_S,
    )
    server = _Server(config, parts.hub.close, watchdog)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.ask_to_stop)
    shown = f"[{host}]" if ":" in host else host
    say(f"console: {scheme}://{shown}:{port}/")
    if first is not None:
        name, password = first
        say(f"first sign-in: user {name}, password {password} (shown this once)")
    elif not guard.accounts.all():
        say("nobody can sign in yet: `hearsight users add SITE.yaml NAME --role admin` makes one")
    await server.serve(sockets=[sock])


def tls_of(console: Console) -> ssl.SSLContext | None:
    """How TLS is spoken with browsers: version 1.2 or newer; None where it is not.

    Raises:
        CertificateUnusable: certificate and key cannot be read, or do not belong together.
    """
    if console.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A key with a password would ask for it on a terminal, which a service has not.
        context.load_cert_chain(console.certificate, console.key, password=lambda: b"")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise CertificateUnusable(
            f"console.certificate {console.certificate} cannot be used with console.key "
            f"{console.key} ({getattr(error, 'strerror', None) or error}): give this user the "
            "right to read both, and a key without a password that belongs to the certificate"
        ) from error
    return context


def _send(url: str, prefix: str, ca_file: Path | None, verdict: Verdict) -> None:
    send_verdict(url, verdict, prefix=prefix, ca_file=ca_file)


def _instance(folder: Path) -> str:
    """A name that stays the same for this folder's console: it finds what it has not read yet."""
    path = folder / "instance"
    with contextlib.suppress(FileExistsError), path.open("x") as made:
        made.write(secrets.token_hex(4))
    return path.read_text().strip()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listening(host, port)
    except OSError as error:
        raise ConsolePortTaken(
            f"console {host}:{port}: {error.strerror}: set another console.port in the site file "
            "(0 picks a free one)"
        ) from error


class _Server(uvicorn.Server):
    """Ends open lines before it waits for them, and tells the service manager how it stands."""

    def __init__(
        self, config: uvicorn.Config, before_end: Callable[[], None], watchdog: Watchdog
    ) -> None:
        super().__init__(config)
        self._before_end = before_end
        self._watchdog = watchdog

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._watchdog.ready()

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_A_SIGN == 0:
            self._watchdog.progressed()
        return await super().on_tick(counter)

    def ask_to_stop(self) -> None:
        self._watchdog.stopping()
        self._before_end()
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # They are this process's own: see `serve`.
        yield
