"""A microphone that hears, one that is dead, and one of which nobody can tell."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.base import DetectorStateError
from detectors.hearing import Hearing
from pipeline.records import NS_PER_S

HUM, VOICE = np.eye(4, dtype=np.float32)[:2]


class Microphone:
    """Plays sounds, one embedding a second."""

    def __init__(self) -> None:
        self.hearing = Hearing()
        self.at_s = 0
        self._rng = np.random.default_rng(5)

    def play(self, sound: np.ndarray, times: int, noise: float = 0.05, every_s: int = 1) -> None:
        for _ in range(times):
            self.at_s += every_s
            vector = sound + noise * self._rng.standard_normal(4)
            self.hearing.take(vector / np.linalg.norm(vector), self.at_s * NS_PER_S)

    def well(self) -> bool:
        return self.hearing.well(self.at_s * NS_PER_S)


def test_one_that_only_ever_hummed_is_not_known_to_hear() -> None:
    microphone = Microphone()
    microphone.play(HUM, 3600)
    assert not microphone.well()


def test_one_that_heard_voices_hears_well_and_is_remembered_through_a_night() -> None:
    microphone = Microphone()
    microphone.play(HUM, 300)
    microphone.play(VOICE, 60)
    assert microphone.well()
    microphone.play(HUM, 8 * 360, every_s=10)
    assert microphone.well()


def test_after_a_week_of_nothing_but_hum_it_is_not_trusted_any_more() -> None:
    microphone = Microphone()
    microphone.play(HUM, 300)
    microphone.play(VOICE, 60)
    microphone.play(HUM, 7 * 24 * 60, every_s=60)
    assert not microphone.well()


def test_one_that_dies_is_found_out_by_its_digital_silence() -> None:
    microphone = Microphone()
    microphone.play(HUM, 300)
    microphone.play(VOICE, 60)
    microphone.play(HUM, 8, noise=0.0)
    assert not microphone.well()


def test_one_from_which_nothing_comes_is_gone_but_a_quiet_one_is_not() -> None:
    microphone = Microphone()
    microphone.play(HUM, 300)
    microphone.play(VOICE, 60)
    later = (microphone.at_s + 20) * NS_PER_S
    assert not microphone.hearing.well(later)
    microphone.hearing.quiet(later)
    assert microphone.hearing.well(later)


def test_it_is_remembered_over_a_restart() -> None:
    microphone = Microphone()
    microphone.play(HUM, 300)
    microphone.play(VOICE, 60)
    again = Hearing()
    again.load(microphone.hearing.save())
    assert not again.well(0)
    again.take(HUM, 0)
    assert again.well(0)


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(DetectorStateError):
        Hearing().load({"mean": [1, 2], "reactions": 3.0, "taken": 1})
    with pytest.raises(DetectorStateError):
        Hearing().load({})
