"""How many connections the console takes: bounded, and none is kept that asks for nothing."""

from __future__ import annotations

import asyncio

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

from sinks.console.throttle import network

log = structlog.get_logger()

#: Connections in all (a service may hold 1,024 files), and of one address: a browser opens six.
MOST, MOST_OF_ONE = 400, 48
#: A connection on which nothing was asked for so long is closed, seconds.
PATIENCE_S = 10.0
_LOG_EVERY_S = 60.0
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


class Crowd:
    """Counts the connections of one console; in its event loop.

    Args:
        most: connections in all.
        most_of_one: of one address; None behind a proxy, from which all come.
        patience_s: how long a connection may wait with its first request.
    """

    def __init__(
        self,
        *,
        most: int = MOST,
        most_of_one: int | None = MOST_OF_ONE,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._most, self._most_of_one = most, most_of_one
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
        place = network(str(peer[0])) if peer else ""
        of_one = sum(other == place for other in self._open.values())
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
        crowd = self

        class Admitted(H11Protocol):
            _waits: asyncio.TimerHandle | None = None

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if not crowd.admits(transport, self.loop.time()):
                    transport.write(_BUSY)
                    transport.close()
                    return
                self._waits = self.loop.call_later(crowd.patience_s, self._give_up)

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
