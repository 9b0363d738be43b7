"""Telling systemd that the site works: its watchdog ends and restarts one whose main loop hangs.

The protocol is sd_notify(3): lines ``KEY=value`` in a datagram to the socket that ``NOTIFY_SOCKET``
names. A sign of life is sent by the main loop when it has done its round, and by nothing else: a
thread with a timer would vouch for a loop that hangs.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping

import structlog

log = structlog.get_logger()


class Watchdog:
    """Speaks to the service manager; says nothing where there is none.

    Args:
        address: the manager's socket, a path or ``@`` and an abstract name; None: there is none.
        watched: whether the manager waits for signs of life.
    """

    def __init__(self, address: str | None, *, watched: bool) -> None:
        self._address = address
        self._watched = watched
        self._fails = False

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Watchdog:
        """What a service's environment tells of (``NOTIFY_SOCKET``, ``WATCHDOG_USEC``)."""
        return cls(environ.get("NOTIFY_SOCKET") or None, watched="WATCHDOG_USEC" in environ)

    def ready(self) -> None:
        """The site has started; from now on signs of life are waited for."""
        self._say("READY=1")

    def progressed(self) -> None:
        """The main loop has done a round."""
        if self._watched:
            self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """The site ends by itself, or was told to."""
        self._say("STOPPING=1")

    def _say(self, line: str) -> None:
        if self._address is None:
            return
        path = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                # A manager that does not read must not make the loop hang that it watches.
                sock.setblocking(False)
                sock.sendto(line.encode(), path)
        except OSError as error:
            if not self._fails:
                log.warning("the service manager cannot be told", error=error.strerror, line=line)
            self._fails = True
        else:
            self._fails = False
