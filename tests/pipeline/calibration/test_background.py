"""A camera learns its own normal: stories of quiet, noisy and troubled cameras."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest

from pipeline.calibration import Background, BackgroundSettings, CalibrationError, PriorBank

SETTINGS = BackgroundSettings(window_s=4, hop_s=2, gap_s=9)
HOP_NS = 2_000_000_000
HOUR = 1800  # windows


def prior(loc: float = 0.0) -> PriorBank:
    return PriorBank(loc + np.random.default_rng(9).standard_normal(1500), window_s=4)


def live(background: Background, values: Any, *, at: int = 0, promise: float = 0.0) -> int:
    """Learn ``values`` as the line does; return how many windows were within ``promise``."""
    alarms = 0
    for step, value in enumerate(values):
        reading = background.reading(value)
        alarms += reading.per_day <= promise
        background.observe(value, (at + step) * HOP_NS, suspect=reading.p_value < 1e-3)
    return alarms


def noise(hours: float, seed: int = 1) -> Any:
    return np.random.default_rng(seed).standard_normal(int(hours * HOUR)).tolist()


def test_at_first_the_prior_speaks_alone() -> None:
    background = Background(SETTINGS, prior())
    assert background.reading(4.0) == prior().reading(4.0)
    live(background, noise(0.05))
    assert not background.settled
    assert background.reading(4.0) == prior().reading(4.0)


def test_what_is_ordinary_here_is_learned_in_minutes() -> None:
    # The bank knows scores around 0; this camera lives around 6, which the bank has never seen.
    background = Background(SETTINGS, prior())
    assert background.reading(6.0).p_value < 1e-4
    live(background, [x + 6 for x in noise(0.5)])
    assert background.reading(6.0).p_value > 0.3
    live(background, [x + 6 for x in noise(1, seed=2)], at=HOUR // 2)
    assert background.settled
    assert background.reading(6.0).p_value > 0.3


def test_what_is_asked_again_and_again_is_answered_anew_once_more_is_known() -> None:
    # A scene that stands still asks for the same few scores; the other was asked for others.
    asked, fresh = Background(SETTINGS, prior()), Background(SETTINGS, prior())
    answers = set()
    for step, value in enumerate(noise(1)):
        if step % 50 == 0:
            answers.add(asked.reading(2.5))
            assert asked.reading(2.5) is asked.reading(2.5)
            fresh.reading(value)
        for background in (asked, fresh):
            background.observe(value, step * HOP_NS)
    assert len(answers) > 5
    assert asked.reading(2.5) == fresh.reading(2.5)
    # What it is pooled with is a part of the question.
    firm = prior().reading(4.0)
    assert asked.reading(2.5, firm) == fresh.reading(2.5, firm) != asked.reading(2.5)


def test_without_any_prior_nothing_is_rarer_than_the_time_watched() -> None:
    background = Background(SETTINGS)
    assert background.reading(99.0).p_value == 1.0
    live(background, noise(6))
    assert background.reading(99.0).per_day == pytest.approx(4, rel=0.01)


def test_one_anomaly_does_not_teach_itself_as_normal() -> None:
    background = Background(SETTINGS, prior())
    live(background, noise(6))
    before = background.reading(12.0).per_day
    assert before < 0.05
    live(background, [12.0] * 60, at=6 * HOUR)  # two minutes of it
    live(background, noise(1, seed=5), at=6 * HOUR + 60)
    assert background.reading(12.0).per_day < 2 * before + 1e-9


def test_a_truly_noisy_camera_is_believed_by_its_fourth_anomaly() -> None:
    background = Background(SETTINGS, prior())
    live(background, noise(6))
    alarms = []
    for episode in range(12):
        day = [*noise(0.25, seed=20 + episode), *[12.0] * 5]
        at = 6 * HOUR + episode * (HOUR // 4 + 5)
        alarms.append(live(background, day, at=at, promise=1 / 7) > 0)
    assert alarms[:3] == [True] * 3
    assert not any(alarms[5:])
    assert background.reading(12.0).per_day > 10  # it comes four times an hour


def test_an_anomaly_is_taken_as_habit_after_a_day() -> None:
    background = Background(SETTINGS, prior())
    live(background, [*noise(6), *[12.0] * 5, *noise(12, seed=6)])
    young = background.reading(12.0).per_day
    live(background, noise(13, seed=7), at=19 * HOUR)
    assert young < 0.1
    assert background.reading(12.0).per_day > 0.25  # it came once in 31 hours


@pytest.mark.parametrize("value", [-math.inf, 0.0, -7.25], ids=["silence", "zero", "constant"])
def test_a_constant_is_ordinary_and_the_unseen_still_rare(value: float) -> None:
    background = Background(SETTINGS, prior())
    live(background, [value] * (3 * HOUR))
    ordinary = background.reading(value)
    assert ordinary.p_value > 0.3
    assert ordinary.per_day > 1000
    rare = background.reading(14.0)
    assert 0 < rare.p_value < 1e-3
    assert rare.per_day < 1 / 7


def test_readings_are_probabilities_and_never_rise_with_the_score() -> None:
    background = Background(SETTINGS, prior())
    live(background, [*noise(30), 8.0, 9.0])
    readings = [background.reading(x) for x in np.linspace(-6, 30, 500)]
    assert all(0 < r.p_value <= 1 and 0 < r.per_day < math.inf for r in readings)
    pairs = list(itertools.pairwise(readings))
    assert all(b.per_day <= a.per_day * (1 + 1e-9) for a, b in pairs)
    assert all(b.p_value <= a.p_value * (1 + 1e-9) for a, b in pairs)
    assert background.reading(math.inf).p_value > 0
    assert background.reading(-math.inf).p_value == 1.0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(CalibrationError):
        Background(SETTINGS).observe(value, 0)
    with pytest.raises(CalibrationError, match="NaN"):
        Background(SETTINGS).reading(math.nan)


def test_gaps_and_jumps_add_no_time_watched() -> None:
    background = Background(SETTINGS)
    live(background, noise(0.5))
    live(background, noise(0.5), at=100 * HOUR)
    live(background, noise(0.5), at=0)
    assert background.watched_s == pytest.approx(1.5 * 3600, abs=1)


def arrays(state: Any) -> int:
    if isinstance(state, dict):
        return sum(map(arrays, state.values()))
    return state.nbytes if isinstance(state, np.ndarray) else 0


def test_memory_stays_within_its_bound_and_old_weeks_are_forgotten() -> None:
    coarse = BackgroundSettings(window_s=60, hop_s=60, gap_s=90)
    background = Background(coarse)
    rng = np.random.default_rng(2)
    for minute in range(23 * 1440):
        background.observe(rng.standard_normal(), minute * 60_000_000_000)
    assert arrays(background.to_state()) < 43_100
    assert 7 * 86_400 <= background.watched_s <= 14 * 86_400


def test_what_was_learned_survives_saving() -> None:
    background = Background(SETTINGS, prior(), seed=4)
    live(background, noise(3))
    state = background.to_state()
    json.dumps(state, default=lambda a: a.tolist())
    again, third = Background(SETTINGS, prior()), Background(SETTINGS, prior())
    again.restore(state)
    third.restore(again.to_state())
    for x in (-2.0, 0.5, 3.0, 5.0):
        assert third.reading(x) == again.reading(x)
        # The first one's fit is some windows older.
        assert again.reading(x).p_value == pytest.approx(background.reading(x).p_value, rel=0.1)
        assert again.reading(x).per_day == pytest.approx(background.reading(x).per_day, rel=0.1)


def test_saving_costs_no_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    background = Background(SETTINGS, prior())
    live(background, noise(1))
    before = background.reading(2.5)
    monkeypatch.setattr(Background, "_make_fit", lambda _self: pytest.fail("fitted anew"))
    background.to_state()
    assert background.reading(2.5) == before


@pytest.mark.parametrize("state", [{}, {"version": 99}, {"version": 1, "older": 3}])
def test_a_broken_state_is_refused_and_changes_nothing(state: dict[str, Any]) -> None:
    background = Background(SETTINGS, prior())
    with pytest.raises(CalibrationError, match="learned anew"):
        background.restore(state)
    assert background.reading(1.0) == prior().reading(1.0)


def test_the_same_arrivals_give_the_same_readings() -> None:
    def run() -> float:
        background = Background(SETTINGS, prior(), seed=8)
        live(background, noise(2))
        return background.reading(2.0).p_value

    assert run() == run()
