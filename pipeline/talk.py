"""What is said between the supervisor and one process, over their socket, without ever waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from pipeline.backlog import Backlog
from pipeline.channel import Channel
from pipeline.messages import AnyMessage, MalformedMessage
from pipeline.rounds import Rounds

log = structlog.get_logger()

#: So many messages that wait to be sent together are sent.
_ENOUGH = 64
#: So many packets are taken in at a time: one talkative process does not starve the others.
_AT_A_TIME = 256


class Talk:
    """Writes when the socket takes more, reads when there is more. Belongs to the event loop.

    Args:
        channel: our end; the talk closes it.
        name: of the process.
        bound: messages that wait to be written, before the oldest is dropped.
        heard: called with what came in a packet.
        dropped: called with how many messages had to go.
        rounds: those it is heard in; None: it is heard at once.
    """

    def __init__(
        self,
        channel: Channel,
        name: str,
        bound: int,
        *,
        heard: Callable[[Sequence[AnyMessage]], None],
        dropped: Callable[[int], None],
        rounds: Rounds | None = None,
    ) -> None:
        self._channel = channel
        self._name = name
        self._heard = heard
        self._dropped = dropped
        self._rounds = rounds
        self._queue = Backlog(bound)
        self._fd = channel.fileno()
        self._loop = asyncio.get_running_loop()
        self._writing = self._write_soon = False
        if rounds is not None:
            rounds.add(self._fd, self.read)
        else:
            self._loop.add_reader(self._fd, self.read)

    def close(self) -> None:
        """Take in what was said last, and say no more."""
        self.read()
        self._listen_no_more()
        self._loop.remove_writer(self._fd)
        self._channel.close()

    def write(self, data: bytes, *, kept: bool) -> None:
        """Send an encoded message, with others of this turn of the loop.

        Args:
            data: the message.
            kept: whether it is never dropped for want of room.
        """
        self._dropped(self._queue.add(data, kept=kept))
        if self._writing:
            return
        if len(self._queue) >= _ENOUGH:
            self._write()
        elif not self._write_soon:
            # Together with all that is passed on in this turn of the loop.
            self._write_soon = True
            self._loop.call_soon(self._write)

    def _write(self) -> None:
        self._write_soon = False
        while self._queue:
            packet = self._queue.first_packet()
            try:
                self._channel.give(packet)
            except BlockingIOError:
                if not self._writing:
                    self._writing = True
                    self._loop.add_writer(self._fd, self._write)
                return
            except OSError:
                break  # the process is gone, which its keeper finds out; or this is closed
            self._queue.pop(len(packet))
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._fd)

    def read(self) -> bool:
        """Take in what the process says; return whether there may be more."""
        for _ in range(_AT_A_TIME):
            try:
                messages = self._channel.take()
            except BlockingIOError:
                return False
            except MalformedMessage as error:
                log.error("packet not understood", process=self._name, error=str(error))
                continue
            except OSError:
                messages = None
            if messages is None:
                self._listen_no_more()
                return False
            self._heard(messages)
        return True

    def _listen_no_more(self) -> None:
        if self._rounds is not None:
            self._rounds.remove(self._fd)
        else:
            self._loop.remove_reader(self._fd)
