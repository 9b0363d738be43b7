"""What is told of a microphone, as what there is to hear, second by second."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from detectors import DetectorStateError
from detectors.microphone_health import ADOPTED_S, MicrophoneHealth
from pipeline.ingest.vitals import measure_sound
from pipeline.records import NS_PER_S
from pipeline.sources.base import SAMPLE_RATE

Samples = NDArray[np.float32]
_RNG = np.random.default_rng(4)
_CLOCK = np.arange(SAMPLE_RATE) / SAMPLE_RATE


def noise(level_db: float) -> Samples:
    """A second of noise at a level in dB of full scale."""
    return (_RNG.normal(0, 1, SAMPLE_RATE) * 10 ** (level_db / 20)).astype(np.float32)


def hum(level_db: float) -> Samples:
    wave = np.sin(2 * np.pi * 50 * _CLOCK) * np.sqrt(2) * 10 ** (level_db / 20)
    return wave.astype(np.float32)


def street(second: int) -> Samples:
    """Life: a floor of -55 dB, and every few seconds something louder, with pauses in it."""
    steps = np.where(np.sin(2 * np.pi * 2 * _CLOCK) > 0, 1.0, 0.1)
    louder = noise(-32) * steps if second % 5 < 2 else np.zeros(SAMPLE_RATE)
    return (noise(-55) + louder).astype(np.float32)


STREET = [measure_sound(street(second)) for second in range(5)]


class Told:
    """A microphone, its clock, and what was said of it."""

    def __init__(self) -> None:
        self.health = MicrophoneHealth()
        self.at = 0
        self.said: list[tuple[str, bool]] = []
        self.details: list[str] = []
        self.when: list[int] = []

    def hears(self, samples: Samples | None, seconds: int, *, every_s: int = 1) -> Told:
        """The same second again and again; None: life goes on."""
        # Measured once: what is tested is what is made of it.
        steady = None if samples is None else measure_sound(samples)
        for _ in range(seconds):
            self.at += every_s
            vitals = STREET[self.at % 5] if steady is None else steady
            for change in self.health.take(vitals, self.at * NS_PER_S):
                self.said.append((change.kind.removeprefix("microphone_"), change.standing))
                self.details.append(change.detail)
                self.when.append(self.at)
        return self


@pytest.fixture
def microphone() -> Told:
    """One that has heard the street for two minutes."""
    told = Told().hears(None, 120)
    assert told.said == []
    return told


OFFSET = np.full(SAMPLE_RATE, 0.2, np.float32)


@pytest.mark.parametrize(
    ("heard", "kind", "within_s"),
    [
        (np.zeros(SAMPLE_RATE, np.float32), "dead", 30),
        (OFFSET, "dead", 30),
        (noise(-82), "dead", 30),
        (hum(-12), "drowned", 60),
        (noise(-15), "drowned", 60),
        (np.clip(noise(3), -1, 1), "drowned", 60),
    ],
    ids=["zeros", "offset", "cable noise", "hum", "storm", "clipping"],
)
def test_each_trouble_is_told_in_time_once_and_ends(
    microphone: Told, heard: Samples, kind: str, within_s: int
) -> None:
    microphone.hears(heard, 90)
    assert microphone.said == [(kind, True)]
    assert microphone.when[0] - 120 <= within_s
    assert microphone.health.troubles == {f"microphone_{kind}"}
    microphone.hears(None, 20)
    assert microphone.said == [(kind, True), (kind, False)]
    assert all(detail.endswith(".") for detail in microphone.details)


@pytest.mark.parametrize(
    ("heard", "seconds"),
    [
        (np.zeros(SAMPLE_RATE, np.float32), 25),  # a stream that stumbles
        (np.clip(noise(3), -1, 1), 40),  # a drill
        (noise(-22), 40),  # a lorry waits
        (noise(-72), 300),  # a quiet night
        (noise(-40), 300),  # steady rain
    ],
    ids=["gap", "drill", "lorry", "night", "rain"],
)
def test_what_passes_and_what_is_life_is_no_trouble(
    microphone: Told, heard: Samples, seconds: int
) -> None:
    microphone.hears(heard, seconds).hears(None, 30)
    assert microphone.said == []


def test_a_microphone_that_never_gave_a_sound_is_dead() -> None:
    assert Told().hears(np.zeros(SAMPLE_RATE, np.float32), 31).said == [("dead", True)]


def test_where_silence_ends_by_itself_the_next_must_last_four_times_as_long(
    microphone: Told,
) -> None:
    silence = np.zeros(SAMPLE_RATE, np.float32)
    microphone.hears(silence, 40).hears(None, 10)
    assert microphone.said == [("dead", True), ("dead", False)]
    microphone.hears(silence, 110).hears(None, 110)
    assert len(microphone.said) == 2
    microphone.hears(silence, 130)
    assert microphone.said[2:] == [("dead", True)]


def test_a_machine_that_was_switched_on_for_good_is_what_the_place_sounds_like(
    microphone: Told,
) -> None:
    microphone.hears(noise(-15), round(ADOPTED_S / 3) + 60, every_s=3)
    assert microphone.said == [("drowned", True), ("drowned", False)]
    assert "usual sound" in microphone.details[-1]
    microphone.hears(noise(-15), 120)
    assert len(microphone.said) == 2


def test_what_is_usual_survives_a_restart(microphone: Told) -> None:
    after = Told()
    after.health.load(microphone.health.save())
    assert after.hears(hum(-12), 61).said == [("drowned", True)]


def test_a_state_that_cannot_be_read_is_refused(microphone: Told) -> None:
    for bad in ({}, microphone.health.save() | {"version": 2}):
        with pytest.raises(DetectorStateError, match="learned anew"):
            microphone.health.load(bad)
