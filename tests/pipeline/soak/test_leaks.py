"""Leaks as they come about, and what looks like one: what a soak of some length says of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from pipeline.soak.report import notes
from pipeline.soak.samples import Process
from pipeline.soak.slopes import DAY_S, Slope
from pipeline.soak.verdict import MEMORY, Judgement, Outcome, judge
from tests.pipeline.soak.series import alike
from tests.pipeline.soak.soaks import living, process

WARM_UP_S = 2000.0
HOUR = 3600.0
#: When one of two workers is killed in two hours and a quarter.
KILLS = (3000.0, 5800.0)


def watched(
    memory: Callable[[float], float],
    *,
    hours: float = 2.25,
    kills: Sequence[float] = (),
    threads: Callable[[float], int] = lambda _at: 4,
) -> Judgement:
    """A soak of a judge that never changes and a worker that grows.

    Args:
        memory: what a worker of so many seconds holds, MB; it strays by 0.3 MB, much alike for
            minutes.
        kills: when it is replaced, seconds.
        threads: how many it has at a moment of the soak.
    """
    strayed = 0.3 * np.repeat(alike(np.random.default_rng(1), round(12 * hours) + 1, 0.6), 30)
    births = np.array([0.0, *kills])

    def look(at: float) -> list[Process]:
        life = int(np.searchsorted(births, at, side="right")) - 1
        held = memory(at - births[life]) + float(strayed[int(at // 10)])
        return [process("worker-0", 100 + life, mb=held, threads=threads(at)), process()]

    return judge(living(look, hours * HOUR), WARM_UP_S)


def said(made: Judgement, quantity: str = MEMORY) -> tuple[Outcome | None, Slope]:
    (one,) = [verdict for verdict in made.verdicts if verdict.quantity == quantity]
    assert one.slope is not None
    return one.outcome, one.slope


def grown(age_s: float) -> float:
    """As a worker was seen to: from 60 MB to 80 in five minutes, and to 95 in twenty."""
    return 95.0 - 15.0 * float(np.exp(-age_s / 300)) - 20.0 * float(np.exp(-age_s / 60))


def test_stairs_at_each_disturbance_are_a_leak_within_two_hours() -> None:
    made = watched(
        lambda age: 90 + 0.5 * (age // 140), threads=lambda at: 4 + int(at // 1400), kills=[400.0]
    )

    outcome, slope = said(made)
    assert outcome is Outcome.BROKEN
    assert slope.low < 0.5 * DAY_S / 140 < slope.high
    assert said(made, "threads")[0] is Outcome.BROKEN


def test_thirty_megabytes_a_day_are_found_in_a_day_and_never_said_to_hold() -> None:
    def leaking(age: float) -> float:
        return 90 + 30 * age / DAY_S

    short, hours, day = (watched(leaking, hours=hours) for hours in (2.25, 6.0, 24.0))

    assert said(short)[0] is Outcome.NOT_SHOWN
    assert said(hours)[0] is not Outcome.HOLDS
    assert said(day)[0] is Outcome.BROKEN
    for made in (short, hours, day):
        assert said(made)[1].low < 30.0 < said(made)[1].high


def test_a_leak_is_found_across_kills() -> None:
    outcome, slope = said(watched(lambda age: grown(age) + 200 * age / DAY_S, kills=KILLS))

    assert outcome is Outcome.BROKEN
    assert slope.low < 200.0 < slope.high


@pytest.mark.parametrize("hours", [2.25, 12.0])
def test_a_worker_that_grows_to_its_size_after_each_kill_is_no_leak(hours: float) -> None:
    """Two kills in two hours; or eight in twelve. Left alone for five minutes only, each would
    have added 5 MB, which is read as hundreds of MB a day.
    """
    kills = list(range(3000, round(hours * HOUR), 4800))

    outcome, slope = said(watched(grown, hours=hours, kills=kills))

    assert outcome is (Outcome.HOLDS if hours > 10 else Outcome.NOT_SHOWN)
    assert slope.low < 0.0 < slope.high


def test_a_leak_late_in_life_is_found_once_a_life_is_that_old() -> None:
    """Nothing for an hour, then 300 MB a day: seen in a life of four hours, and in none of one."""

    def late(age: float) -> float:
        return 90 + 300 * max(0.0, age - HOUR) / DAY_S

    alone = watched(late, hours=4.0)
    killed = watched(late, hours=12.0, kills=[at * HOUR for at in range(1, 12)])

    assert said(alone)[0] is Outcome.BROKEN
    assert said(killed)[0] is not Outcome.BROKEN
    (told,) = [note for note in notes(killed) if "successor" in note]
    assert "worker-0 318 (no life was watched past 60)" in told


def test_who_was_seen_too_shortly_to_be_judged_is_told() -> None:
    """A worker is killed every half hour: it never settles, and the judge alone is no sum."""
    made = watched(grown, kills=[1800.0, 3600.0, 5400.0, 7200.0])

    (growth,) = [verdict for verdict in made.verdicts if verdict.quantity == MEMORY]
    assert growth.outcome is Outcome.NOT_SHOWN
    (told,) = [note for note in notes(made) if "nothing is said of the sum" in note]
    assert told.startswith("worker-0 settled for too short a time")
    assert made.watched["worker-0"].judged == ()


def test_how_long_each_process_was_judged_is_told() -> None:
    made = watched(grown, kills=KILLS)

    worker, whole = made.watched["worker-0"], made.watched["judge"]
    assert worker.judged == ((2000.0, 2990.0), (5000.0, 5790.0))
    assert (worker.lives, worker.seconds, worker.oldest_s) == (3, 1780.0, 2990.0)
    assert (whole.lives, whole.seconds) == (1, 6090.0)
    (told,) = [note for note in notes(made) if "successor" in note]
    assert "settles for 33 min" in told
    assert "of the 102 min after the warm-up were judged, in minutes: worker-0 30" in told
    assert "judge (" not in told
