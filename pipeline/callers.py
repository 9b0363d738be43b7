"""How many connections a server takes: bounded, and none is kept that asks for nothing."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

log = structlog.get_logger()

#: Connections in all (a service may hold 1,024 files), and of one address: a browser opens six, and
#: an office has one address.
MOST, MOST_OF_ONE = 400, 128
#: A connection on which nothing was asked for so long is closed, seconds.
PATIENCE_S = 10.0
#: Who does not say goodbye as TLS wants it is waited for so long, seconds.
_GOODBYE_S = 2.0
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

    def protocol(self, tls: ssl.SSLContext | None = None) -> type[H11Protocol]:
        """What uvicorn is to speak: its own HTTP, with those who are admitted.

        Args:
            tls: speak it over TLS, in place of a context given to uvicorn: that one would let
                anybody shake hands for a minute, uncounted, before a protocol hears of it.
        """
        callers = self

        class Admitted(H11Protocol):
            #: Whether HTTP has begun: not yet, or never, with who shakes hands or is turned away.
            _speaks = False
            #: Whether what arrives has passed through TLS.
            _sealed = False
            _early = b""
            _waits: asyncio.TimerHandle | None = None
            _hands: asyncio.Task[None] | None = None

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                # Of the connection itself: of TLS's it is not known when the other side has gone.
                self._below = transport
                if not callers.admits(transport, self.loop.time()):
                    if tls is not None:
                        transport.abort()  # it could not read our answer
                        return
                    transport.write(_BUSY)
                    transport.close()
                    return
                self._waits = self.loop.call_later(callers.patience_s, self._give_up)
                if tls is None:
                    self._begin(transport)
                else:
                    self._hands = self.loop.create_task(self._shake_hands(tls))

            async def _shake_hands(self, tls: ssl.SSLContext) -> None:
                self._sealed = True
                try:
                    sealed = await self.loop.start_tls(
                        self._below,
                        self,
                        tls,
                        server_side=True,
                        ssl_handshake_timeout=callers.patience_s,
                        ssl_shutdown_timeout=_GOODBYE_S,
                    )
                except OSError:
                    # No TLS, none that we speak, or gone: strangers fill no log with it.
                    self._below.abort()
                    return
                if sealed is None or sealed.is_closing():
                    self._below.abort()
                    return
                self._begin(sealed)
                # A request may have come with the last words of the handshake.
                early, self._early = self._early, b""
                if early:
                    self.data_received(early)

            def _begin(self, transport: asyncio.Transport) -> None:
                self._speaks = True
                super().connection_made(transport)

            def data_received(self, data: bytes) -> None:
                if self._speaks:
                    if not self.transport.is_closing():
                        super().data_received(data)
                elif self._sealed:
                    self._early += data
                else:
                    # Turned away; and nothing in the clear ever passes for something sealed.
                    self._below.close()

            def connection_lost(self, exc: Exception | None) -> None:
                if self._waits is not None:
                    self._waits.cancel()
                if self._speaks:
                    super().connection_lost(exc)

            def _give_up(self) -> None:
                if self.cycle is None:
                    self._below.abort()

        return Admitted
