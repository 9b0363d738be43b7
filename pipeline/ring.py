"""The last seconds of a camera as it sent them: a ring of encoded packets.

Kept encoded, half a minute of 1080p at 4 Mb/s is 15 MB; decoded it would be 2 GB. A clip is cut by
copying packets, so the ring always begins with a picture that needs no other: a keyframe.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence

from pipeline.records import NS_PER_S, Modality
from pipeline.sources.base import Packet

#: A camera that sends more than this within the ring's seconds keeps fewer of them.
DEFAULT_MAX_BYTES = 64 << 20
#: A picture refers to none that is shown later than this after it.
_REORDERED_NS = NS_PER_S


class Ring:
    """Packets of one camera in the order of arrival; one thread writes, others cut.

    Args:
        seconds: stream time that is kept at least, where ``max_bytes`` allows.
        max_bytes: payload that is never exceeded.
    """

    def __init__(self, seconds: float, *, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self._keep_ns = int(seconds * NS_PER_S)
        self._max_bytes = max_bytes
        self._packets: deque[Packet] = deque()
        #: Ordinal numbers of the keyframes within the ring, and of its first packet.
        self._keys: deque[int] = deque()
        self._first = 0
        self._bytes = 0
        self._newest_ns = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def size_bytes(self) -> int:
        """Payload held, in bytes."""
        return self._bytes

    @property
    def newest_ns(self) -> int:
        """Latest stream time that was put in; 0 before anything was."""
        return self._newest_ns

    def put(self, packets: Iterable[Packet]) -> None:
        """Add packets; pictures before the first keyframe are dropped."""
        with self._lock:
            for packet in packets:
                picture = packet.modality is Modality.VIDEO
                if picture and not packet.keyframe and not self._keys:
                    continue
                if picture and packet.keyframe:
                    self._keys.append(self._first + len(self._packets))
                self._packets.append(packet)
                self._bytes += len(packet.data)
                self._newest_ns = max(self._newest_ns, packet.pts_ns)
            self._evict()

    def _evict(self) -> None:
        oldest_wanted = self._newest_ns - self._keep_ns
        while self._packets:
            full = self._bytes > self._max_bytes
            if len(self._keys) >= 2:
                # Everything before the second keyframe can go once that is old enough itself.
                if not full and self._packets[self._keys[1] - self._first].pts_ns > oldest_wanted:
                    return
                self._drop(self._keys[1] - self._first)
            elif full:
                self._drop(len(self._packets))
            elif not self._keys and self._packets[0].pts_ns < oldest_wanted:
                self._drop(1)
            else:
                return

    def _drop(self, count: int) -> None:
        for _ in range(count):
            self._bytes -= len(self._packets.popleft().data)
        self._first += count
        while self._keys and self._keys[0] < self._first:
            self._keys.popleft()

    def cut(self, start_ns: int, end_ns: int) -> list[Packet]:
        """Return the packets of a stretch, from the last keyframe at or before its start on.

        Where the start is no longer held, from the oldest keyframe on; empty where nothing of the
        stretch is held. Sound is cut to the same beginning as the picture.
        """
        return self.follow(start_ns, end_ns)[0]

    def follow(self, start_ns: int, end_ns: int) -> tuple[list[Packet], int]:
        """Return what `cut` does, and the number from which `after` goes on without a gap."""
        with self._lock:
            packets = list(self._packets)
            number = self._first + len(packets)
        begin: int | None = None
        for index, packet in enumerate(packets):
            picture = packet.modality is Modality.VIDEO
            if picture and packet.keyframe and (begin is None or packet.pts_ns <= start_ns):
                begin = index
        from_ns = start_ns if begin is None else packets[begin].pts_ns
        # Sound of the same moment may have arrived shortly before or after its picture.
        stretch = [
            packet
            for index, packet in enumerate(packets)
            if from_ns <= packet.pts_ns
            and (index >= (begin or 0) or packet.modality is Modality.AUDIO)
        ]
        return until(stretch, end_ns), number

    def after(self, number: int) -> tuple[list[Packet], int]:
        """Return the packets put in since ``number``, and the number to ask with next time.

        The first call takes any number, such as 0: it returns what is held.
        """
        with self._lock:
            end = self._first + len(self._packets)
            fresh = end - max(number, self._first)
            return ([] if fresh <= 0 else list(self._packets)[-fresh:]), end

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._drop(len(self._packets))


def until(packets: Sequence[Packet], end_ns: int) -> list[Packet]:
    """Return those of ``packets`` that are needed to show and hear them up to ``end_ns``.

    They stand in decode order, so a picture may need one that is shown after it.
    """
    pictures = [packet.modality is Modality.VIDEO for packet in packets]
    last = max(
        (n for n, packet in enumerate(packets) if pictures[n] and packet.pts_ns <= end_ns),
        default=-1,
    )
    return [
        packet
        for n, packet in enumerate(packets)
        if packet.pts_ns <= end_ns
        or (pictures[n] and n < last and packet.pts_ns <= end_ns + _REORDERED_NS)
    ]
