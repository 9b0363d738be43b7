"""Any sequence of packets, time stamps and windows: what holds, holds whatever comes when.

``HEARSIGHT_FUZZ_CASES=10000`` tries that many, as ``make fuzz`` does; else few, and the same ones.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from pipeline.incidents import IncidentSettings, IncidentTracker, Transition
from pipeline.records import AlertType, FusedWindow, Modality, Quiet, Score
from pipeline.sources.clock import LiveClock
from pipeline.sources.packet_gate import PacketGate, Trust
from pipeline.windows import JUMP_NS, WindowAssembler, WindowSettings
from tests.fuzz.many import tried

S, MS = 1_000_000_000, 1_000_000
V, A = Modality.VIDEO, Modality.AUDIO
cases = tried(few=60)

#: Steps of time: usual ones, none, back, a little over a limit, and other days.
steps_ns = st.one_of(
    st.integers(0, 2 * S),
    st.sampled_from([0, 40 * MS, S, -S, -40 * MS, -3 * S, JUMP_NS, JUMP_NS + 1, 7200 * S]),
    st.integers(-(1 << 50), 1 << 50),
)
raws = st.one_of(st.floats(-20, 20), st.just(0.0))


# --- windows --------------------------------------------------------------------------------------

what = st.sampled_from(["score", "quiet", "stands", "advance"])


@cases
@given(
    st.lists(st.tuples(what, st.sampled_from([V, A]), steps_ns, raws), max_size=60),
    st.integers(1, 6),
    st.integers(0, 4 * S),
)
def test_a_window_holds_what_ended_in_it_on_one_time_line(
    story: list[tuple[str, Modality, int, float]], length_s: int, lateness_ns: int
) -> None:
    length = length_s * S
    assembler = WindowAssembler(
        "yard", "fire", "v1", WindowSettings(length, S, lateness_ns, (V, A))
    )
    at = 1000 * S
    line: defaultdict[Modality, list[int]] = defaultdict(list)
    last_end: int | None = None
    for kind, modality, step, raw in story:
        at = max(0, at + step)
        late, restarts = assembler.late, assembler.restarts
        if kind == "advance":
            closed = assembler.advance(at)
        else:
            item = _item(kind, modality, at, raw)
            stands = _score(modality, at, raw) if kind == "stands" else None
            closed = assembler.add(item, stands)
            if assembler.restarts > restarts:
                line.clear()
                last_end = None
            if assembler.late == late:
                line[modality].append(at)
        for window in closed:
            assert window.end_ns % S == 0
            assert window.end_ns - window.start_ns == length
            assert last_end is None or window.end_ns > last_end
            last_end = window.end_ns
            inside = Counter(
                {m: sum(window.start_ns < end <= window.end_ns for end in line[m]) for m in (V, A)}
            )
            assert {m: held.samples for m, held in window.statistics.items()} == dict(+inside)
            assert set(window.missing) == {m for m in (V, A) if not inside[m]}
            assert not any(math.isnan(held.raw) for held in window.statistics.values())


def _score(modality: Modality, at: int, raw: float) -> Score:
    return Score("yard", "whole", "fire", "v1", "prompts", modality, at, at, at / S, raw, raw > 0)


def _item(kind: str, modality: Modality, at: int, raw: float) -> Score | Quiet:
    if kind == "score":
        return _score(modality, at, raw)
    return Quiet("yard", "whole", modality, at, at, at / S)


# --- incidents ------------------------------------------------------------------------------------

rates = st.sampled_from([0.01, 0.9, 1.0, 1.1, 9.0, 10.0, 11.0, 500.0])
deeds = st.sampled_from(["window", "window", "window", "accepted", "media", "close", "renew"])


@cases
@given(st.lists(st.tuples(deeds, steps_ns, rates, st.booleans()), max_size=80))
def test_an_incident_is_told_in_order_from_its_begin_to_its_end(
    story: list[tuple[str, int, float, bool]],
) -> None:
    tracker = IncidentTracker(IncidentSettings("home", "yard", "fire", 1.0, S, 5 * S, 60 * S))
    at = 1000 * S
    told: dict[str, list[Transition]] = {}
    cool_until: int | None = None
    for deed, step, per_day, eligible in story:
        was_open = tracker.open_id
        if deed == "window":
            back = at + step <= at
            at = max(3 * S, at + (step if abs(step) < 1 << 45 else S))
            made = tracker.process(_window(at, per_day, eligible))
            if cool_until is not None and (back or step <= 0):
                cool_until = None  # on another time line it begins anew
            entered = [one for one in made if one.reason == "entered"]
            assert not (entered and cool_until is not None and at < cool_until)
        elif deed == "accepted":
            tracker.accepted(at)
            cool_until = at + 60 * S
            made = []
        elif deed == "media":
            made = [one for name in list(told)[-3:] for one in tracker.media_arrived(name)]
        else:
            made = tracker.close("lost") if deed == "close" else tracker.renew("armed")
        for one in made:
            told.setdefault(one.id, []).append(one)
            assert len(one.windows) <= 241
        if deed == "close":
            assert tracker.open_id is None
            assert len(made) == (was_open is not None)
    for steps in told.values():
        kinds = [one.type for one in steps]
        assert [one.revision for one in steps] == list(range(len(steps)))
        assert kinds[0] is AlertType.NEW
        assert kinds.count(AlertType.NEW) == 1
        assert kinds.count(AlertType.END) <= 1
        over = kinds.index(AlertType.END) if AlertType.END in kinds else len(kinds)
        for place, one in enumerate(steps):
            assert (one.end_ns is not None) == (place >= over)
            assert one.start_ns == steps[0].start_ns


def _window(at: int, per_day: float, eligible: bool) -> FusedWindow:
    score = 5.0 - math.log10(per_day)
    return FusedWindow(
        "yard",
        "fire",
        "v1",
        at - 3 * S,
        at,
        1.7e9 + at / S,
        10**-score,
        score,
        per_day,
        False,
        eligible,
    )


# --- clocks ---------------------------------------------------------------------------------------

waits_ns = st.one_of(
    st.integers(0, 100 * MS), st.sampled_from([0, 0, 40 * MS, 700 * MS, 30 * S, 3600 * S])
)
lies_ns = st.one_of(
    st.just(0),
    st.integers(-S, S),
    st.sampled_from([-7200 * S, 7200 * S, 5 * S, -2 * S, 1 << 33, -(1 << 62), 1 << 62]),
)


@cases
@given(st.lists(st.tuples(st.sampled_from([V, A]), waits_ns, lies_ns, st.booleans()), max_size=150))
def test_no_stamp_lies_far_ahead_of_its_arrival_or_steps_back_without_saying_so(
    story: list[tuple[Modality, int, int, bool]],
) -> None:
    clock, now, base = LiveClock(), 5000 * S, -123 * S
    newest: dict[Modality, int] = {}
    for modality, wait, lie, lasts in story:
        now += wait
        pts = now + base + lie
        if lasts:
            base += lie
        if not clock.settled:
            clock.observe(pts, now)
            continue
        stamp = clock.stamp(modality, pts, now)
        # A stamp that was replaced lies a nanosecond behind the last one.
        assert stamp.pts_ns <= now + S + len(story)
        before = newest.get(modality)
        if before is not None and not stamp.jumped:
            assert stamp.pts_ns > before - 2 * S
        newest[modality] = stamp.pts_ns if stamp.jumped else max(before or 0, stamp.pts_ns)
        if stamp.jumped:
            newest = {modality: stamp.pts_ns}
        assert len(clock._recent) <= 2001
        assert all(len(track.suspects) <= len(story) for track in clock._tracks.values())


# --- the gate -------------------------------------------------------------------------------------


@cases
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["packet", "packet", "packet", "picture", "reset"]),
            steps_ns,
            st.integers(0, 1 << 24),
            st.sampled_from([0, 0, 0, 1]),
            st.floats(0, 255),
        ),
        max_size=150,
    )
)
def test_a_gate_lets_a_camera_sleep_only_where_it_is_trusted(
    story: list[tuple[str, int, int, int, float]],
) -> None:
    gate, at = PacketGate(), 0
    for deed, step, size, key, change in story:
        at += step
        if deed == "packet":
            gate.packet(at, size, keyframe=bool(key))
        elif deed == "picture":
            gate.picture(change)
        else:
            gate.reset()
        assert not gate.asleep or gate.trust is Trust.TRUSTED
        assert 0.0 <= gate.activity <= 1.0
        # Positions of a group, the keyframe's own and those behind the last that is told apart.
        assert set(gate._usual) <= set(range(-1, 65))
        assert len(gate._pending) <= 600
        assert all(math.isfinite(known.mean) for known in gate._usual.values())
