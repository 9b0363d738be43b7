"""A clip encoded anew keeps its times and its sound, and loses no more than what was damaged."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from pipeline.media_folder import MediaError
from pipeline.recode import add_h264, recode, refuse_longer, sound_of
from tests.pipeline.simulate.clips import FPS, HEIGHT, WIDTH, make_clip


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of H.265, each picture its own keyframe, and AAC."""
    return make_clip(
        tmp_path_factory.mktemp("films") / "film.mp4", picture="libx265", gop=1, seconds=1.0
    )


def inverted(frame: av.VideoFrame) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(255 - frame.to_ndarray(format="rgb24"), "rgb24")


def recoded(source: Path, target: Path, *, size: tuple[int, int] = (WIDTH, HEIGHT)) -> int:
    with av.open(str(source)) as clip, av.open(str(target), "w") as out:
        track = add_h264(out, *size, clip.streams.video[0].time_base)
        return recode(clip, out, track, inverted, sound_of(clip))


def levels(path: Path) -> dict[float, float]:
    """The brightness of each picture, by its time."""
    with av.open(str(path)) as clip:
        frames = list(clip.decode(video=0))
    return {round(f.time, 3): float(f.to_ndarray(format="rgb24").mean()) for f in frames}


def sound(path: Path) -> list[bytes]:
    with av.open(str(path)) as clip:
        return [bytes(packet) for packet in clip.demux(audio=0) if packet.size]


def test_each_picture_is_changed_at_its_time_and_the_sound_is_the_clip_s_own(
    film: Path, tmp_path: Path
) -> None:
    assert recoded(film, tmp_path / "out.mp4") == FPS
    before, after = levels(film), levels(tmp_path / "out.mp4")
    assert list(after) == list(before)
    for at, level in before.items():
        assert after[at] == pytest.approx(255 - level, abs=3)
    assert sound(tmp_path / "out.mp4") == sound(film)
    with av.open(str(tmp_path / "out.mp4")) as out:
        assert out.streams.video[0].codec_context.name == "h264"
        assert out.streams.video[0].pix_fmt == "yuv420p"


@pytest.mark.parametrize(
    ("wanted", "made"), [((161, 121), (160, 120)), ((80, 60), (80, 60)), ((1, 1), (2, 2))]
)
def test_a_picture_is_scaled_to_even_sizes(
    film: Path, tmp_path: Path, wanted: tuple[int, int], made: tuple[int, int]
) -> None:
    recoded(film, tmp_path / "out.mp4", size=wanted)
    with av.open(str(tmp_path / "out.mp4")) as out:
        context = out.streams.video[0].codec_context
        assert (context.width, context.height) == made


def damaged(film: Path, path: Path, numbers: range) -> Path:
    """The film with some of its pictures' bytes overwritten."""
    with av.open(str(film)) as clip:
        places = [(p.pos, p.size) for p in clip.demux(video=0) if p.size]
    data = bytearray(film.read_bytes())
    for number in numbers:
        begin, size = places[number]
        data[begin : begin + size] = b"\xff" * size
    path.write_bytes(data)
    return path


def test_a_damaged_picture_is_left_out_and_all_others_stay(film: Path, tmp_path: Path) -> None:
    torn = damaged(film, tmp_path / "torn.mp4", range(5, 8))
    with av.logging.Capture():
        assert recoded(torn, tmp_path / "out.mp4") == FPS - 3
    gone = set(levels(film)) - set(levels(tmp_path / "out.mp4"))
    assert gone == {round(number / FPS, 3) for number in range(5, 8)}
    assert sound(tmp_path / "out.mp4") == sound(film)


def test_one_without_a_whole_picture_is_none(film: Path, tmp_path: Path) -> None:
    torn = damaged(film, tmp_path / "torn.mp4", range(FPS))
    with av.logging.Capture(), pytest.raises(MediaError, match="not one of its pictures"):
        recoded(torn, tmp_path / "out.mp4")


@pytest.mark.parametrize(("codec", "name"), [("aac", "aac"), ("mp3", None), (None, None)])
def test_only_aac_is_copied(tmp_path: Path, codec: str | None, name: str | None) -> None:
    path = make_clip(tmp_path / "film.mp4", sound=codec, seconds=0.4)
    with av.open(str(path)) as clip:
        found = sound_of(clip)
        assert (found and found.codec_context.name) == name


def test_one_that_is_too_long_is_refused(film: Path) -> None:
    with av.open(str(film)) as clip:
        refuse_longer(clip, 1.5)
        with pytest.raises(MediaError, match="lasts 1 s, more than 0 s"):
            refuse_longer(clip, 0.4)
