"""The gate lets through what stands out from a place's usual sound, and looks in now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.gate import GateSettings, SoundGate, repeated
from pipeline.records import NS_PER_S as S
from pipeline.records import AudioChunk, Modality, Quiet
from pipeline.sources.base import SAMPLE_RATE, Sound

RATE = SAMPLE_RATE
Make = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def ambience(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """A quiet place: noise at about -46 dB, the same for the same time."""
    rng = np.random.default_rng(round(times[0] * 1000))
    out: NDArray[np.float64] = 0.005 * rng.standard_normal(times.size)
    return out


def alarm(times: NDArray[np.float64]) -> NDArray[np.float64]:
    out: NDArray[np.float64] = ambience(times) + 0.2 * np.sin(2 * np.pi * 3000 * times)
    return out


class Microphone:
    """Stands before a gate and plays to it, in packets of 100 ms, from a chosen stream time on."""

    def __init__(self, **settings: float) -> None:
        self.gate = SoundGate("yard", window_s=5.0, hop_s=1.0, settings=GateSettings(**settings))
        self.now = 100.0

    def play(self, seconds: float, make: Make = ambience) -> list[AudioChunk | Quiet]:
        return list(self._play(seconds, make))

    def _play(self, seconds: float, make: Make) -> Iterator[AudioChunk | Quiet]:
        for _ in range(round(seconds * 10)):
            times = self.now + np.arange(RATE // 10) / RATE
            samples = make(times).astype(np.float32)
            yield from self.gate.push(Sound(round(self.now * S), 1e9 + self.now, samples))
            self.now += 0.1


def chunks(made: list[AudioChunk | Quiet]) -> list[AudioChunk]:
    return [one for one in made if isinstance(one, AudioChunk)]


def test_a_new_place_is_listened_to_before_it_is_judged() -> None:
    made = Microphone(learn_s=10.0).play(10)
    assert len(chunks(made)) == 10
    first, *_, last = chunks(made)
    # The first windows are as long as what was heard so far.
    assert first.samples.size == RATE
    assert (first.pts_ns, first.camera) == (100 * S, "yard")
    assert last.samples.size == 5 * RATE
    assert last.pts_ns == pytest.approx(105 * S, abs=S // 100)


def test_on_a_quiet_site_nearly_everything_is_held_back() -> None:
    microphone = Microphone(heartbeat_s=10.0)
    microphone.play(15)
    made = microphone.play(100)
    assert len(made) == 100
    assert 8 <= len(chunks(made)) <= 13
    (quiet, *_) = (one for one in made if isinstance(one, Quiet))
    assert (quiet.camera, quiet.view, quiet.modality) == ("yard", "whole", Modality.AUDIO)
    assert quiet.end_ns - quiet.pts_ns == S


def test_what_is_made_covers_time_without_gaps() -> None:
    microphone = Microphone()
    made = microphone.play(40) + microphone.play(1, alarm) + microphone.play(20)
    ends = [
        one.end_ns if isinstance(one, Quiet) else one.pts_ns + one.samples.size * S // RATE
        for one in made
    ]
    assert len(ends) == 61
    assert np.allclose(np.diff(ends), S, atol=S // 1000)


@pytest.mark.parametrize(
    "event",
    [
        alarm,
        lambda t: 40 * ambience(t),
        lambda t: ambience(t) + 0.5 * (np.arange(t.size) % 480 == 0),
        lambda t: 0 * t,
    ],
    ids=["an alarm", "much louder noise", "a rattle", "sudden silence is none"],
)
def test_a_sound_that_stands_out_opens_the_gate(event: Make) -> None:
    silent = not event(np.ones(10)).any()
    microphone = Microphone(heartbeat_s=1000.0)
    microphone.play(60)
    # Nothing stands out any more, and no look is due.
    assert chunks(microphone.play(5)) == []
    made = microphone.play(2, event)
    assert bool(chunks(made)) is not silent
    assert silent or chunks(made)[0].samples.size == 5 * RATE


def test_it_stays_open_for_a_while_after_the_last_sound() -> None:
    microphone = Microphone(hold_s=3.0, heartbeat_s=1000.0)
    microphone.play(60)
    assert len(chunks(microphone.play(1, alarm))) == 1
    kinds = [isinstance(one, AudioChunk) for one in microphone.play(8)]
    assert kinds == [True] * 3 + [False] * 5


def test_a_sound_that_goes_on_becomes_part_of_the_place() -> None:
    microphone = Microphone(adapt_s=5.0, heartbeat_s=10_000.0)
    microphone.play(30)
    assert len(chunks(microphone.play(10, alarm))) == 10
    microphone.play(90, alarm)
    # A machine that was switched on two minutes ago is no news; its end is.
    assert chunks(microphone.play(5, alarm)) == []


def test_a_microphone_that_gives_nothing_at_all_is_no_event() -> None:
    microphone = Microphone(learn_s=0.0, heartbeat_s=5.0)
    made = microphone.play(20, lambda times: 0 * times)
    assert len(chunks(made)) <= 5
    # An offset of the converter is no sound either.
    assert len(chunks(microphone.play(20, lambda times: 0.3 + 0 * times))) <= 5


def test_no_window_reaches_across_a_gap_in_time() -> None:
    microphone = Microphone()
    microphone.play(4.5)
    microphone.now += 60.0
    made = chunks(microphone.play(2))
    assert [chunk.samples.size for chunk in made] == [RATE, 2 * RATE]
    assert made[0].pts_ns == pytest.approx(round(164.5 * S), abs=S // 100)


def test_a_small_seam_is_closed_and_a_drifting_clock_followed() -> None:
    microphone = Microphone()
    microphone.play(3)
    # One packet was lost: the window goes on.
    microphone.now += 0.1
    assert chunks(microphone.play(3))[0].samples.size == 4 * RATE
    # A clock that runs 2 % fast would be more than a second off after sixty.
    for _ in range(60):
        made = microphone.play(1)
        microphone.now += 0.02
    last = made[-1]
    end = last.end_ns if isinstance(last, Quiet) else last.pts_ns + last.samples.size * S // RATE
    assert end / S == pytest.approx(microphone.now, abs=0.2)


def test_at_the_end_of_a_film_the_rest_is_heard_if_it_is_long_enough() -> None:
    microphone = Microphone()
    microphone.play(3.6)
    (rest,) = microphone.gate.flush(1e9)
    assert rest.samples.size == round(3.6 * RATE)
    assert rest.pts_ns == pytest.approx(100 * S, abs=S // 100)
    assert list(microphone.gate.flush(1e9)) == []
    microphone.play(1.4)
    assert list(microphone.gate.flush(1e9)) == []


def test_a_chunk_is_its_own_and_not_changed_by_what_follows() -> None:
    microphone = Microphone()
    (chunk,) = chunks(microphone.play(1))
    before = chunk.samples.copy()
    microphone.play(3, alarm)
    assert np.array_equal(chunk.samples, before)


def test_a_short_sound_fills_a_window_by_repetition() -> None:
    short = np.array([1, 2, 3], np.float32)
    assert repeated(short, 7).tolist() == [1, 2, 3, 1, 2, 3, 1]
    assert repeated(short, 3).tolist() == [1, 2, 3]
    assert repeated(short, 2).tolist() == [2, 3]
