"""A picture and a second of sound in a few numbers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.ingest.vitals import PictureMeter, SoundMeter, VitalsMeter, measure_sound
from pipeline.records import NS_PER_S
from pipeline.sources.base import SAMPLE_RATE, Picture, Sound
from pipeline.vitals import PRINT, SILENCE_DB

Pixels = NDArray[np.uint8]
LEFT_HALF = [((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))]


def scene(side: int = 160) -> Pixels:
    rng = np.random.default_rng(2)
    pixels = np.full((side, side, 3), (90, 100, 110), np.uint8)
    for _ in range(40):
        x, y, w, h = (int(v) for v in rng.integers(5, side, 4))
        colour = tuple(int(v) for v in rng.integers(0, 255, 3))
        cv2.rectangle(pixels, (x, y), (x + w // 3, y + h // 3), colour, -1)
    return pixels


def edges(picture_print: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(picture_print, np.uint8).reshape(PRINT, PRINT)


def test_light_and_contrast_are_in_grey_levels() -> None:
    half = np.zeros((160, 160, 3), np.uint8)
    half[80:] = 200
    vitals = PictureMeter().measure(half)
    assert vitals.luma == pytest.approx(100, abs=1)
    assert vitals.contrast == pytest.approx(100, abs=1)
    assert vitals.colour == 0


def test_sharpness_falls_with_blur_and_not_with_contrast() -> None:
    meter = PictureMeter()
    sharp = meter.measure(scene()).sharpness
    faint = meter.measure((scene() // 3 + 60).astype(np.uint8)).sharpness
    blurs = [
        meter.measure(cv2.GaussianBlur(scene(), (0, 0), sigma).astype(np.uint8)).sharpness
        for sigma in (1, 2)
    ]
    assert faint == pytest.approx(sharp, abs=0.2)
    assert all(np.diff([sharp, *blurs]) < -1)


def test_the_print_stays_when_light_changes_and_goes_with_the_camera() -> None:
    meter = PictureMeter()
    before = edges(meter.measure(scene()).print)
    dimmer = edges(meter.measure((scene() * 0.4).astype(np.uint8)).print)
    inverted = edges(meter.measure((255 - scene()).astype(np.uint8)).print)
    for other in (dimmer, inverted):
        both = (before > 0) & (other > 0)
        assert both.sum() > 0.8 * (before > 0).sum()
        turn = np.abs(before[both].astype(int) - other[both])
        assert np.median(np.minimum(turn, 254 - turn)) <= 4
    # Ten of 160 pixels are four of the print's 64.
    pushed = edges(meter.measure(np.roll(scene(), 10, axis=1)).print)
    assert np.mean(pushed[4:-4, 8:-8] == before[4:-4, 4:-12]) > 0.9


def test_a_plain_picture_has_no_edges() -> None:
    vitals = PictureMeter().measure(np.full((160, 160, 3), 120, np.uint8))
    assert not edges(vitals.print).any()


def test_what_a_mask_hides_is_in_no_number() -> None:
    pixels = np.full((160, 160, 3), 180, np.uint8)
    pixels[:, :80] = 0
    vitals = PictureMeter(LEFT_HALF).measure(pixels)
    assert (vitals.luma, vitals.contrast) == (180, 0)
    assert not edges(vitals.print).any(), "the border of a mask stays where it is"
    everything = [((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))]
    assert PictureMeter(everything).measure(pixels).luma == 0


def test_a_picture_is_compared_with_the_one_measured_before() -> None:
    meter = PictureMeter()
    assert meter.measure(scene()).changed == 1
    assert meter.measure(scene()).changed == 0
    other = scene()
    other[:16] += 1
    assert meter.measure(other).changed == pytest.approx(0.1)
    assert meter.measure(scene(96)).changed == 1, "another size is another picture"


def test_pictures_are_measured_once_a_second_and_anew_after_a_jump_in_time() -> None:
    meter = PictureMeter()
    times = [0.0, 0.5, 0.97, 1.5, 2.0, 500.0, 500.5, 3.0, 3.5]
    taken = [meter.take(scene(), round(at * NS_PER_S)) is not None for at in times]
    assert taken == [True, False, True, False, True, True, False, True, False]


def test_of_a_camera_with_regions_the_whole_view_is_measured() -> None:
    meter = VitalsMeter("yard")
    views = {"whole": scene(), "door": np.zeros((160, 160, 3), np.uint8)}
    vitals = meter.see(Picture(5 * NS_PER_S, 1e9, views))
    assert vitals is not None
    assert vitals.picture == PictureMeter().measure(scene())
    assert (vitals.camera, vitals.pts_ns, vitals.captured_at) == ("yard", 5 * NS_PER_S, 1e9)


# --- sound ---------------------------------------------------------------------------------------


def test_levels_are_of_what_moves_and_not_of_an_offset() -> None:
    clock = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    wave = 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 440 * clock)
    wave[: SAMPLE_RATE // 2] *= 0.1
    heard = measure_sound((wave + 0.3).astype(np.float32))
    assert heard.loudest_db == pytest.approx(-20, abs=0.1)
    assert heard.quietest_db == pytest.approx(-40, abs=0.1)
    assert heard.clipped == 0
    assert measure_sound(np.full(SAMPLE_RATE, 0.3, np.float32)).loudest_db <= -100
    assert measure_sound(np.zeros(SAMPLE_RATE, np.float32)).level_db == SILENCE_DB


def test_clipping_is_counted_on_both_sides() -> None:
    loud = np.tile(np.array([1.0, 0.2, -1.0, 0.1], np.float32), SAMPLE_RATE // 4)
    assert measure_sound(loud).clipped == 0.5


def test_a_second_is_gathered_from_pieces() -> None:
    meter = SoundMeter()
    piece = Sound(0, 1e9, np.full(SAMPLE_RATE * 3 // 10, 0.1, np.float32))
    assert [meter.take(piece) is not None for _ in range(8)] == [False, False, False, True] * 2
