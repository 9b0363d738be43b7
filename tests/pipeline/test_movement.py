"""How pictures move becomes a few numbers, at a fixed pace."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.movement import DIM, LEAST, MeterOfViews, MovementMeter
from pipeline.records import NS_PER_S as S

Film = Callable[[float], NDArray[np.uint8]]

#: Places of some of the numbers.
LIVELIEST, WHOLE, SHARE, RADIUS = 0, 6, 11, 16


def textured(seed: int = 0) -> NDArray[np.uint8]:
    """A wall that is worth looking at, uint8 (160, 160, 3)."""
    coarse = np.random.default_rng(seed).integers(60, 180, (20, 20, 1))
    grey = np.kron(coarse, np.ones((8, 8, 1))).astype(np.uint8)
    return np.repeat(grey, 3, axis=2)


def still(at_s: float) -> NDArray[np.uint8]:
    return textured()


def walking(at_s: float) -> NDArray[np.uint8]:
    """A light patch goes from left to right, 20 pixels a second."""
    scene = textured()
    x = 20 + round(20 * at_s)
    scene[60:100, x : x + 16] = 240
    return scene


def struggling(at_s: float) -> NDArray[np.uint8]:
    """The same patch jerks about one place."""
    scene = textured()
    x, y = np.random.default_rng(round(at_s * 1000)).integers(-12, 12, 2)
    scene[60 + y : 100 + y, 70 + x : 86 + x] = 240
    return scene


def snow(at_s: float) -> NDArray[np.uint8]:
    """Everything changes."""
    return textured(round(at_s * 1000))


def readings(film: Film, seconds: float = 4.0, fps: float = 25.0) -> list[NDArray[np.float32]]:
    meter = MovementMeter()
    out = []
    for k in range(round(seconds * fps)):
        meter.add(film(k / fps), round(k / fps * S))
        if (reading := meter.reading()) is not None:
            out.append(reading)
    return out


def last(film: Film, fps: float = 25.0) -> NDArray[np.float32]:
    return readings(film, fps=fps)[-1]


def test_a_reading_is_finite_whatever_was_seen() -> None:
    for film in (still, walking, struggling, snow):
        for reading in readings(film):
            assert reading.shape == (DIM,)
            assert reading.dtype == np.float32
            assert np.isfinite(reading).all()


def test_more_movement_reads_as_more() -> None:
    quiet, one, all_over = last(still), last(walking), last(snow)
    assert quiet[LIVELIEST] < one[LIVELIEST] < all_over[LIVELIEST] + 3
    assert quiet[WHOLE] < one[WHOLE] < all_over[WHOLE]
    assert quiet[SHARE] < one[SHARE] < all_over[SHARE]


def test_a_struggle_in_one_place_differs_from_a_walk_through_the_picture() -> None:
    walk, struggle = last(walking), last(struggling)
    # Who walks is twice as far after two steps; who struggles is back.
    over_two_steps = -1
    assert walk[over_two_steps] > struggle[over_two_steps]


def test_what_changes_everywhere_lies_wider_than_what_changes_in_one_place() -> None:
    assert last(snow)[RADIUS] > last(struggling)[RADIUS]


def test_the_pace_is_its_own_whatever_the_camera_s() -> None:
    np.testing.assert_allclose(last(walking, fps=25), last(walking, fps=5), atol=0.25)
    meter = MovementMeter()
    kept = 0
    for k in range(25):
        if meter.due(k * S // 25):
            kept += 1
            meter.add(still(0), k * S // 25)
    assert kept == 5


def test_nothing_is_said_before_there_is_something_to_compare() -> None:
    meter = MovementMeter()
    for k in range(LEAST):
        assert meter.reading() is None
        meter.add(still(0), k * S // 5)
    assert meter.reading() is not None


@pytest.mark.parametrize("jump_s", [0.8, -3.0, 100.0])
def test_a_gap_or_a_jump_in_time_is_no_movement(jump_s: float) -> None:
    meter = MovementMeter()
    for k in range(8):
        meter.add(textured(1), k * S // 5)
    meter.add(textured(2), round((7 / 5 + jump_s) * S))
    assert meter.reading() is None, "what lies on both sides was compared"


def test_a_new_start_forgets() -> None:
    meter = MovementMeter()
    for k in range(8):
        meter.add(still(0), k * S // 5)
    meter.reset()
    assert meter.reading() is None
    assert meter.due(0)


def test_each_view_of_a_camera_has_a_meter_of_its_own() -> None:
    meters = MeterOfViews()
    assert meters.due(0)
    for k in range(8):
        at_s = k / 5
        meters.add({"whole": still(at_s), "door": struggling(at_s)}, round(at_s * S))
    assert not meters.due(round(7.1 / 5 * S))
    read = meters.readings()
    assert read["whole"][LIVELIEST] < read["door"][LIVELIEST]
    meters.reset()
    assert meters.readings() == {}
