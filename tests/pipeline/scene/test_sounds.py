"""Generated sounds: shape, labels, and the marks by which each kind is told from its double."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.scene.acoustics import RATE, Samples, band, decay, noise, tone
from pipeline.scene.concepts import NORMAL_SOUND, SOUND_CONCEPTS
from pipeline.scene.sounds import sample_sound, synthesise


def spectrum(wave: Samples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    power = np.abs(np.fft.rfft(wave.astype(np.float64))) ** 2
    return np.fft.rfftfreq(len(wave), 1 / RATE).astype(np.float64), power.astype(np.float64)


def centroid(wave: Samples) -> float:
    f, power = spectrum(wave)
    return float((f * power).sum() / power.sum())


def active(wave: Samples) -> float:
    """Part of 10 ms blocks within 30 dB of the loudest."""
    blocks = wave[: len(wave) // 480 * 480].reshape(-1, 480)
    power = (blocks**2).mean(axis=1)
    return float((power > power.max() / 1000).mean())


@pytest.mark.parametrize("concept", SOUND_CONCEPTS)
def test_every_concept_has_a_source_that_is_finite_and_new_each_time(concept: str) -> None:
    rng = np.random.default_rng(1)
    first, second = (synthesise(concept, rng, 3.0) for _ in range(2))
    for wave in (first, second):
        assert wave.shape == (3 * RATE,)
        assert wave.dtype == np.float32
        assert np.isfinite(wave).all()
        assert np.abs(wave).max() == pytest.approx(0.9, abs=1e-3)
    assert not np.array_equal(first, second)
    again = synthesise(concept, np.random.default_rng(1), 3.0)
    assert np.array_equal(first, again)


def test_a_concept_nobody_knows_is_refused() -> None:
    with pytest.raises(KeyError, match="volcano"):
        synthesise("volcano", np.random.default_rng(0), 1.0)


def test_a_mixture_is_bounded_labelled_and_never_digitally_silent() -> None:
    rng = np.random.default_rng(2)
    seen: Counter[str] = Counter()
    for _ in range(60):
        sound = sample_sound(rng, 2.0)
        assert sound.samples.shape == (2 * RATE,)
        assert sound.samples.dtype == np.float32
        assert np.abs(sound.samples).max() <= 1.0
        assert sound.samples.std() > 1e-5
        assert sound.concepts <= set(SOUND_CONCEPTS)
        seen.update(sound.concepts)
    assert len(seen) > 15
    assert set(seen) - NORMAL_SOUND


def test_breaking_glass_is_bright_and_short_where_a_slamming_door_is_dark() -> None:
    rng = np.random.default_rng(3)
    for _ in range(8):
        glass, door = (synthesise(c, rng, 5.0) for c in ("glass_breaking", "door_slam"))
        assert centroid(glass) > 2500
        assert centroid(door) < 1000
        assert active(glass) < 0.6


def test_a_fire_alarm_is_made_of_tones_and_goes_on_where_bird_song_pauses() -> None:
    rng = np.random.default_rng(4)
    for _ in range(8):
        _, power = spectrum(synthesise("fire_alarm", rng, 5.0))
        strongest = np.sort(power)[::-1]
        assert strongest[: len(power) // 50].sum() > 0.8 * power.sum()
    alarms = np.mean([active(synthesise("fire_alarm", rng, 5.0)) for _ in range(20)])
    birds = np.mean([active(synthesise("bird_song", rng, 5.0)) for _ in range(20)])
    assert alarms > birds


def test_the_building_blocks_do_what_their_names_say() -> None:
    rng = np.random.default_rng(5)
    f, power = spectrum(tone(1000.0, RATE))
    assert f[power.argmax()] == pytest.approx(1000)
    glide = np.linspace(500, 1500, RATE).astype(np.float32)
    assert centroid(tone(glide, RATE)) == pytest.approx(1000, rel=0.05)
    assert decay(RATE, 0.5)[RATE // 2] == pytest.approx(0.5, rel=1e-3)
    hiss = noise(rng, RATE)
    assert hiss.std() == pytest.approx(1, rel=0.05)
    assert centroid(band(hiss, 100, 1000)) < 1200 < centroid(hiss)
    assert len(noise(rng, 40 * RATE)) == 40 * RATE
