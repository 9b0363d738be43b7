"""A file becomes a film: as it is where RTP can carry it, encoded anew where not."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.simulate import MediaError, MediaSource
from pipeline.simulate.media import Film, load_film
from pipeline.simulate.packetize import Codec
from tests.pipeline.simulate.clips import FPS, make_clip

NS = 1_000_000_000


def load(path: Path) -> Film:
    return load_film(MediaSource(path))


def codecs(film: Film) -> list[Codec]:
    return [track.codec for track in film.tracks]


def times(film: Film, track: int) -> list[int]:
    return [unit.at_ns for unit in film.units if unit.track == track]


def test_h264_and_aac_go_out_as_they_are(clip: Path) -> None:
    film = load(clip)
    assert codecs(film) == [Codec.H264, Codec.AAC]
    assert [track.clock_rate for track in film.tracks] == [90_000, 48_000]
    assert len(times(film, 0)) == 2 * FPS
    assert [unit.at_ns for unit in film.units] == sorted(unit.at_ns for unit in film.units)
    assert film.units[0].at_ns == 0
    assert 2.0 <= film.duration_ns / NS < 2.1
    # The encoder primed its sound with one frame: the picture begins where the file says 0.
    assert times(film, 0)[0] == film.file_zero_ns == pytest.approx(1024 / 48_000 * NS, abs=1)


def test_a_transport_stream_with_start_codes_and_adts_is_the_same_film(tmp_path: Path) -> None:
    film = load(make_clip(tmp_path / "yard.ts"))
    assert codecs(film) == [Codec.H264, Codec.AAC]
    assert film.tracks[1].config == (b"\x11\x88",)
    assert len(times(film, 0)) == 2 * FPS


def test_h265_goes_out_as_it_is(tmp_path: Path) -> None:
    film = load(make_clip(tmp_path / "yard.mp4", picture="libx265", sound=None, seconds=0.5))
    assert codecs(film) == [Codec.H265]
    assert len(film.tracks[0].config) == 3, "VPS, SPS, PPS"


@pytest.mark.parametrize(
    ("ending", "options"),
    [
        pytest.param("avi", {"picture": "mpeg4", "sound": "mp2"}, id="codecs RTP does not carry"),
        pytest.param("mp4", {"b_frames": 2}, id="B-frames"),
        pytest.param("mp4", {"gop": 500, "seconds": 6.0}, id="keyframes too rare"),
    ],
)
def test_what_rtp_cannot_carry_is_encoded_anew(
    tmp_path: Path, ending: str, options: dict[str, object]
) -> None:
    film = load(make_clip(tmp_path / f"yard.{ending}", **options))  # type: ignore[arg-type]
    assert codecs(film) == [Codec.H264, Codec.AAC]
    assert all(later > earlier for earlier, later in pairwise(times(film, 0)))
    keys = [unit.at_ns for unit in film.units if unit.keyframe]
    assert keys[0] == times(film, 0)[0]
    assert max(later - earlier for earlier, later in pairwise(keys)) <= 1.05 * NS


def test_g711_is_cut_into_packets_of_20_ms(tmp_path: Path) -> None:
    film = load(
        make_clip(tmp_path / "hall.wav", picture=None, sound="pcm_mulaw", rate=8000, seconds=1.0)
    )
    assert codecs(film) == [Codec.PCMU]
    assert film.tracks[0].payload_type == 0
    assert max(len(unit.payloads[0]) for unit in film.units) == 160
    assert film.duration_ns == pytest.approx(NS, rel=0.01)


@pytest.mark.parametrize(
    ("options", "videos"),
    [({"sound": None}, [True]), ({"picture": None}, [False])],
    ids=["picture only", "sound only"],
)
def test_a_file_serves_what_it_has(
    tmp_path: Path, options: dict[str, None], videos: list[bool]
) -> None:
    film = load(make_clip(tmp_path / "half.mp4", **options))  # type: ignore[arg-type]
    assert [track.is_video for track in film.tracks] == videos


def test_files_that_cannot_be_played_are_refused_with_the_reason(
    clip: Path, tmp_path: Path
) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("not a film")
    with pytest.raises(MediaError, match="not readable as media"):
        load(text)
    with pytest.raises(MediaError, match="no such file"):
        load(tmp_path / "missing.mp4")
    with pytest.raises(MediaError, match="kept in memory; cut the file shorter"):
        load_film(MediaSource(clip), max_bytes=5_000)
