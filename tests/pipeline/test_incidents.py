"""Incidents, told window by window."""

from __future__ import annotations

import re

import pytest

from pipeline.incidents import IncidentSettings, IncidentTracker, Transition, incident_id
from pipeline.records import AlertType, FusedWindow

S = 1_000_000_000
EPOCH = 1_700_000_000.0


def tracker(
    *, min_length: float = 1, exit_after: float = 5, cooldown: float = 60
) -> IncidentTracker:
    times = (int(x * S) for x in (min_length, exit_after, cooldown))
    return IncidentTracker(IncidentSettings("home", "yard", "fire", 1.0, *times))


def window(at: float, per_day: float, *, score: float = 5.0, eligible: bool = True) -> FusedWindow:
    end = int(at * S)
    return FusedWindow(
        camera="yard",
        rule="fire",
        rule_version="v1",
        start_ns=end - 3 * S,
        end_ns=end,
        captured_at=EPOCH + at,
        p_value=10**-score,
        score=score,
        per_day=per_day,
        extrapolated=False,
        eligible=eligible,
    )


def feed(incidents: IncidentTracker, *windows: FusedWindow) -> list[Transition]:
    return [step for w in windows for step in incidents.process(w)]


def stretch(begin: float, end: float, per_day: float, **other: float) -> list[FusedWindow]:
    """Windows each half second, both ends included."""
    count = int((end - begin) * 2) + 1
    return [window(begin + k / 2, per_day, **other) for k in range(count)]


def told(steps: list[Transition]) -> list[tuple[str, int, str]]:
    return [(s.type.value, s.revision, s.reason) for s in steps]


def test_an_incident_from_its_beginning_to_its_end() -> None:
    incidents = tracker()
    assert feed(incidents, *stretch(10, 19.5, 500)) == []
    new = feed(incidents, *stretch(20, 21, 0.1))
    assert told(new) == [("new", 0, "entered")]
    assert new[0].start_ns == 17 * S  # the first window that qualified begins there
    assert new[0].started_at == EPOCH + 17
    assert (new[0].end_ns, new[0].ended_at) == (None, None)
    assert incidents.open_id == new[0].id
    assert feed(incidents, *stretch(21.5, 30, 0.1)) == []
    end = feed(incidents, *stretch(30.5, 40, 500))
    assert told(end) == [("end", 1, "over")]
    assert end[0].end_ns == 30 * S
    assert end[0].ended_at == EPOCH + 30
    assert end[0].id == new[0].id
    assert incidents.open_id is None


def test_one_rare_window_is_no_incident() -> None:
    assert feed(tracker(), *stretch(1, 5, 500), window(5.5, 0.01), *stretch(6, 9, 500)) == []


def test_without_a_minimum_length_one_window_suffices() -> None:
    assert told(feed(tracker(min_length=0), window(5, 0.5))) == [("new", 0, "entered")]


def test_one_dip_of_several_windows_does_not_delay_the_entry() -> None:
    rates = [0.1, 0.1, 9.0, 0.1, 0.1]
    steps = feed(tracker(min_length=2), *(window(1 + k / 2, r) for k, r in enumerate(rates)))
    assert told(steps) == [("new", 0, "entered")]
    rates = [0.1, 9.0, 9.0, 9.0, 0.1]
    assert not feed(tracker(min_length=2), *(window(1 + k / 2, r) for k, r in enumerate(rates)))


def test_rare_but_not_eligible_never_enters() -> None:
    windows = [window(k / 2, 0.001, eligible=False) for k in range(2, 40)]
    assert feed(tracker(), *windows) == []


def test_between_the_levels_an_open_incident_is_held_but_none_begins() -> None:
    assert feed(tracker(), *stretch(1, 20, 5)) == []
    incidents = tracker()
    assert told(feed(incidents, *stretch(1, 2, 0.5), *stretch(2.5, 60, 5))) == [
        ("new", 0, "entered")
    ]


def test_a_pause_shorter_than_the_exit_time_is_the_same_incident() -> None:
    incidents = tracker()
    steps = feed(incidents, *stretch(1, 3, 0.5), *stretch(3.5, 7.5, 500), *stretch(8, 10, 0.5))
    assert told(steps) == [("new", 0, "entered")]
    assert feed(incidents, *stretch(10.5, 14.5, 500)) == []
    assert told(feed(incidents, window(15, 500))) == [("end", 1, "over")]


def test_much_rarer_evidence_is_an_update_but_not_more_often_than_each_five_seconds() -> None:
    incidents = tracker()
    feed(incidents, *stretch(1, 2, 0.5, score=5))
    assert feed(incidents, *stretch(2.5, 6.5, 0.1, score=6.5)) == []
    update = feed(incidents, window(7, 0.1, score=6.2))
    assert told(update) == [("update", 1, "stronger")]
    assert update[0].peak.score == 6.5
    assert feed(incidents, *stretch(7.5, 30, 0.1, score=7.4)) == []  # less than a decade more


def test_an_incident_that_nobody_was_told_of_can_begin_anew_where_it_goes_on() -> None:
    incidents = tracker()
    (before,) = feed(incidents, *stretch(1, 40, 0.1, score=6))
    feed(incidents, window(40.5, 5, score=4))  # held, though it would not begin with it
    end, new = incidents.renew("armed")
    assert told([end, new]) == [("end", 1, "armed"), ("new", 0, "armed")]
    assert (end.id, incidents.open_id) == (before.id, new.id)
    assert new.id != before.id
    assert (new.start_ns, new.peak.score, len(new.windows)) == (int(37.5 * S), 4, 1)
    assert told(feed(incidents, *stretch(41, 50, 500))) == [("end", 1, "over")]


def test_one_that_begins_where_another_began_has_an_id_of_its_own() -> None:
    incidents = tracker()
    begun = feed(incidents, *stretch(10, 12, 0.1))
    steps = [*incidents.renew("armed"), *incidents.renew("armed")]
    assert told(steps) == [("end", 1, "armed"), ("new", 0, "armed")] * 2
    assert steps[1].start_ns == steps[3].start_ns
    # Both clocks step back to the same moment.
    begun += [step for step in feed(incidents, *stretch(10, 12, 0.1)) if step.reason == "entered"]
    assert len({begun[0].id, begun[-1].id, steps[1].id, steps[3].id}) == 4


def test_what_may_be_over_does_not_begin_anew() -> None:
    incidents = tracker()
    assert incidents.renew("armed") == []
    feed(incidents, *stretch(1, 10, 0.1), *stretch(10.5, 12, 500))
    assert incidents.renew("armed") == []
    feed(incidents, window(12.5, 0.1))
    assert len(incidents.renew("armed")) == 2


def test_the_clip_comes_as_an_update_while_open_and_after_the_end() -> None:
    incidents = tracker()
    (new,) = feed(incidents, *stretch(1, 2, 0.5))
    (thumbnail,) = incidents.media_arrived(new.id)
    assert (thumbnail.type, thumbnail.revision, thumbnail.end_ns) == (AlertType.UPDATE, 1, None)
    (end,) = feed(incidents, *stretch(2.5, 8, 500))
    (clip,) = incidents.media_arrived(new.id)
    assert (clip.type, clip.revision, clip.reason) == (AlertType.UPDATE, 3, "media")
    assert clip.end_ns == end.end_ns
    assert incidents.media_arrived("unknown") == []


def test_a_cooldown_begins_when_the_alert_was_accepted_not_when_it_was_raised() -> None:
    incidents = tracker(cooldown=60)
    first = feed(incidents, *stretch(1, 3, 0.5), *stretch(3.5, 9, 500))
    assert told(first) == [("new", 0, "entered"), ("end", 1, "over")]
    again = feed(incidents, *stretch(10, 12, 0.5), *stretch(12.5, 19, 500))
    assert len(again) == 2  # the outbox never took the first: this one must not be lost
    incidents.accepted(12 * S)
    assert feed(incidents, *stretch(19.5, 71.5, 0.5)) == []
    assert incidents.suppressed > 0
    assert told(feed(incidents, window(72, 0.5))) == [("new", 0, "entered")]


@pytest.mark.parametrize("to", [40.0, 1.0], ids=["gap", "back"])
def test_time_that_jumps_ends_the_incident_as_lost(to: float) -> None:
    incidents = tracker()
    feed(incidents, *stretch(10, 12, 0.5))
    steps = feed(incidents, window(to, 0.5))
    assert told(steps) == [("end", 1, "lost")]
    assert steps[0].end_ns == 12 * S
    assert told(feed(incidents, *stretch(to + 0.5, to + 1, 0.5))) == [("new", 0, "entered")]


def test_a_lost_camera_or_a_shutdown_ends_what_is_open_once() -> None:
    incidents = tracker()
    feed(incidents, *stretch(1, 3, 0.5))
    assert told(incidents.close("shutdown")) == [("end", 1, "shutdown")]
    assert incidents.close("lost") == []


def test_an_endless_incident_keeps_a_bounded_number_of_windows() -> None:
    incidents = tracker()
    feed(incidents, *stretch(1, 2000, 0.5))
    (end,) = incidents.close("shutdown")
    assert len(end.windows) <= 240
    assert end.windows[0].end_ns < 2 * S
    assert end.windows[-1].end_ns > 1990 * S


def test_ids_are_stable_sort_by_time_and_fit_in_a_path() -> None:
    ids = [incident_id("home", "yard", "fire", k * S, EPOCH + k) for k in range(5)]
    assert ids == sorted(ids)
    assert ids[0] == incident_id("home", "yard", "fire", 0, EPOCH)
    assert ids[0] == "20231114T221320000-" + ids[0][-12:]
    assert re.fullmatch(r"[0-9T]{18}-[0-9a-f]{12}", ids[0])
    others = {
        incident_id("away", "yard", "fire", 0, EPOCH),
        incident_id("home", "gate", "fire", 0, EPOCH),
        incident_id("home", "yard", "fall", 0, EPOCH),
        incident_id("home", "yard", "fire", 1, EPOCH),
        ids[0],
    }
    assert len(others) == 5


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_promise_is_above_zero(rate: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        IncidentSettings("home", "yard", "fire", rate, 0, 0, 0)
