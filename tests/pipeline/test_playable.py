"""A clip that browsers do not play is converted once, by another process, and lives no longer."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from pipeline.convert import convert
from pipeline.media_folder import MediaError, MediaFolder
from pipeline.playable import ConverterBusy, NotConvertible, Playable, video_codec
from tests.pipeline.simulate.clips import FPS, make_clip

DAY = 86_400.0


@pytest.fixture(scope="module")
def hevc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of H.265 with sound."""
    return make_clip(tmp_path_factory.mktemp("films") / "film.mp4", picture="libx265", seconds=1.0)


def kept(root: Path, clip: Path, incident: str = "a1", written_at: float | None = None) -> Path:
    """The clip in the media folder."""
    path = root / "yard" / incident / "clip.mp4"
    path.parent.mkdir(parents=True)
    shutil.copy(clip, path)
    if written_at is not None:
        for one in (path, path.parent):
            os.utime(one, (written_at, written_at))
    return path


def playable(root: Path, **limits: float) -> Playable:
    return Playable(MediaFolder(root, 0), max_s=limits.pop("max_s", 60.0), **limits)


# --- codec ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("picture", "codec"),
    [("libx264", "h264"), ("libx265", "hevc"), ("mpeg4", "mpeg4"), (None, None)],
)
def test_the_codec_is_read_off_the_boxes(
    tmp_path: Path, picture: str | None, codec: str | None
) -> None:
    film = make_clip(tmp_path / "film.mp4", picture=picture, seconds=0.4)
    assert video_codec(film) == codec


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"junk",
        bytes(1000),
        b"\xff" * 1000,
        b"\0\0\0\x08moov",
        b"\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\0\0\0\x00moov\0\0\0\x08trak",
        b"\xff\xff\xff\xffmoov\0\0\0\x10trak\0\0\0\x01mdia",
    ],
)
def test_what_is_no_clip_has_no_codec(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.mp4").write_bytes(data)
    assert video_codec(tmp_path / "x.mp4") is None


def test_a_clip_with_any_byte_changed_is_read_without_a_crash(tmp_path: Path, hevc: Path) -> None:
    rng, whole = np.random.default_rng(5), hevc.read_bytes()
    begin = whole.index(b"moov") - 4
    path = tmp_path / "x.mp4"
    for _ in range(300):
        data = bytearray(whole)
        data[begin + rng.integers(0, len(data) - begin)] = rng.integers(0, 256)
        path.write_bytes(data[: rng.integers(begin, len(data))])
        assert video_codec(path) in (None, "hevc", "h264", "mpeg4", "av1", "vp9")


# --- conversion ----------------------------------------------------------------------------------


def test_what_browsers_play_is_given_as_it_is(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mp4", seconds=0.4)
    clip = kept(tmp_path / "media", film)
    assert asyncio.run(playable(tmp_path / "media").of(clip)) == clip
    assert [path.name for path in clip.parent.iterdir()] == ["clip.mp4"]


def test_what_they_do_not_play_becomes_h264_with_its_sound_at_its_times(
    tmp_path: Path, hevc: Path
) -> None:
    convert(hevc, tmp_path / "out.mp4", 60.0)
    with av.open(str(tmp_path / "out.mp4")) as out:
        codecs = [stream.codec_context.name for stream in out.streams]
        assert codecs == ["h264", "aac"]
        assert out.streams.video[0].pix_fmt == "yuv420p"
        times = [f.time for f in out.decode(video=0)]
    assert times == pytest.approx([n / FPS for n in range(FPS)], abs=1e-3)
    with av.open(str(hevc)) as before, av.open(str(tmp_path / "out.mp4")) as after:
        sizes = [
            [p.size for p in one.demux(one.streams.audio[0]) if p.size] for one in (before, after)
        ]
    assert sizes[0] == sizes[1], "the sound is the camera's own"


def test_a_large_picture_is_shown_smaller_in_its_shape(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "film.mp4"), "w") as film:
        video = film.add_stream("libx265", rate=5)
        video.width, video.height, video.pix_fmt = 1920, 1440, "yuv420p"
        video.options = {"preset": "ultrafast", "x265-params": "log-level=0"}
        for _ in range(3):
            pixels = np.zeros((1440, 1920, 3), np.uint8)
            film.mux(video.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        film.mux(video.encode(None))
    convert(tmp_path / "film.mp4", tmp_path / "out.mp4", 60.0)
    with av.open(str(tmp_path / "out.mp4")) as out:
        context = out.streams.video[0].codec_context
        assert (context.width, context.height) == (960, 720)


def test_a_clip_that_is_too_long_or_none_at_all_is_refused(tmp_path: Path, hevc: Path) -> None:
    with pytest.raises(MediaError, match="lasts 1 s, more than 0 s"):
        convert(hevc, tmp_path / "out.mp4", 0.2)
    (tmp_path / "x.mp4").write_bytes(b"no clip")
    with pytest.raises(MediaError, match="cannot be read or written"):
        convert(tmp_path / "x.mp4", tmp_path / "out.mp4", 60.0)
    assert not (tmp_path / "out.mp4").exists()
    assert not list(tmp_path.glob(".*"))


def test_many_who_look_at_once_have_it_converted_once_and_later_ones_not_at_all(
    tmp_path: Path, hevc: Path
) -> None:
    async def story() -> None:
        converter = playable(tmp_path)
        clip = kept(tmp_path, hevc)
        shown = await asyncio.gather(*(converter.of(clip) for _ in range(10)))
        assert {path.name for path in shown} == {"clip.h264.mp4"}
        assert video_codec(shown[0]) == "h264"
        made = shown[0].stat()
        assert (await converter.of(clip)).stat() == made
        # A clip that was written anew is converted anew.
        os.utime(clip, (1.0, 1.0))
        assert (await converter.of(clip)).stat().st_ino != made.st_ino

    asyncio.run(story())


def test_looking_at_a_clip_does_not_lengthen_its_life(tmp_path: Path, hevc: Path) -> None:
    now = time.time()
    clip = kept(tmp_path, hevc, written_at=now - 29 * DAY)
    folder = MediaFolder(tmp_path, 0)
    asyncio.run(playable(tmp_path).of(clip))
    assert len(list(clip.parent.iterdir())) == 2
    assert folder.prune(now, 30 * DAY) == 0
    assert folder.prune(now + 1.1 * DAY, 30 * DAY) == 1
    assert not clip.parent.exists()


def test_more_than_a_few_are_asked_to_come_again(tmp_path: Path, hevc: Path) -> None:
    async def story() -> None:
        converter = playable(tmp_path)
        clips = [kept(tmp_path, hevc, f"a{number}") for number in range(7)]
        came = await asyncio.gather(*map(converter.of, clips), return_exceptions=True)
        refused = [one for one in came if isinstance(one, ConverterBusy)]
        assert len(refused) == 1
        assert await converter.of(clips[-1])

    asyncio.run(story())


def test_a_converter_that_takes_too_long_or_is_not_wanted_any_more_is_ended(
    tmp_path: Path, hevc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = tmp_path / "sleeper"
    # Its arguments are -m pipeline.convert SOURCE TARGET SECONDS.
    half = '"$(dirname "$4")/.$(basename "$4").partial"'
    sleeper.write_text(f"#!/bin/sh\ntouch {half}\nexec sleep 60\n")
    sleeper.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(sleeper))

    def running() -> list[psutil.Process]:
        return [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE]

    async def story() -> None:
        before = len(running())
        with pytest.raises(ConverterBusy, match="not converted within 0 s"):
            await playable(tmp_path / "m1", timeout_s=0.2).of(kept(tmp_path / "m1", hevc))
        converter = playable(tmp_path / "m2")
        looking = asyncio.create_task(converter.of(kept(tmp_path / "m2", hevc)))
        while len(running()) == before:
            await asyncio.sleep(0.01)
        await converter.close()
        assert len(running()) == before
        with pytest.raises(asyncio.CancelledError):
            await looking

    asyncio.run(story())
    assert {path.name for path in tmp_path.glob("m?/yard/a1/*")} == {"clip.mp4"}


def test_a_disk_without_room_is_left_to_the_alerts(tmp_path: Path, hevc: Path) -> None:
    clip = kept(tmp_path, hevc)
    converter = Playable(MediaFolder(tmp_path, 1 << 40), max_s=60.0)
    with pytest.raises(NotConvertible, match="reserved for alerts"):
        asyncio.run(converter.of(clip))
    # That may be otherwise tomorrow: it is no fault of the clip's.
    assert asyncio.run(playable(tmp_path).of(clip)).name == "clip.h264.mp4"
