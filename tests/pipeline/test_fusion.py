"""Two senses, one verdict: before and after a camera's joint normal is known."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from pipeline.calibration import CalibrationError, PriorBank
from pipeline.fusion import FusionEngine, FusionSettings, tfisher
from pipeline.records import FusedWindow, Modality, PromptMargin
from pipeline.windows import ModalityStatistic, ScoreWindow

S = 1_000_000_000
V, A = Modality.VIDEO, Modality.AUDIO
PROMPTS = (PromptMargin("flames", 0.3, 2.0), PromptMargin("an empty yard", 0.2, 0.0))


def engine(*modalities: Modality, identity: str = "v1:m") -> FusionEngine:
    wanted = modalities or (V, A)
    rng = np.random.default_rng(0)
    priors = {m: PriorBank(rng.standard_normal(1500), window_s=3) for m in (V, A)}
    settings = FusionSettings("yard", "fire", identity, wanted, 3 * S, 2 * S, 5 * S)
    return FusionEngine(settings, priors)


def window(
    at: float = 100.0,
    *,
    video: float | None = None,
    audio: float | None = None,
    eligible: tuple[Modality, ...] = (V, A),
) -> ScoreWindow:
    raws = {V: video, A: audio}
    statistics = {
        m: ModalityStatistic(r, m in eligible and math.isfinite(r), 3, PROMPTS, int(at) * S)
        for m, r in raws.items()
        if r is not None
    }
    end = int(at * S)
    missing = tuple(m for m in raws if m not in statistics)
    return ScoreWindow("yard", "fire", "v1", end - 3 * S, end, at, statistics, missing)


def ordinary(
    hours: float, *, seed: int = 3, start: float = 0, together: bool = False
) -> Iterator[ScoreWindow]:
    """Windows each 2 s, whose raws are independent noise, or the same noise in both senses."""
    rng = np.random.default_rng(seed)
    for step in range(int(hours * 1800)):
        video, audio = rng.standard_normal(2)
        at = start + 2.0 * (step + 1)
        yield window(at, video=video, audio=video if together else audio)


@pytest.fixture(scope="module")
def settled() -> FusionEngine:
    """An engine that has seen ten hours of a camera whose picture and sound are independent."""
    fusion = engine()
    for w in ordinary(10):
        fusion.process(w)
    return fusion


def rarity(fusion: FusionEngine, w: ScoreWindow) -> FusedWindow:
    """The verdict on ``w``, learned with doubt as in an open incident."""
    return fusion.process(w, in_incident=True)


def test_at_first_bonferroni_holds_whatever_the_dependence() -> None:
    both = engine().process(window(video=3.0, audio=2.0))
    assert both.p_value == pytest.approx(2 * both.readings[V].p_value)
    assert both.score == pytest.approx(-math.log10(both.p_value))


@pytest.mark.parametrize("seen", [True, False], ids=["only seen", "only heard"])
def test_one_sense_alone_suffices_and_costs_a_factor_of_two(seen: bool) -> None:
    loud = {"video": 7.0, "audio": 0.0} if seen else {"video": 0.0, "audio": 7.0}
    modality = V if seen else A
    result = engine().process(window(**loud, eligible=(modality,)))
    assert result.eligible
    assert result.per_day < 1 / 7
    alone = engine(modality).process(window(**{k: v for k, v in loud.items() if v}))
    assert result.per_day == pytest.approx(2 * alone.per_day)
    assert result.readings[modality].share == pytest.approx(1)


def test_rare_but_not_what_was_asked_for_is_no_evidence() -> None:
    # A light is switched on: very rare, yet the prompts do not beat the normal ones.
    result = engine().process(window(video=9.0, audio=0.5, eligible=(A,)))
    assert result.eligible
    assert result.readings[V].p_value < 1e-6
    assert result.readings[V].share == 0
    assert result.per_day > 1000


def test_where_nothing_is_eligible_nothing_is_claimed() -> None:
    result = engine().process(window(video=9.0, audio=9.0, eligible=()))
    assert not result.eligible
    assert (result.p_value, result.score) == (1.0, 0.0)
    assert result.per_day > 10_000
    assert sum(r.share for r in result.readings.values()) == pytest.approx(1)


@pytest.mark.promise("fault 12")
def test_a_missing_modality_is_named_and_costs_nothing() -> None:
    result = engine().process(window(video=6.0))
    assert result.missing == (A,)
    assert result.p_value == result.readings[V].p_value
    assert result.readings[V].share == 1.0


def test_a_sense_counts_from_its_rarest_tenth_on() -> None:
    assert tfisher([-math.log(0.1), -math.log(0.5)]) == pytest.approx(0)
    assert tfisher([-math.log(0.01), -math.log(0.5)]) == pytest.approx(math.log(10))
    assert tfisher([-math.log(0.01), -math.log(0.001)]) == pytest.approx(math.log(1000))


def test_silence_is_ordinary() -> None:
    result = engine().process(window(video=6.0, audio=-math.inf))
    assert result.readings[A].p_value == 1.0
    assert result.eligible


def test_agreement_is_rarer_than_either_part_once_the_joint_normal_is_known(
    settled: FusionEngine,
) -> None:
    at = 19 * 3600.0
    agree = rarity(settled, window(at, video=3.0, audio=3.0))
    seen = rarity(settled, window(at + 2, video=3.0, audio=0.0))
    assert agree.per_day < agree.p_value * 57_600
    assert agree.per_day < seen.per_day / 5
    assert agree.p_value < min(r.p_value for r in agree.readings.values()) / 2
    assert agree.readings[V].share == pytest.approx(0.5, abs=0.15)


def test_what_is_only_seen_still_alerts_once_the_joint_normal_is_known(
    settled: FusionEngine,
) -> None:
    result = rarity(settled, window(20 * 3600.0, video=8.0, audio=0.0, eligible=(V,)))
    assert result.eligible
    assert result.per_day < 1 / 7


def test_silence_is_ordinary_to_both_senses_once_the_joint_normal_is_known(
    settled: FusionEngine,
) -> None:
    result = rarity(settled, window(20.5 * 3600, video=-math.inf, audio=-math.inf))
    assert result.p_value > 0.5
    assert 1000 < result.per_day < math.inf


def test_senses_that_always_move_together_do_not_count_twice(settled: FusionEngine) -> None:
    moved = engine()
    for w in ordinary(10, together=True):
        moved.process(w)
    at = 21 * 3600.0
    dependent = rarity(moved, window(at, video=3.0, audio=3.0))
    independent = rarity(settled, window(at, video=3.0, audio=3.0))
    assert dependent.per_day > 3 * independent.per_day


def test_what_was_learned_survives_saving(settled: FusionEngine) -> None:
    again = engine()
    again.restore(settled.to_state())
    third = engine()
    third.restore(again.to_state())
    w = window(30 * 3600.0, video=2.5, audio=2.0)
    told = again.process(w)
    assert third.process(w) == told
    # The first one's fits are some windows older.
    assert told.score == pytest.approx(settled.process(w).score, abs=0.1)


def test_a_background_learned_for_other_words_is_refused(settled: FusionEngine) -> None:
    other = engine(identity="v2:m")
    with pytest.raises(CalibrationError, match="learned for v1:m, not v2:m"):
        other.restore(settled.to_state())
    assert other.process(window(video=3.0)) == engine().process(window(video=3.0))


def test_a_broken_state_is_refused() -> None:
    with pytest.raises(CalibrationError, match="learned anew"):
        engine().restore({"version": 1, "identity": "v1:m", "single": {}})


def test_strangers_are_refused() -> None:
    other = FusionEngine(FusionSettings("yard", "fall", "v", (V,), 3 * S, S, S))
    with pytest.raises(ValueError, match="rule fall was given a window of fire"):
        other.process(window(video=1.0))
