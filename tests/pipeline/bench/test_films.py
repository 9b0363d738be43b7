"""The films: sent as a camera sends, telling moving from still by their sizes."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.bench.films import Format, Kind, film
from pipeline.bench.footage import SAMPLE_RATE, Life, Place, sound

TINY = Format(320, 180, 25, 4, 300_000, 2)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def sizes(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [packet.size for packet in container.demux(video=0) if packet.size]


def test_a_film_is_what_a_camera_sends(cache: Path) -> None:
    with av.open(str(film(Kind.MOVING, TINY, cache=cache))) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        packets = [packet for packet in container.demux(video) if packet.size]

        assert (video.width, video.height, video.average_rate) == (320, 180, 25)
        assert video.codec_context.name == "h264"
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", 48_000, 1)
    assert [n for n, packet in enumerate(packets) if packet.is_keyframe] == [0, 50]
    assert all(packet.pts == packet.dts for packet in packets), "no B-frames"


def test_a_film_is_made_once(cache: Path) -> None:
    parts: list[float] = []
    first = film(Kind.STILL, TINY, cache=cache, progress=parts.append)
    made = first.stat().st_mtime_ns

    assert film(Kind.STILL, TINY, cache=cache, progress=parts.append) == first
    assert first.stat().st_mtime_ns == made
    assert parts[-1] == 1.0
    # Two groups of pictures more are encoded than are kept.
    assert len(parts) == 200
    assert not list(first.parent.glob(".*")), "nothing half made is left"


def test_movement_costs_bits_unless_the_rate_is_constant(cache: Path) -> None:
    moving, still, constant = (
        sum(sizes(film(kind, TINY, cache=cache))) * 8 / TINY.seconds
        for kind in (Kind.MOVING, Kind.STILL, Kind.STILL_CBR)
    )

    assert still < moving / 2
    assert moving < 1.3 * TINY.bits_per_s
    assert 0.6 * TINY.bits_per_s < constant < 1.4 * TINY.bits_per_s


def test_what_passes_is_seen_for_its_time_alone() -> None:
    place = Place(3, 160, 80)
    passing = Life((1.0,))

    def pictures(life: Life) -> list[np.ndarray]:  # type: ignore[type-arg]
        return [picture.copy() for picture in place.pictures(50, 10.0, life)]

    pairs = zip(pictures(passing), pictures(Life()), strict=True)
    differs = [bool((a != b).any()) for a, b in pairs]

    assert differs[10:36].count(True) >= 20
    assert not any(differs[:10])
    assert not any(differs[36:])


def test_a_lively_microphone_hears_more() -> None:
    quiet, lively = (sound(24.0, lively=lively) for lively in (False, True))

    def loud(samples: np.ndarray) -> float:  # type: ignore[type-arg]
        level = np.sqrt((samples.reshape(-1, SAMPLE_RATE // 10) ** 2).mean(axis=1))
        return float((level > 0.01).mean())

    assert quiet.shape == lively.shape == (24 * SAMPLE_RATE,)
    assert 0 < loud(quiet) < loud(lively) / 2
    assert np.abs(lively).max() <= 1
