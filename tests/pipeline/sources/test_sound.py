"""Sound comes in pieces, whatever the camera packs and however it breaks off."""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.records import NS_PER_S as S
from pipeline.sources.base import SAMPLE_RATE, Sound
from pipeline.sources.sound import Pieces, clean


def tone(begin_s: float, samples: int, rate: int) -> NDArray[np.float64]:
    at = begin_s + np.arange(samples) / rate
    out: NDArray[np.float64] = 0.5 * np.sin(2 * np.pi * 300 * at)
    return out


class Microphone:
    """Gives a tone of 300 Hz in frames of 20 ms."""

    def __init__(self, rate: int = 48_000, layout: str = "mono") -> None:
        self.rate, self.layout = rate, layout
        self.now = 1.0

    def frames(self, seconds: float) -> Iterator[tuple[av.AudioFrame, int, float]]:
        for _ in range(round(seconds * 50)):
            length = self.rate // 50
            channels = 2 if self.layout == "stereo" else 1
            # FFmpeg's mixture of channels keeps their power, so that two alike are louder.
            heard = tone(self.now, length, self.rate) * 32767 / channels**0.5
            planes = np.tile(heard.astype(np.int16), (channels, 1))
            frame = av.AudioFrame.from_ndarray(planes, format="s16p", layout=self.layout)
            frame.sample_rate = self.rate
            yield frame, round(self.now * S), 1e9 + self.now
            self.now += 0.02


def pieces_of(pieces: Pieces, frames: Iterator[tuple[av.AudioFrame, int, float]]) -> list[Sound]:
    """Five frames at a time are asked for."""
    made: list[Sound] = []
    for number, given in enumerate(frames, 1):
        made += pieces.add(*given)
        if number % 5 == 0:
            made += pieces.flush()
    return made


@pytest.mark.parametrize(
    "microphone",
    [Microphone(), Microphone(layout="stereo"), Microphone(rate=16_000)],
    ids=["48 kHz", "stereo", "16 kHz"],
)
def test_pieces_are_resampled_without_a_seam(microphone: Microphone) -> None:
    pieces = Pieces()
    made = pieces_of(pieces, microphone.frames(2.03))
    made += pieces.flush()
    assert len(made) == 21
    assert [one.pts_ns / S for one in made] == pytest.approx(1 + 0.1 * np.arange(21), abs=1e-6)
    # The moment at which the last of it came.
    came = [*(1e9 + 1.08 + 0.1 * np.arange(20)), 1e9 + 3.0]
    assert [one.captured_at for one in made] == pytest.approx(came)
    heard = np.concatenate([one.samples for one in made])
    assert heard.size == pytest.approx(2.02 * SAMPLE_RATE, abs=60)
    wanted = tone(1.0, heard.size, SAMPLE_RATE)
    # A resampler gives out half its filter's length later; a seam would be a jump.
    late = int(np.argmax([float(heard[k : k + 9600] @ wanted[:9600]) for k in range(40)]))
    np.testing.assert_allclose(heard[late + 480 : 90_000], wanted[480 : 90_000 - late], atol=0.02)
    assert list(pieces.flush()) == []


def test_what_comes_after_a_gap_has_a_piece_and_a_time_of_its_own() -> None:
    pieces, microphone = Pieces(), Microphone()
    made = pieces_of(pieces, microphone.frames(0.06))
    microphone.now += 0.5
    made += pieces_of(pieces, microphone.frames(0.1))
    made += pieces.flush()
    assert [(one.pts_ns / S, one.samples.size / SAMPLE_RATE) for one in made] == [
        (1.0, pytest.approx(0.06)),
        (1.56, pytest.approx(0.1)),
    ]


@pytest.mark.promise("bad input 18")
def test_a_camera_that_changes_its_format_loses_nothing() -> None:
    pieces, mono, stereo = Pieces(), Microphone(), Microphone(layout="stereo")
    made = pieces_of(pieces, mono.frames(0.06))
    stereo.now = mono.now
    made += pieces_of(pieces, stereo.frames(0.1))
    made += pieces.flush()
    heard = np.concatenate([one.samples for one in made])
    np.testing.assert_allclose(heard, tone(1.0, heard.size, SAMPLE_RATE), atol=1e-3)
    assert heard.size == round(0.16 * SAMPLE_RATE)


@pytest.mark.promise("bad input 19")
def test_what_is_no_number_is_silence_and_what_is_too_loud_is_cut() -> None:
    given = np.array([0.5, np.nan, -3.0, np.inf, 1.0], np.float32)
    samples, cleaned = clean(given)
    assert samples.tolist() == [0.5, 0.0, -1.0, 0.0, 1.0]
    assert cleaned == 2
    assert clean(given[:1]) == (given[:1], 0)
    assert clean(given[:0])[1] == 0
