"""How often a camera is looked at may change while it runs."""

from __future__ import annotations

import pytest

from pipeline.records import NS_PER_S
from pipeline.sources.pace import Pace
from pipeline.sources.picture import Sampler

FRAME_NS = NS_PER_S // 25


def sampled(sampler: Sampler, seconds: range) -> int:
    """How many of 25 pictures a second are chosen in a stretch of whole seconds."""
    frames = range(seconds.start * 25, seconds.stop * 25)
    return sum(sampler.due(k * FRAME_NS) for k in frames)


def test_a_rate_that_is_lowered_and_raised_again_holds_from_the_next_picture_on() -> None:
    pace = Pace(2.0)
    sampler = Sampler(pace)
    assert sampled(sampler, range(10)) == 20

    pace.set(0.5)
    assert pace.per_second == pytest.approx(0.5)
    assert sampled(sampler, range(10, 30)) == 10

    pace.set(5.0)
    assert sampled(sampler, range(30, 40)) == pytest.approx(50, abs=1)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan")])
def test_a_camera_cannot_be_sampled_never(wrong: float) -> None:
    with pytest.raises(ValueError, match="more than 0 times a second"):
        Pace(wrong)


def test_cameras_of_different_phase_do_not_ask_all_at_once() -> None:
    samplers = [Sampler(Pace(2.0, phase=k / 100)) for k in range(100)]
    for sampler in samplers:
        sampled(sampler, range(1))
    at_once = [sum(s.due(NS_PER_S + k * FRAME_NS) for s in samplers) for k in range(250)]
    assert sum(at_once) == 2000, "each as often as ever"
    assert max(at_once) <= 10, "and 100 if all had one phase"
