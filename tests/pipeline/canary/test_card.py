"""The card and the sound are the same everywhere, and no model takes another for them."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.canary.card import CAMERA, RULE, picture, sound
from pipeline.canary.desk import LEAST_COSINE
from pipeline.config.names import check_name
from pipeline.encoders import open_sight, open_sound


@pytest.mark.parametrize("name", [CAMERA, RULE])
def test_no_camera_or_rule_of_a_site_can_be_called_so(name: str) -> None:
    with pytest.raises(ValueError, match="no valid name"):
        check_name(name)


@pytest.mark.parametrize("size", [(160, 160), (224, 288), (512, 512)])
def test_the_picture_is_what_an_encoder_takes(size: tuple[int, int]) -> None:
    shown = picture(size)
    assert (shown.shape, shown.dtype) == ((*size, 3), np.uint8)
    assert np.array_equal(shown, picture(size))
    assert shown.std() > 30, "a flat picture would prove nothing"


def test_the_sound_is_loud_enough_and_does_not_clip() -> None:
    heard = sound(240_000)
    assert (heard.shape, heard.dtype) == ((240_000,), np.float32)
    assert 0.3 < np.abs(heard).max() <= 1.0


def test_the_models_that_come_with_it_tell_it_from_what_a_fault_makes_of_it() -> None:
    sight = open_sight("embedded", device="cpu", threads=1)
    shown = picture(sight.image_size)
    faults = [np.zeros_like(shown), shown[:, ::-1], shown[..., ::-1], 255 - shown]
    right, *wrong = sight.encode_images(np.stack([shown, *faults]))
    alone = sight.encode_images(shown[np.newaxis])[0]
    assert right @ alone > 0.999, "in whatever company"
    assert max(float(right @ other) for other in wrong) < LEAST_COSINE
    hearing = open_sound("embedded", device="cpu", threads=1)
    heard = sound(round(hearing.window_s * 48_000))
    right, *wrong = hearing.encode_sounds(np.stack([heard, np.zeros_like(heard), heard[::-1]]))
    assert max(float(right @ other) for other in wrong) < LEAST_COSINE
