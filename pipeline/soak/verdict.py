"""What a soak shows: each promise holds, is broken, or was not shown by a run of this length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from pipeline.soak.lives import Life, cut, settled
from pipeline.soak.samples import Owed, Process, Sample, Soak
from pipeline.soak.schedule import OF_CAMERAS, Kind
from pipeline.soak.slopes import Slope, slope, total

MB = 1e6
MEMORY = "resident memory of its own"
#: As `pipeline.soak.look` names it.
REDIS = "redis"
#: Of a stretch's samples, what is held all the time and what most often: see `pipeline.soak.lives`.
_HELD, _MOSTLY = 0.25, 0.5
#: After a disturbance its camera, or the stream, is as before within this, in seconds.
_AFTER_S = 60.0
#: An alert is lost when it is not in Redis so long after Redis could take it, in seconds.
GRACE_S = 60.0
_REDIS = (Kind.REDIS_PAUSED, Kind.REDIS_KILLED)


class Outcome(StrEnum):
    """What is to be said of a promise."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_SHOWN = "not shown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One quantity against its promise.

    ``at_most`` is the growth promised in a day, in ``unit``; None where nothing is promised.
    """

    quantity: str
    unit: str
    slope: Slope | None
    at_most: float | None

    @property
    def outcome(self) -> Outcome | None:
        """Whether the whole interval lies on one side of the promise; None without one."""
        if self.at_most is None:
            return None
        if self.slope is None:
            return Outcome.NOT_SHOWN
        if self.slope.high <= self.at_most:
            return Outcome.HOLDS
        return Outcome.BROKEN if self.slope.low > self.at_most else Outcome.NOT_SHOWN


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the alerts. Each is one revision."""

    accepted: int
    arrived: int
    #: That were to be in Redis by now and are not.
    lost: tuple[Owed, ...]
    #: That had no time yet.
    pending: int
    #: That stand in the stream more than once: readers show them once.
    repeated: int
    damaged: int

    @property
    def outcome(self) -> Outcome:
        """Whether none was lost; without any alert nothing is shown."""
        if self.lost or self.damaged:
            return Outcome.BROKEN
        return Outcome.HOLDS if self.arrived else Outcome.NOT_SHOWN


@dataclass(frozen=True, slots=True)
class Watched:
    """How much of a process was judged: what it had settled to, after the warm-up of each life."""

    #: Of each life that was judged, from when to when: seconds since the soak began.
    judged: tuple[tuple[float, float], ...]
    #: How often it was started, the first time included.
    lives: int
    #: How old the oldest of its lives became, in seconds since the soak began or its own start.
    oldest_s: float

    @property
    def seconds(self) -> float:
        """How long it was judged, of all its lives."""
        return sum(end - begin for begin, end in self.judged)


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that a soak shows."""

    soak: Soak
    warm_up_s: float
    verdicts: tuple[Verdict, ...]
    delivery: Delivery
    #: Growth of each process, in MB of its own memory.
    processes: tuple[Verdict, ...] = ()
    #: By the same names.
    watched: dict[str, Watched] = field(default_factory=dict)
    #: How often each kind of disturbance came.
    disturbed: dict[str, int] = field(default_factory=dict)

    @property
    def broken(self) -> bool:
        """Whether any promise is."""
        told = [verdict.outcome for verdict in self.verdicts]
        return Outcome.BROKEN in (*told, self.delivery.outcome)


def judge(soak: Soak, warm_up_s: float | None = None) -> Judgement:
    """Hold a soak, finished or not, against what is promised.

    Args:
        soak: as read.
        warm_up_s: what is left out of its beginning; None: what it was begun with.
    """
    warm = soak.begun.warm_up_s if warm_up_s is None else warm_up_s
    lives = _lives(soak.samples)
    # Redis holds what it is given, up to its streams' caps: that is data. Its descriptors are the
    # other ends of ours.
    ours = {name: life for name, life in lives.items() if name != REDIS}
    count = [(s.at_s, float(len(s.processes))) for s in soak.samples if s.at_s >= warm]
    verdicts = [
        # What lies in no file is what only the site itself makes grow. Pages of files are shared
        # with whatever else runs, and the kernel takes them back: they are shown, and not judged.
        Verdict(MEMORY, "MB", _total(ours, _memory, warm, _HELD), 20.0),
        Verdict("with pages of files", "MB", _total(ours, _with_files, warm, _HELD), None),
        Verdict(
            "descriptors", "", _total(ours, lambda p: float(p.descriptors), warm, _MOSTLY), 0.0
        ),
        Verdict("threads", "", _total(ours, lambda p: float(p.threads), warm, _MOSTLY), 0.0),
        Verdict("processes", "", _series(count), 0.0),
    ]
    for name, points in _latencies(soak).items():
        calm = [(at, value) for at, value in points if at >= warm]
        verdicts.append(Verdict(name, "s", _series(calm), 1.0))
    each = {name: _settled(life, _memory, warm, _HELD) for name, life in lives.items()}
    kinds: defaultdict[str, int] = defaultdict(int)
    for one in soak.disturbances:
        kinds[str(one.kind)] += 1
    return Judgement(
        soak,
        warm,
        tuple(verdicts),
        delivery(soak),
        tuple(Verdict(name, "MB", slope(life), None) for name, life in each.items()),
        {name: _watched(lives[name], life) for name, life in each.items()},
        dict(kinds),
    )


_Seen = list[tuple[float, Process]]


def _memory(process: Process) -> float:
    return process.own / MB


def _with_files(process: Process) -> float:
    return process.pss / MB


def _lives(samples: Sequence[Sample]) -> dict[str, _Seen]:
    """By name, what lasts: a process that is there in half of the samples or more."""
    found: defaultdict[str, _Seen] = defaultdict(list)
    for sample in samples:
        for process in sample.processes:
            found[process.name].append((sample.at_s, process))
    return {name: seen for name, seen in found.items() if 2 * len(seen) >= len(samples)}


def _settled(
    seen: _Seen, value: Callable[[Process], float], warm_up_s: float, quantile: float
) -> list[Life]:
    return settled([(at, p.pid, value(p)) for at, p in seen], warm_up_s, quantile)


def _total(
    lives: dict[str, _Seen],
    value: Callable[[Process], float],
    warm_up_s: float,
    quantile: float,
) -> Slope | None:
    """What all processes together grow by: each as long as it was seen settled."""
    return total([_settled(seen, value, warm_up_s, quantile) for seen in lives.values()])


def _watched(seen: _Seen, judged: Sequence[Life]) -> Watched:
    ages: dict[int, float] = {}
    born: dict[int, float] = {}
    for at, process in seen:
        ages[process.pid] = at - born.setdefault(process.pid, at)
    spans = tuple((life.begins_s, life.ends_s) for life in judged)
    return Watched(spans, len(ages), max(ages.values()))


def _series(points: Sequence[tuple[float, float]]) -> Slope | None:
    table = np.array(points, np.float64).reshape(-1, 2)
    return slope([cut(table[:, 0], table[:, 1])])


def _latencies(soak: Soak) -> dict[str, list[tuple[float, float]]]:
    """What is to stay as fast as it was, away from disturbances: seconds over time."""
    calm = [s for s in soak.samples if not _disturbed(soak, s.at_s)]
    alerts: list[tuple[float, float]] = []
    canaries: list[tuple[float, float]] = []
    for sample in calm:
        for came in sample.arrived:
            if came.latency_s is not None:
                (canaries if came.canary else alerts).append((sample.at_s, came.latency_s))
    return {
        "alert latency": alerts,
        "canary latency": canaries,
        "lag of the line": [(s.at_s, max(s.lag_s.values())) for s in calm if s.lag_s],
        "age of the newest sample": [(s.at_s, age) for s in soak.samples for age in _ages(soak, s)],
    }


def _disturbed(soak: Soak, at_s: float) -> bool:
    return any(one.touches(at_s, _AFTER_S) for one in soak.disturbances)


def _ages(soak: Soak, sample: Sample) -> Iterator[float]:
    """The largest age over cameras that nothing befell."""
    hit: set[str] = set()
    for one in soak.disturbances:
        if one.touches(sample.at_s, _AFTER_S):
            hit |= {one.target} if one.kind in OF_CAMERAS else set(soak.begun.cameras)
    ages = [age for camera, age in sample.frame_age_s.items() if camera not in hit]
    if ages:
        yield max(ages)


def delivery(soak: Soak) -> Delivery:
    """What became of each revision that the outbox accepted."""
    owed = {(one.id, one.revision): one for sample in soak.samples for one in sample.owed}
    arrived: defaultdict[tuple[str, int], int] = defaultdict(int)
    for sample in soak.samples:
        for came in sample.arrived:
            arrived[came.id, came.revision] += 1
    missing = [one for key, one in owed.items() if key not in arrived]
    vanished = soak.ended.vanished if soak.ended is not None else []
    until = _due(soak)
    lost = [one for one in missing if one.at <= until]
    return Delivery(
        accepted=len(owed),
        arrived=len(arrived),
        lost=(*lost, *vanished),
        pending=len(missing) - len(lost),
        repeated=sum(count > 1 for count in arrived.values()),
        damaged=sum(sample.damaged for sample in soak.samples),
    )


def _due(soak: Soak) -> float:
    """What was accepted before this, by the wall clock, was to be in Redis at the last look."""
    if not soak.samples:
        return 0.0
    last = soak.samples[-1]
    due = last.at_s - GRACE_S
    for one in soak.disturbances:
        if one.kind in _REDIS and one.touches(last.at_s, GRACE_S):
            due = min(due, one.at_s - GRACE_S)
    return last.at - last.at_s + due
