"""From fused windows to incidents: entry, hysteresis, cooldown, revisions."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.records import NS_PER_S, AlertType, FusedWindow

#: The part of the windows over ``min_length`` that must qualify for an incident to begin.
_SUSTAINED = 2 / 3
#: Rarity of a window that keeps an open incident open: so many times the promised rate.
_EXIT_FACTOR = 10.0
#: An update is due when the score has grown by this (one decade of p-value) ...
_UPDATE_STEP = 1.0
#: ... and this long after the revision before it.
_UPDATE_EVERY_NS = 5 * NS_PER_S
#: Windows kept of an incident; beyond it every other one is dropped.
_MAX_WINDOWS = 240
#: Ids that a new incident may not have.
_IDS_KEPT = 64
#: Ended incidents that still await their media.
_ENDED_KEPT = 4


@dataclass(frozen=True, slots=True)
class IncidentSettings:
    """When a rule's incidents begin and end. Times in nanoseconds of stream time."""

    site: str
    camera: str
    rule: str
    #: Promised false incidents a day at this camera.
    false_alarms_per_day: float
    min_length_ns: int
    exit_after_ns: int
    cooldown_ns: int

    def __post_init__(self) -> None:
        if not self.false_alarms_per_day > 0:
            raise ValueError("false_alarms must be above zero")
        if min(self.min_length_ns, self.exit_after_ns, self.cooldown_ns) < 0:
            raise ValueError("min_length, exit_after and cooldown must be zero or more")


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of an incident: what an alert's revision is made from."""

    type: AlertType
    id: str
    revision: int
    start_ns: int
    #: Stream time of the last window that held; None while the incident is open.
    end_ns: int | None
    #: The same by the wall clock, seconds since the epoch, UTC.
    started_at: float
    ended_at: float | None
    #: The window that was rarest so far.
    peak: FusedWindow
    #: The incident's windows so far, oldest first, thinned out when there are many.
    windows: tuple[FusedWindow, ...]
    #: entered, stronger, media, over, lost, or what `IncidentTracker.close` or ``renew`` was given.
    reason: str


def incident_id(site: str, camera: str, rule: str, start_ns: int, started_at: float) -> str:
    """Return the id of an incident, such as ``20260131T235959123-0f9a4c21b7de``.

    First the start by the wall clock in UTC, so that ids sort by time; then 12 hex digits of a hash
    of site, camera, rule and start, so that ids differ. It serves as a file name and in addresses.
    The wall clock counts too: a file played twice begins at the same stream time.
    """
    start = datetime.fromtimestamp(round(started_at, 3), UTC)
    stamp = start.strftime("%Y%m%dT%H%M%S") + f"{start.microsecond // 1000:03d}"
    key = "\0".join((site, camera, rule, str(start_ns), stamp))
    return f"{stamp}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


@dataclass(slots=True)
class _Open:
    id: str
    start_ns: int
    started_at: float
    held: FusedWindow
    peak: FusedWindow
    windows: list[FusedWindow]
    revision: int
    revised_at_ns: int
    told_score: float
    #: Set once the incident has ended.
    over: bool = False


class IncidentTracker:
    """Follows one rule at one camera; at most one incident is open.

    *Entry.* A window qualifies when it is eligible and ``per_day`` is at most the promised rate.
    An incident begins when windows have qualified for ``min_length`` of stream time: the first and
    the last of that stretch, and two thirds of those between.

    *Exit.* An open incident is held by windows that are eligible with ``per_day`` of at most ten
    times the promise; it ends when none did for ``exit_after``. A gap in stream time longer than
    that, or time that steps back, ends it as ``lost``: nobody knows how it went on.

    *Cooldown.* It begins when the outbox has accepted an alert (`accepted`), and keeps new
    incidents of this rule at this camera from beginning; ``suppressed`` counts windows at which
    one would have begun.
    """

    def __init__(self, settings: IncidentSettings) -> None:
        self._settings = settings
        self._recent: deque[tuple[FusedWindow, bool]] = deque()
        self._last_end_ns: int | None = None
        self._cool_until_ns: int | None = None
        self._open: _Open | None = None
        self._ended: deque[_Open] = deque(maxlen=_ENDED_KEPT)
        self._used: deque[str] = deque(maxlen=_IDS_KEPT)
        self.suppressed = 0

    @property
    def open_id(self) -> str | None:
        """Id of the open incident; None if there is none."""
        return self._open.id if self._open else None

    def process(self, window: FusedWindow) -> list[Transition]:
        """Take the next window; return what it changes, in order."""
        steps = []
        if self._last_end_ns is not None:
            step = window.end_ns - self._last_end_ns
            length = window.end_ns - window.start_ns
            if step <= 0 or step > max(self._settings.exit_after_ns, length):
                steps += self.close("lost")
                self._recent.clear()
                if step <= 0:
                    # The old time line says nothing of when a cooldown ends on the new one.
                    self._cool_until_ns = self._cooldown_from(window.end_ns)
        self._last_end_ns = window.end_ns
        steps += self._follow(window) if self._open else self._enter(window)
        return steps

    def accepted(self, at_ns: int) -> None:
        """Start the cooldown: the outbox accepted an alert, at stream time ``at_ns``."""
        until = at_ns + self._settings.cooldown_ns
        if self._cool_until_ns is None or until > self._cool_until_ns:
            self._cool_until_ns = until

    def media_arrived(self, incident: str) -> list[Transition]:
        """Return an update that can carry the media of ``incident``, open or lately ended.

        A clip with its post-roll is ready only after the end: its update names the end again.
        Nothing is returned for an incident that is unknown or long over.
        """
        for known in (self._open, *self._ended):
            if known and known.id == incident:
                return [self._revise(known, AlertType.UPDATE, "media")]
        return []

    def close(self, reason: str) -> list[Transition]:
        """End the open incident, if there is one, for ``reason`` (``lost``, ``shutdown``, ...)."""
        if not self._open:
            return []
        ended, self._open = self._open, None
        ended.over = True
        self._ended.append(ended)
        return [self._revise(ended, AlertType.END, reason)]

    def renew(self, reason: str) -> list[Transition]:
        """End the open incident, and begin another one with the newest window.

        For an incident that nobody was told of and that may be told from now on: what is told
        begins now, where there is a picture of it. Nothing where the newest window does not hold
        the open one: it may be over.
        """
        now = self._open
        if now is None or now.held is not now.windows[-1]:
            return []
        return [*self.close(reason), self._begin([now.held], reason)]

    def _cooldown_from(self, now_ns: int) -> int | None:
        return None if self._cool_until_ns is None else now_ns + self._settings.cooldown_ns

    def _enter(self, window: FusedWindow) -> list[Transition]:
        settings = self._settings
        qualifies = window.eligible and window.per_day <= settings.false_alarms_per_day
        self._recent.append((window, qualifies))
        begin = window.end_ns - settings.min_length_ns
        # The stretch reaches back to the newest window that ends at or before its begin.
        while len(self._recent) > 1 and self._recent[1][0].end_ns <= begin:
            self._recent.popleft()
        first, first_qualifies = self._recent[0]
        if not qualifies or not first_qualifies or first.end_ns > begin:
            return []
        if sum(q for _, q in self._recent) < _SUSTAINED * len(self._recent):
            return []
        if self._cool_until_ns is not None and window.end_ns < self._cool_until_ns:
            self.suppressed += 1
            return []
        windows = [w for w, _ in self._recent]
        self._recent.clear()
        return [self._begin(windows, "entered")]

    def _begin(self, windows: list[FusedWindow], reason: str) -> Transition:
        first, window = windows[0], windows[-1]
        peak = max(windows, key=_rarity)
        start_ns = _beginning(first)
        started_at = first.captured_at - (first.end_ns - start_ns) / NS_PER_S
        self._open = _Open(
            id=self._id_of(start_ns, started_at),
            start_ns=start_ns,
            started_at=started_at,
            held=window,
            peak=peak,
            windows=windows,
            revision=-1,
            revised_at_ns=window.end_ns,
            told_score=peak.score,
        )
        return self._revise(self._open, AlertType.NEW, reason)

    def _id_of(self, start_ns: int, started_at: float) -> str:
        """An id of its own, also for an incident that begins where another began.

        One that is renewed twice with the same window does, and one after both clocks stepped back.
        """
        settings, again = self._settings, 0
        where = (settings.site, settings.camera, settings.rule)
        while (made := incident_id(*where, start_ns + again, started_at)) in self._used:
            again += 1
        self._used.append(made)
        return made

    def _follow(self, window: FusedWindow) -> list[Transition]:
        settings, now = self._settings, self._open
        assert now is not None
        now.windows.append(window)
        if len(now.windows) > _MAX_WINDOWS:
            now.windows = now.windows[::2]
        now.peak = max(now.peak, window, key=_rarity)
        limit = _EXIT_FACTOR * settings.false_alarms_per_day
        if window.eligible and window.per_day <= limit:
            now.held = window
        elif window.end_ns - now.held.end_ns >= settings.exit_after_ns:
            return self.close("over")
        grown = now.peak.score >= now.told_score + _UPDATE_STEP
        if grown and window.end_ns - now.revised_at_ns >= _UPDATE_EVERY_NS:
            return [self._revise(now, AlertType.UPDATE, "stronger")]
        return []

    def _revise(self, now: _Open, kind: AlertType, reason: str) -> Transition:
        assert self._last_end_ns is not None
        now.revision += 1
        now.revised_at_ns = self._last_end_ns
        now.told_score = now.peak.score
        return Transition(
            type=kind,
            id=now.id,
            revision=now.revision,
            start_ns=now.start_ns,
            end_ns=now.held.end_ns if now.over else None,
            started_at=now.started_at,
            ended_at=now.held.captured_at if now.over else None,
            peak=now.peak,
            windows=tuple(now.windows),
            reason=reason,
        )


def _beginning(first: FusedWindow) -> int:
    """Return when the evidence of an incident's first window was first at its strongest.

    A window is long and may qualify by its last moments: its own start would be too early.
    """
    peaks = [r.peak_ns for r in first.readings.values() if r.eligible and r.share > 0]
    return min(max(min(peaks), first.start_ns), first.end_ns) if peaks else first.start_ns


def _rarity(window: FusedWindow) -> tuple[bool, float]:
    return window.eligible, window.score
