"""Which codecs and sizes are read, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.sources import Sound, UnsupportedStream, sizes
from tests.pipeline.simulate.clips import FPS, HEIGHT, WIDTH, make_clip
from tests.pipeline.sources.reading import Reading, film, read

__all__ = ["film"]


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mpeg4"])
def test_cameras_codecs_are_read(tmp_path: Path, codec: str) -> None:
    film = make_clip(tmp_path / "film.mkv", seconds=1.0, picture=codec, sound=None)
    reading = read(film)
    assert len(reading.pictures) == FPS
    assert len(reading.packets) == FPS


@pytest.mark.promise("bad input 9", "security 9")
def test_a_codec_that_no_camera_has_is_noted_and_the_rest_is_used(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mkv", seconds=1.0, picture="libvpx", sound="aac")
    reading = read(film)
    assert reading.reader.opened.video is None
    assert reading.reader.opened.notes == (
        "picture codec vp8 is not accepted: set the camera to H.264 or H.265",
    )
    assert reading.of(Sound)
    assert read(film, codecs=frozenset({"vp8"})).pictures, "a file may have it"


@pytest.mark.promise("bad input 9", "security 9")
def test_a_stream_of_which_nothing_can_be_used_says_why(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mkv", seconds=1.0, picture="libvpx", sound="flac")
    with pytest.raises(UnsupportedStream, match=r"picture codec vp8 .*; sound codec flac"):
        Reading(film)
    mute = make_clip(tmp_path / "mute.mkv", seconds=1.0, sound=None)
    with pytest.raises(UnsupportedStream, match="it carries neither picture nor sound"):
        Reading(mute, video=False)


@pytest.mark.promise("bad input 13")
def test_a_picture_that_is_too_large_is_refused_before_it_is_decoded(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "MAX_SIDE", WIDTH - 1)
    with pytest.raises(UnsupportedStream, match=f"{WIDTH}x{HEIGHT} is larger than .*smaller"):
        Reading(film)
