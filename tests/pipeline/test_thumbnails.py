"""Pictures are kept of what is new in a view, of a calm one each minute, and small ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.records import NS_PER_S
from pipeline.thumbnails import ThumbnailPicker, small_jpeg

CALM, FIRE = np.array([1, 0], np.float32), np.array([0, 1], np.float32)


def kept(
    script: list[tuple[float, np.ndarray]], picker: ThumbnailPicker | None = None
) -> list[float]:
    picker = picker or ThumbnailPicker()
    return [
        at for at, vector in script if picker.wanted("yard", "whole", round(at * NS_PER_S), vector)
    ]


def test_a_calm_view_is_kept_once_a_minute() -> None:
    assert kept([(at / 2, CALM) for at in range(2 * 190)]) == [0, 60, 120, 180]


def test_what_is_new_is_kept_at_once() -> None:
    fire = [(at / 2, FIRE if 20 <= at / 2 < 30 else CALM) for at in range(2 * 50)]
    assert kept(fire) == [0, 20, 30]


def test_a_view_that_always_changes_does_not_fill_the_disk() -> None:
    street = [(at / 2, FIRE if at % 2 else CALM) for at in range(2 * 3600)]
    times = kept(street)
    assert len(times) <= 10 + 3600 / 20 + 1
    assert min(np.diff(times)) >= 2
    # After a calm time it may follow what happens again.
    picker = ThumbnailPicker()
    kept(street, picker)
    later = [(4000 + at / 2, FIRE if at // 5 % 2 else CALM) for at in range(40)]
    assert len(kept(later, picker)) >= 6


def test_views_are_apart_and_time_that_steps_back_is_another() -> None:
    picker = ThumbnailPicker()
    assert picker.wanted("yard", "whole", 9 * NS_PER_S, CALM)
    assert picker.wanted("yard", "door", 9 * NS_PER_S, CALM)
    assert not picker.wanted("yard", "whole", 10 * NS_PER_S, CALM)
    assert picker.wanted("yard", "whole", 0, CALM)


@pytest.mark.parametrize(("aspect", "width"), [(16 / 9, 213), (0.5, 60), (0.0, 120), (40.0, 480)])
def test_it_is_shown_as_the_camera_shows_it(aspect: float, width: int) -> None:
    pixels = np.zeros((160, 160, 3), np.uint8)
    pixels[:, :80] = (250, 10, 10)
    jpeg = small_jpeg(pixels, aspect)
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (120, width, 3)
    blue, green, red = shown[60, width // 4].tolist()
    assert red > 200 > 60 > max(blue, green)
    assert len(jpeg) < 8192
