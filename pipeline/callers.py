"""How many connections a server takes: bounded, and none is kept that asks for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

log = structlog.get_logger()

#: Connections in all (a service may hold 1,024 files), and of one address: a browser opens six, and
#: an office has one address.
MOST, MOST_OF_ONE = 400, 128
#: A connection on which nothing was asked for so long is closed, seconds.
PATIENCE_S = 10.0
_LOG_EVERY_S = 60.0
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


class Callers:
    """Counts the connections of one server; in its event loop.

    Args:
        most: connections in all.
        most_of_one: of one address; None behind a proxy, from which all come. On a socket of this
            machine nobody has an address.
        patience_s: how long a connection may wait with its first request.
        place_of: what counts as one address.
    """

    def __init__(
        self,
        *,
        most: int = MOST,
        most_of_one: int | None = MOST_OF_ONE,
        patience_s: float = PATIENCE_S,
        place_of: Callable[[str], str] = str,
    ) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._place_of = place_of
        self.patience_s = patience_s
        self._open: dict[asyncio.Transport, str] = {}
        self._logged_at = -_LOG_EVERY_S
        self.turned_away = 0

    def admits(self, transport: asyncio.Transport, now: float) -> bool:
        """Whether a new connection is served.

        Args:
            transport: the connection.
            now: seconds on the loop's clock.
        """
        for ended in [one for one in self._open if one.is_closing()]:
            del self._open[ended]
        peer = transport.get_extra_info("peername")
        place = self._place_of(str(peer[0])) if peer else ""
        of_one = sum(other == place for other in self._open.values()) if place else 0
        many = self._most_of_one is not None and of_one >= self._most_of_one
        if not many and len(self._open) < self._most:
            self._open[transport] = place
            return True
        self.turned_away += 1
        if now - self._logged_at >= _LOG_EVERY_S:
            self._logged_at = now
            log.warning("connections turned away", so_far=self.turned_away, newest=place)
        return False

    def protocol(self) -> type[H11Protocol]:
        """What uvicorn is to speak: its own HTTP, with those who are admitted."""
        callers = self

        class Admitted(H11Protocol):
            _waits: asyncio.TimerHandle | None = None

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if not callers.admits(transport, self.loop.time()):
                    transport.write(_BUSY)
                    transport.close()
                    return
                self._waits = self.loop.call_later(callers.patience_s, self._give_up)

            def data_received(self, data: bytes) -> None:
                if not self.transport.is_closing():
                    super().data_received(data)

            def connection_lost(self, exc: Exception | None) -> None:
                if self._waits is not None:
                    self._waits.cancel()
                super().connection_lost(exc)

            def _give_up(self) -> None:
                if self.cycle is None:
                    self.transport.close()

        return Admitted
