"""Generated sounds: shape, labels, and the marks by which each kind is told from its double."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.scene.acoustics import RATE, Samples, band, decay, noise, outdoors, tone
from pipeline.scene.concepts import NORMAL_SOUND, SOUND_CONCEPTS
from pipeline.scene.sounds import sample_of, sample_sound, synthesise


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
        assert strongest[: len(power) // 10].sum() > 0.85 * power.sum()
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


def envelope(wave: Samples, milliseconds: int = 20) -> NDArray[np.float32]:
    """Strength of each block."""
    block = RATE * milliseconds // 1000
    return np.asarray(np.abs(wave[: len(wave) // block * block]).reshape(-1, block).max(axis=1))


def test_a_shot_starts_at_once_where_a_siren_holds() -> None:
    rng = np.random.default_rng(6)
    for _ in range(8):
        shot, horn = (envelope(synthesise(c, rng, 5.0)) for c in ("gunshot", "siren"))
        assert np.diff(shot).max() > 0.35
        assert np.median(horn) > 3 * np.median(shot) or np.median(horn) > 0.1


def test_an_explosion_is_darker_than_a_shot_and_lasts_longer() -> None:
    rng = np.random.default_rng(7)
    blasts = [synthesise("explosion", rng, 5.0) for _ in range(12)]
    shots = [synthesise("gunshot", rng, 5.0) for _ in range(12)]
    assert np.median([centroid(w) for w in blasts]) < np.median([centroid(w) for w in shots])


def test_a_clock_ticks_as_steadily_as_nothing_else() -> None:
    rng = np.random.default_rng(8)
    for _ in range(6):
        level = envelope(synthesise("clock_tick", rng, 5.0), 10)
        ticks = np.flatnonzero((level[1:] > 0.3) & (level[:-1] <= 0.3))
        gaps = np.diff(ticks)
        gaps = gaps[gaps > 5]
        assert len(gaps) >= 3
        assert gaps.std() < 0.35 * gaps.mean()


def test_a_scream_is_far_above_the_pitch_of_talk() -> None:
    rng = np.random.default_rng(9)
    screams = [centroid(synthesise("scream", rng, 5.0)) for _ in range(10)]
    talk = [centroid(synthesise("speech", rng, 5.0)) for _ in range(10)]
    assert np.median(screams) > 1.2 * np.median(talk)


def test_a_mixture_can_be_led_by_a_concept_and_by_a_chosen_source() -> None:
    rng = np.random.default_rng(10)
    assert "thunder" in sample_of("thunder", rng, 2.0).concepts
    beep = tone(1000.0, 2 * RATE)
    led = sample_of("phone_ring", rng, 2.0, lambda *_: beep)
    f, power = spectrum(led.samples)
    assert power[(f > 950) & (f < 1050)].sum() > 0.2 * power.sum()


def test_the_open_air_dulls_and_echoes() -> None:
    rng = np.random.default_rng(11)
    click = np.zeros(2 * RATE, np.float32)
    click[1000] = 1.0
    heard = [outdoors(rng, click) for _ in range(8)]
    assert np.mean([centroid(one) for one in heard]) < 12_000
    assert all(np.abs(one[5000:]).max() > 1e-5 for one in heard)
