"""Odd pictures and sounds of real cameras are converted, by time; what cannot be is refused."""

from __future__ import annotations

import random
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.sources import Picture, Sound, UnsupportedStream
from pipeline.sources.sound import Pieces
from tests.pipeline.sources.reading import read


def picture_film(
    path: Path,
    codec: str,
    size: tuple[int, int],
    pixels: str,
    *,
    count: int = 10,
    rate: int = 25,
    stamp: Callable[[int], int] = int,
) -> Path:
    """A film that is plain grey of level 120; ``stamp`` gives its pictures' times in ticks."""
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=rate)
        video.width, video.height, video.pix_fmt = *size, pixels
        if codec == "libx265":
            video.options = {"x265-params": "log-level=0"}
        for number in range(count):
            grey = np.full((size[1], size[0], 3), 120, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, "rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = stamp(number), Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


@pytest.mark.promise("bad input 14")
@pytest.mark.parametrize(
    ("codec", "size", "pixels"),
    [
        pytest.param("mpeg4", (1, 1), "yuv420p", id="one pixel"),
        pytest.param("mjpeg", (1, 1), "yuvj420p", id="one pixel, JPEG"),
        pytest.param("mjpeg", (161, 121), "yuvj422p", id="odd, JPEG"),
        pytest.param("libx264", (161, 121), "yuv444p", id="odd"),
        pytest.param("libx264", (160, 120), "yuv420p10le", id="10 bit"),
        pytest.param("libx265", (160, 120), "yuv420p10le", id="10 bit, H.265"),
        pytest.param("libx264", (160, 120), "gray", id="gray"),
    ],
)
def test_a_picture_of_any_shape_and_depth_is_seen(
    tmp_path: Path, codec: str, size: tuple[int, int], pixels: str
) -> None:
    door = {"left": 0.9, "top": 0.9, "width": 0.1, "height": 0.1}
    film = picture_film(tmp_path / "film.mkv", codec, size, pixels)
    reading = read(film, audio="off", regions={"door": door}, masks=[[[0, 0], [0.1, 0], [0, 0.1]]])
    assert reading.decoded == (10, 0)
    for picture in reading.of(Picture):
        for view in ("whole", "door"):
            pixels_seen = picture.views[view]
            assert pixels_seen.shape == (16, 16, 3)
            # x264's gray is of full range and played as limited: a few levels darker. Of one pixel
            # nothing is left beside a mask: its margin is as wide as what the scaler carries.
            grey = 0 if size == (1, 1) and view == "whole" else 120
            assert abs(pixels_seen[-4:, -4:].mean() - grey) <= 10


@pytest.mark.promise("bad input 15")
def test_a_thousand_pictures_a_second_are_sampled_by_time(tmp_path: Path) -> None:
    film = picture_film(tmp_path / "f.mkv", "mpeg4", (32, 32), "yuv420p", count=1500, rate=1000)
    times = [p.pts_ns / 1e9 for p in read(film, audio="off", sample_fps=2).of(Picture)]
    assert len(times) <= 4
    assert np.diff(times) == pytest.approx(0.5, abs=0.05)


@pytest.mark.promise("bad input 15")
def test_pictures_that_come_as_they_like_are_sampled_by_time(tmp_path: Path) -> None:
    rng, now, ticks = random.Random(1), 0, []
    for _ in range(200):
        now += rng.choice([1, 2, 7, 30, 60])
        ticks.append(now)
    film = picture_film(
        tmp_path / "film.mkv",
        "mjpeg",
        (32, 32),
        "yuvj420p",
        count=200,
        rate=100,
        stamp=ticks.__getitem__,
    )
    times = [
        p.pts_ns / 1e9 for p in read(film, audio="off", sample_fps=2, decode="all").of(Picture)
    ]
    slots = {tick // 50 for tick in ticks}
    assert len(times) == pytest.approx(len(slots), abs=2), "one in each half second that has one"


def sound_film(path: Path, codec: str, rate: int, layout: str, seconds: int = 2) -> Path:
    """A tone of 300 Hz in all channels."""
    with av.open(str(path), "w") as container:
        audio = container.add_stream(codec, rate=rate, layout=layout)
        channels = av.AudioLayout(layout).nb_channels
        to_codec = av.AudioResampler(audio.codec_context.format, layout, rate)
        for begin in range(0, seconds * rate, 1000):
            at = (begin + np.arange(1000)) / rate
            tone = (0.3 * np.sin(2 * np.pi * 300 * at)).astype(np.float32)
            # Packed: of 7.1's eight planes PyAV sees nine.
            packed = np.repeat(tone, channels)[None]
            frame = av.AudioFrame.from_ndarray(packed, "flt", layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
            for part in to_codec.resample(frame):
                container.mux(audio.encode(part))
        container.mux(audio.encode(None))
    return path


def nine_channels(path: Path) -> Path:
    """A quarter of a second of which nobody knows where its channels stand."""
    with wave.open(str(path), "wb") as film:
        film.setnchannels(9)
        film.setsampwidth(2)
        film.setframerate(48_000)
        film.writeframes(bytes(9 * 2 * 12_000))
    return path


@pytest.mark.promise("bad input 18")
def test_sound_that_nobody_can_mix_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedStream, match="sound of 9 channels is not accepted: set"):
        read(nine_channels(tmp_path / "film.wav"))


@pytest.mark.promise("bad input 18")
def test_sound_that_nobody_can_mix_in_mid_stream_costs_itself_alone(tmp_path: Path) -> None:
    pieces = Pieces()
    with av.open(nine_channels(tmp_path / "odd.wav")) as odd:
        for frame in odd.decode(audio=0):
            assert [*pieces.add(frame, 0, 0.0), *pieces.flush()] == []
    with av.open(sound_film(tmp_path / "film.wav", "pcm_alaw", 8_000, "mono")) as film:
        heard = [
            one for f in film.decode(audio=0) for one in (*pieces.add(f, 0, 0), *pieces.flush())
        ]
    assert sum(one.samples.size for one in heard) / 48_000 == pytest.approx(2, abs=0.1)


@pytest.mark.promise("bad input 18")
@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout"),
    [
        pytest.param("film.wav", "pcm_alaw", 8_000, "mono", id="G.711 A"),
        pytest.param("film.wav", "pcm_mulaw", 8_000, "stereo", id="G.711 u"),
        pytest.param("film.ts", "aac", 44_100, "stereo", id="ADTS"),
        pytest.param("film.mkv", "libopus", 48_000, "mono", id="Opus"),
        pytest.param("film.mkv", "aac", 48_000, "7.1", id="AAC 7.1"),
    ],
)
def test_sound_of_any_kind_is_heard_as_it_was(
    tmp_path: Path, name: str, codec: str, rate: int, layout: str
) -> None:
    film = sound_film(tmp_path / name, codec, rate, layout)
    heard = read(film, video=False, frame_size=None).of(Sound)
    samples = np.concatenate([one.samples for one in heard])
    assert samples.size / 48_000 == pytest.approx(2, abs=0.1)
    assert 0.05 < float(np.abs(samples).max()) <= 1.0
    middle = samples[24_000:72_000] * np.hanning(48_000)
    assert np.abs(np.fft.rfft(middle)).argmax() == pytest.approx(300, abs=1), "still 300 Hz"
