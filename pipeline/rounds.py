"""Reading sockets in rounds: what comes in within a moment is taken in together.

To wake a process costs more than to pass a message on. After each round nobody listens for a
while: what comes meanwhile waits in its socket, wakes nobody, and goes on with its neighbours in
one packet. Where nothing came for so long, the next message is taken in at once.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable


class Rounds:
    """Calls those whose sockets are readable, all of them, and then none for a while.

    All methods belong to the event loop's thread.

    Args:
        every_s: seconds from one round to the next at least: what a message may wait.
    """

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._poll = select.epoll()
        self._takers: dict[int, Callable[[], bool]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pause: asyncio.Handle | None = None

    def add(self, fd: int, take: Callable[[], bool]) -> None:
        """Follow a socket.

        Args:
            fd: its descriptor.
            take: called when it is readable; returns whether more is there than it could take.
        """
        self._takers[fd] = take
        self._poll.register(fd, select.EPOLLIN)
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._listen()

    def remove(self, fd: int) -> None:
        """Follow it no more; nothing where it is not followed."""
        if self._takers.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def close(self) -> None:
        """Follow nothing any more."""
        self._takers.clear()
        if self._loop is not None:
            self._loop.remove_reader(self._poll.fileno())
        if self._pause is not None:
            self._pause.cancel()
        self._poll.close()

    def _listen(self) -> None:
        assert self._loop is not None
        self._pause = None
        self._loop.add_reader(self._poll.fileno(), self._woken)

    def _woken(self) -> None:
        assert self._loop is not None
        self._loop.remove_reader(self._poll.fileno())
        self._round()

    def _round(self) -> None:
        assert self._loop is not None
        readable = self._poll.poll(0)
        if not readable:
            self._listen()
            return
        more = False
        for fd, _ in readable:
            if (take := self._takers.get(fd)) is not None:
                more |= take()
        # One that had more to say than a round takes is behind: it is not kept waiting.
        self._pause = self._loop.call_later(0 if more else self._every_s, self._round)
