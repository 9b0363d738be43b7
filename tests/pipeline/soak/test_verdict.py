"""What is said of a soak: each promise holds, is broken, or was not shown."""

from __future__ import annotations

import math

import pytest

from pipeline.soak.samples import Ended
from pipeline.soak.schedule import Disturbance, Kind
from pipeline.soak.slopes import Slope
from pipeline.soak.verdict import MEMORY, Outcome, Verdict, delivery, judge
from tests.pipeline.soak.soaks import arrived, living, owed, process, sample, soak


def found(made: object, quantity: str) -> Verdict:
    (one,) = [v for v in made.verdicts if v.quantity == quantity]  # type: ignore[attr-defined]
    return one


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (-3.0, 12.0, Outcome.HOLDS),
        (-3.0, 20.0, Outcome.HOLDS),
        (12.0, 31.0, Outcome.NOT_SHOWN),
        (21.0, 31.0, Outcome.BROKEN),
    ],
)
def test_a_promise_holds_when_the_whole_interval_does(
    low: float, high: float, outcome: Outcome
) -> None:
    line = Slope((low + high) / 2, low, high, 300.0, 301.0, 100, 1, 3600.0)

    assert Verdict(MEMORY, "MB", line, 20.0).outcome is outcome
    assert Verdict(MEMORY, "MB", line, None).outcome is None
    assert Verdict(MEMORY, "MB", None, 20.0).outcome is Outcome.NOT_SHOWN


def test_a_leak_of_a_megabyte_in_an_hour_is_a_broken_promise() -> None:
    made = judge(living(lambda at: [process(mb=80 + at / 3600 * 5 + 0.01 * math.sin(at))]))

    growth = found(made, MEMORY)
    assert growth.outcome is Outcome.BROKEN
    assert growth.slope is not None
    assert growth.slope.per_day == pytest.approx(120.0, rel=0.05)
    assert made.broken


def test_a_site_that_stays_as_it_is_holds_its_promises() -> None:
    made = judge(living(lambda _at: [process(), process("encoder", 11, mb=300)]))

    for quantity in (MEMORY, "descriptors", "threads", "processes"):
        assert found(made, quantity).outcome is Outcome.HOLDS
    assert not made.broken


def test_the_streams_of_redis_are_data_and_no_leak() -> None:
    made = judge(living(lambda at: [process(), process("redis", 3, mb=8 + at / 500)]))

    assert found(made, MEMORY).outcome is Outcome.HOLDS
    (redis,) = [verdict for verdict in made.processes if verdict.quantity == "redis"]
    assert redis.slope is not None
    assert redis.slope.per_day > 100


def test_a_descriptor_left_open_every_ten_minutes_is_found() -> None:
    made = judge(living(lambda at: [process(fds=12 + int(at // 600))]))

    assert found(made, "descriptors").outcome is Outcome.BROKEN


def test_a_worker_that_is_replaced_is_no_leak_and_hides_none() -> None:
    """It grows by 120 MB a day, is killed after an hour, and its successor begins smaller."""

    def look(at: float) -> list[object]:
        life = at if at < 3600 else at - 3600
        grown = min(life, 300) / 300 * 20 + life * 120 / 86_400
        return [process("worker-0", 1 if at < 3600 else 2, mb=30 + grown), process()]

    growth = found(judge(living(look)), MEMORY)  # type: ignore[arg-type]

    assert growth.slope is not None
    assert growth.slope.per_day == pytest.approx(120.0, rel=0.1)


def test_the_warm_up_is_not_judged() -> None:
    made = living(lambda at: [process(mb=min(80.0, 40 + at / 75))])

    assert found(judge(made, warm_up_s=3100.0), MEMORY).outcome is Outcome.HOLDS
    assert found(judge(made, warm_up_s=0.0), MEMORY).outcome is not Outcome.HOLDS


def test_a_process_that_came_and_went_counts_for_no_slope() -> None:
    made = judge(living(lambda at: [process(), *([process("rehearse", 77)] * (at > 5000))]))

    assert [verdict.quantity for verdict in made.processes] == ["judge"]
    assert found(made, MEMORY).outcome is Outcome.HOLDS


def test_of_a_minute_nothing_is_shown_and_nothing_is_broken() -> None:
    made = judge(living(lambda _at: [process()], seconds=60.0), warm_up_s=10.0)

    assert {verdict.outcome for verdict in made.verdicts} == {Outcome.NOT_SHOWN, None}
    assert not made.broken


def test_latency_is_judged_away_from_what_went_wrong() -> None:
    """Redis is away for a while late in the soak: alerts come out when it is back, as promised."""
    pause = Disturbance(5000.0, 400.0, Kind.REDIS_PAUSED)
    samples = [
        sample(
            at,
            arrived=[arrived(f"a{at}", at, latency_s=300.0 if pause.touches(at, 0) else 0.8)],
            ages={"yard": 0.5, "gate": 25.0 if 3000 <= at <= 3100 else 0.5},
        )
        for at in map(float, range(0, 7200, 10))
    ]
    cut = Disturbance(3000.0, 100.0, Kind.CUT, "gate")

    made = judge(soak(*samples, disturbances=(cut, pause)))

    assert found(made, "alert latency").outcome is Outcome.HOLDS
    assert found(made, "age of the newest sample").outcome is Outcome.HOLDS
    assert found(made, "canary latency").outcome is Outcome.NOT_SHOWN
    assert made.disturbed == {"cut": 1, "redis paused": 1}


# --- alerts -------------------------------------------------------------------------------------


def test_an_alert_that_never_arrives_is_lost_once_it_had_its_time() -> None:
    first = sample(10.0, owed=[owed("a", 9.0), owed("b", 9.5)], arrived=[arrived("a", 9.2)])

    early = delivery(soak(first, sample(60.0)))
    assert (early.accepted, early.arrived, early.pending) == (2, 1, 1)
    assert early.outcome is Outcome.HOLDS

    late = delivery(soak(first, sample(80.0)))
    assert [one.id for one in late.lost] == ["b"]
    assert late.outcome is Outcome.BROKEN


def test_while_redis_is_away_nothing_is_lost_yet() -> None:
    first = sample(90.0, owed=[owed("a", 89.0)])
    pause = Disturbance(80.0, 300.0, Kind.REDIS_PAUSED)

    waiting = delivery(soak(first, sample(370.0), disturbances=[pause]))
    assert (waiting.pending, waiting.lost) == (1, ())
    after = delivery(soak(first, sample(500.0), disturbances=[pause]))
    assert len(after.lost) == 1


def test_each_revision_is_an_obligation_of_its_own() -> None:
    told = delivery(
        soak(
            sample(10.0, owed=[owed("a", 9.0), owed("a", 9.5, revision=1)]),
            sample(90.0, arrived=[arrived("a", 12.0), arrived("a", 40.0)]),
        )
    )

    assert [(one.id, one.revision) for one in told.lost] == [("a", 1)]
    assert told.repeated == 1


def test_what_was_in_the_stream_and_no_longer_is_was_lost() -> None:
    ended = Ended(90.0, "over", [owed("a", 9.0)])
    first = sample(10.0, owed=[owed("a", 9.0)], arrived=[arrived("a", 9.2)])

    assert delivery(soak(first, ended=ended)).outcome is Outcome.BROKEN


def test_without_an_alert_nothing_is_shown_of_alerts() -> None:
    assert delivery(soak(sample(10.0))).outcome is Outcome.NOT_SHOWN
    assert delivery(soak()).outcome is Outcome.NOT_SHOWN
