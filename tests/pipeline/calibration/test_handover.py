"""From the model's bank to a camera's own history: what was clear stays so, habits are believed."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from pipeline.calibration import Background, BackgroundSettings, PriorBank
from tests.pipeline.calibration.cameras import HOP_NS, ar1, learn, lowest

SETTINGS = BackgroundSettings(window_s=4, hop_s=2, gap_s=9)
ONE_A_WEEK = 1 / 7
#: Windows in five, ten and twenty minutes, an hour, six hours, a day and three days.
LENGTHS = (150, 300, 600, 1800, 10_800, 43_200, 129_600)


def bank(size: int = 4000) -> PriorBank:
    return PriorBank(np.random.default_rng(9).standard_normal(size), window_s=4)


def scores(n: int, *, seed: int = 1, memory_s: float = 20.0) -> list[float]:
    values: list[float] = ar1(n, 2, memory_s, np.random.default_rng(seed)).tolist()
    return values


@pytest.mark.parametrize("memory_s", [3.0, 20.0, 60.0])
@pytest.mark.parametrize(
    ("shift", "scale"),
    [(0.0, 1.0), (-1.0, 1.0), (0.0, 0.7), (-2.0, 0.5)],
    ids=["as the bank", "lower", "steadier", "lower and steadier"],
)
def test_what_is_clear_to_the_bank_stays_clear(shift: float, scale: float, memory_s: float) -> None:
    prior = bank()
    event = lowest(lambda x: prior.reading(x).per_day, 0.03)
    background = Background(SETTINGS, prior)
    values = [shift + scale * x for x in scores(LENGTHS[-1], memory_s=memory_s)]
    for at, until in itertools.pairwise((0, *LENGTHS)):
        learn(background, values, at=at, until=until)
        assert background.reading(event).per_day < ONE_A_WEEK


def test_a_week_that_is_forgotten_does_not_change_what_is_clear() -> None:
    settings = BackgroundSettings(window_s=60, hop_s=60, gap_s=90)
    prior = PriorBank(np.random.default_rng(9).standard_normal(4000), window_s=60)
    event = lowest(lambda x: prior.reading(x).per_day, 0.03)
    background = Background(settings, prior)
    rng = np.random.default_rng(2)
    said = []
    for minute in range(15 * 1440):
        background.observe(rng.standard_normal(), minute * 60_000_000_000)
        if minute in (7 * 1440 - 10, 7 * 1440 + 10, 14 * 1440 - 10, 14 * 1440 + 10):
            said.append(background.reading(event).per_day)
    assert all(math.exp(-1) < b / a < math.e for a, b in itertools.pairwise(said))
    assert max(said) < ONE_A_WEEK


def test_what_is_common_here_is_believed_within_the_hour() -> None:
    prior = bank()
    strange = lowest(lambda x: prior.reading(x).per_day, 0.01)
    background = Background(SETTINGS, prior)
    alarms = []
    for step, value in enumerate(scores(1800, seed=4)):
        # Ten seconds of it each five minutes.
        seen = strange if step % 150 >= 145 else value
        reading = background.reading(seen)
        if step % 150 == 149:
            alarms.append(reading.per_day <= ONE_A_WEEK)
        background.observe(seen, step * HOP_NS, suspect=reading.p_value < 1e-3)
    assert alarms[:3] == [True] * 3  # the guard: none of these teaches
    assert not any(alarms[6:])
    assert 50 < background.reading(strange).per_day < 400  # 288


@pytest.mark.parametrize("windows", LENGTHS[:-2])
@pytest.mark.parametrize("shift", [-2.0, 0.0, 2.0], ids=["lower", "as the bank", "higher"])
def test_readings_fall_with_the_score_and_without_leaps(windows: int, shift: float) -> None:
    background = Background(SETTINGS, bank())
    values = [shift + 0.8 * x for x in scores(windows)]
    learn(background, values, at=0, until=windows)
    at = np.linspace(shift - 4, 20, 1200)
    said = [background.reading(float(x)) for x in at]
    for name in ("p_value", "per_day"):
        logs = np.log([getattr(r, name) for r in said])
        assert (np.diff(logs) <= 1e-9).all()
        # From where it counts to where it extrapolates, over a tenth of a standard deviation.
        border = np.abs(at - max(values)) < 0.5
        assert logs[border][:-4] - logs[border][4:] == pytest.approx(0, abs=1.5)
    assert all(0 < r.p_value <= 1 and 0 < r.per_day <= 43_200 * (1 + 1e-9) for r in said)


def test_the_nearer_to_what_was_counted_the_better_it_is_known() -> None:
    background = Background(SETTINGS, bank())
    learn(background, scores(1800), at=0, until=1800)
    spread = [background.reading(x).variance for x in (1.0, 3.0, 5.0, 7.0)]
    assert spread == sorted(spread)
    assert spread[0] < 0.2
    assert spread[-1] > 0.9


def test_saving_keeps_every_reading() -> None:
    background, again = (Background(SETTINGS, bank(), seed=s) for s in (1, 2))
    learn(background, scores(900), at=0, until=900)
    again.restore(background.to_state())
    for x in np.linspace(-3, 12, 40):
        assert again.reading(float(x)) == background.reading(float(x))
