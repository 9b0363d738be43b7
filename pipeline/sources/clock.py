"""From a camera's time stamps to the host's monotonic clock.

A packet never arrives early, so the smallest difference between arrival and stamp is the best
estimate of the offset between the two clocks (the minimum filter that NTP clients use, RFC 5905).
One offset serves sound and picture alike, which keeps them as aligned as the camera sent them.
"""

from __future__ import annotations

import statistics
from collections import deque
from typing import NamedTuple, Protocol

from pipeline.records import NS_PER_S, Modality

_WARM_UP_NS = NS_PER_S // 2
#: Stamps further apart than this in the warm-up cannot both be right.
_WILD_NS = 5 * NS_PER_S
#: A first packet may be old: some servers begin with the group of pictures that stands, but no
#: group is as long.
_STALE_NS = 60 * NS_PER_S
#: A packet cannot come from the future by more than the filter's own error.
_FUTURE_NS = NS_PER_S
#: Reordering of pictures reaches back this far at most.
_BACKWARD_NS = NS_PER_S
#: A jump lasts once so many packets, over so long, agree on it.
_LASTING_PACKETS = 4
_LASTING_NS = NS_PER_S // 5
#: Fastest correction for clocks that run apart: 0.5 %.
_SLEW = 0.005
_FILTER_NS = 20 * NS_PER_S
#: And so finely: a flood of packets must not fill it.
_FILTER_STEP_NS = NS_PER_S // 100
#: A stream that stays this far behind has been paused, not delayed.
_BEHIND_NS = 2 * NS_PER_S


class Stamp(NamedTuple):
    """A packet's time on the host's monotonic clock; ``jumped``: nothing joins across it."""

    pts_ns: int
    jumped: bool = False
    #: How much later than that it was read.
    behind_ns: int = 0


class Clock(Protocol):
    """Maps a stream's time to the line's."""

    #: Whether packets come as time passes; else all of them are there to be read.
    live: bool

    @property
    def settled(self) -> bool:
        """Whether `stamp` may be called yet."""
        ...

    def observe(self, pts_ns: int, arrival_ns: int) -> None:
        """Take note of a packet before `settled`."""
        ...

    def stamp(self, modality: Modality, pts_ns: int, arrival_ns: int) -> Stamp:
        """Return the time of a packet with stream time ``pts_ns`` that came at ``arrival_ns``."""
        ...


class FileClock:
    """A file's own time from zero, moved by ``offset_ns``; each round of a loop follows the last.

    Args:
        start_ns: the file's first stamp.
        offset_ns: where that lies on the line's clock.
    """

    settled = True
    live = False

    def __init__(self, start_ns: int, offset_ns: int) -> None:
        self._shift = offset_ns - start_ns

    def observe(self, pts_ns: int, arrival_ns: int) -> None:
        """Nothing: a file's time needs no estimate."""

    def stamp(self, modality: Modality, pts_ns: int, arrival_ns: int) -> Stamp:  # noqa: ARG002
        """The packet's time in the file, moved."""
        return Stamp(pts_ns + self._shift)


class _Track:
    """What is known of one stream's stamps."""

    def __init__(self, offset_ns: int) -> None:
        self.offset = offset_ns
        self.newest: int | None = None
        self.arrival = 0
        #: From the last packet but one to the last, by their stamps; 0: not known yet.
        self.step = 0
        self.suspects: list[tuple[int, int]] = []


class LiveClock:
    """The clock of a live connection: anchored in its first half second, then slewed.

    One stamp far off is replaced by the time at which it should have come. Several in agreement are
    a new time base: the stream is anchored again, on the other stream's offset where that fits.
    """

    live = True

    def __init__(self) -> None:
        self._first_arrival: int | None = None
        self._offset: int | None = None
        self._observed: list[int] = []
        self._tracks: dict[Modality, _Track] = {}
        #: Arrivals and offsets of the last `_FILTER_NS`, the smallest offset first.
        self._recent: deque[tuple[int, int]] = deque()
        #: Arrival since which the filter has been filled.
        self._filtered_from: int | None = None
        self._slewed_at = 0
        self.restamped = 0

    @property
    def settled(self) -> bool:
        """Whether half a second of arrivals was seen."""
        return self._offset is not None

    @property
    def offset_ns(self) -> int | None:
        """Where the stream's time 0 lies on the host's monotonic clock; None before `settled`."""
        return next((track.offset for track in self._tracks.values()), self._offset)

    def observe(self, pts_ns: int, arrival_ns: int) -> None:
        """Take a packet of the first half second into the estimate."""
        if self._first_arrival is None:
            self._first_arrival = arrival_ns
        self._observed.append(arrival_ns - pts_ns)
        if arrival_ns - self._first_arrival < _WARM_UP_NS:
            return
        # A single stamp that is far off must not become the minimum.
        usual = statistics.median_low(self._observed)
        self._offset = min(o for o in self._observed if o > usual - _WILD_NS)
        self._observed.clear()

    def stamp(self, modality: Modality, pts_ns: int, arrival_ns: int) -> Stamp:
        """Map one packet; stamps of a stream never run more than a second ahead of arrival."""
        track = self._tracks.get(modality) or self._set_in(modality)
        mapped = pts_ns + track.offset
        newest = track.newest
        least = arrival_ns - _STALE_NS if newest is None else newest - _BACKWARD_NS
        if mapped > arrival_ns + _FUTURE_NS or mapped <= least:
            return self._suspect(modality, track, pts_ns, arrival_ns)
        if track.suspects:
            track.suspects.clear()
        jumped = self._follow(arrival_ns - pts_ns, arrival_ns)
        mapped = pts_ns + track.offset
        track.arrival = arrival_ns
        if newest is None or mapped > newest:
            track.step = 0 if newest is None else min(mapped - newest, _BACKWARD_NS)
            track.newest = mapped
        return Stamp(mapped, jumped, arrival_ns - mapped)

    def _set_in(self, modality: Modality) -> _Track:
        """A stream that sets in late joins the other where that has been slewed to by now."""
        assert self._offset is not None
        joined = next((other.offset for other in self._tracks.values()), self._offset)
        track = self._tracks[modality] = _Track(joined)
        return track

    def _suspect(self, modality: Modality, track: _Track, pts_ns: int, arrival_ns: int) -> Stamp:
        """A stamp that cannot be: bridge it, and see whether others agree with it."""
        if track.suspects:
            before, came = track.suspects[-1]
            if abs((pts_ns - before) - (arrival_ns - came)) > _BACKWARD_NS:
                track.suspects.clear()
        track.suspects.append((pts_ns, arrival_ns))
        self.restamped += 1
        lasting = arrival_ns - track.suspects[0][1] >= _LASTING_NS
        if lasting and len(track.suspects) >= _LASTING_PACKETS:
            return self._anchor(modality, track, arrival_ns)
        newest = arrival_ns if track.newest is None else track.newest
        # Packets are read many at a time: when they came says less than how far apart they are.
        mapped = min(newest + (track.step or max(arrival_ns - track.arrival, 1)), arrival_ns)
        if track.newest is not None:
            mapped = max(mapped, track.newest + 1)
        self._accept(track, mapped, arrival_ns)
        return Stamp(mapped)

    def _anchor(self, modality: Modality, track: _Track, arrival_ns: int) -> Stamp:
        pts_ns = track.suspects[-1][0]
        own = min(arrival - pts for pts, arrival in track.suspects)
        track.offset = own
        for other, sibling in self._tracks.items():
            # Sound follows a step that the picture has made, exactly, and the other way round.
            if other is not modality and abs(sibling.offset - own) < _FUTURE_NS:
                track.offset = sibling.offset
        track.suspects.clear()
        self._recent.clear()
        self._filtered_from = None
        track.newest = None
        mapped = pts_ns + track.offset
        self._accept(track, mapped, arrival_ns)
        return Stamp(mapped, jumped=True)

    def _accept(self, track: _Track, mapped: int, arrival_ns: int) -> None:
        track.newest = mapped if track.newest is None else max(track.newest, mapped)
        track.arrival = arrival_ns

    def _follow(self, offset: int, arrival_ns: int) -> bool:
        """Follow a clock that drifts; True where the stream had stopped and went on later."""
        recent = self._recent
        while recent and recent[-1][1] >= offset:
            recent.pop()
        if not recent or arrival_ns - recent[-1][0] >= _FILTER_STEP_NS:
            recent.append((arrival_ns, offset))
        if self._filtered_from is None:
            self._filtered_from = arrival_ns
        if arrival_ns - self._slewed_at < NS_PER_S:
            return False
        while recent[0][0] < arrival_ns - _FILTER_NS:
            recent.popleft()
        full = arrival_ns - self._filtered_from > _FILTER_NS
        offsets = {track.offset for track in self._tracks.values()}
        if len(offsets) > 1:
            return False
        current = offsets.pop()
        step = recent[0][1] - current
        behind = full and step > _BEHIND_NS
        if not behind:
            limit = int(min(arrival_ns - self._slewed_at, 2 * NS_PER_S) * _SLEW)
            # Lateness is only believed once a whole filter's length was late.
            step = max(-limit, min(step if full or step < 0 else 0, limit))
        self._slewed_at = arrival_ns
        for track in self._tracks.values():
            track.offset = current + step
        return behind
