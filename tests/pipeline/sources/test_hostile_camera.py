"""What a camera may claim of itself: refused by name, or read as the standards say."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import psutil
import pytest

from pipeline.config import Camera
from pipeline.sources import (
    Item,
    Opened,
    Packets,
    Picture,
    SourceError,
    SourcePlan,
    UnsupportedStream,
    VideoParameters,
    open_source,
)
from pipeline.sources.reader import quiet_libav
from pipeline.sources.rtsp import RtspSource
from tests.pipeline.simulate.clips import make_clip
from tests.pipeline.sources.hostile import (
    HEAD,
    HostileCamera,
    films,
    keyframe,
    media,
    picture_parameters,
    sequence_parameters,
    sprop,
)

Record = Callable[[str, object], None]


def items(camera: HostileCamera, **settings: Any) -> Iterator[Item]:
    model = Camera.model_validate({"url": camera.url, **settings})
    return open_source(SourcePlan("yard", model, (16, 16), True)).run()


def stream_until(stream: Iterator[Item], kind: type[Item]) -> list[Item]:
    """What comes up to the first item of a kind; then it is closed."""
    came: list[Item] = []
    for item in stream:
        came.append(item)
        if isinstance(item, kind):
            break
    stream.close()  # type: ignore[attr-defined]
    return came


def refusal(camera: HostileCamera, **settings: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        for _ in items(camera, **settings):
            pass
    assert str(caught.value).startswith("yard")
    assert "hush" not in str(caught.value)
    return caught.value


@pytest.mark.promise("bad input 8")
def test_a_description_of_a_thousand_streams_is_refused() -> None:
    description = HEAD + "".join(media(track) for track in range(1000))
    with HostileCamera(description) as camera:
        error = refusal(camera)
    assert isinstance(error, UnsupportedStream)
    assert "describes more than 16 streams" in str(error)


@pytest.mark.promise("bad input 8")
def test_a_description_of_ten_megabytes_leaves_nothing_behind(record_property: Record) -> None:
    description = HEAD + media() + "a=tool:" + "x" * 10_000_000 + "\r\n"
    process = psutil.Process()
    with HostileCamera(description, PLAY=("404 Not Found", "")) as camera:
        refusal(camera)
        gc.collect()
        before = process.memory_info().rss
        for _ in range(12):
            refusal(camera)
        gc.collect()
        kept = process.memory_info().rss - before
    record_property("measured", f"12 descriptions of 10 MB left {max(kept, 0) / 1e6:.1f} MB behind")
    assert kept < 12_000_000, "one of thirteen was kept at most"


@pytest.mark.promise("bad input 9", "security 9")
@pytest.mark.parametrize("codec", ["VP8", "VP9", "H263-1998", "theora", "MPV", "x-nobody-knows"])
def test_an_unlisted_codec_is_refused_by_name(codec: str) -> None:
    with HostileCamera(HEAD + media(codec=f"{codec}/90000")) as camera:
        error = refusal(camera)
    assert "picture codec" in str(error)
    assert "is not accepted: set the camera to H.264 or H.265" in str(error)


@pytest.mark.promise("bad input 9", "security 9")
def test_no_unlisted_decoder_looks_into_a_stream_before_it_is_refused(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mkv", seconds=0.5, picture="libvpx", sound=None)
    camera = Camera.model_validate({"url": "rtsp://192.0.2.1/a"})
    told = RtspSource(SourcePlan("yard", camera, (16, 16), True))._options()
    quiet_libav()
    ours = told["codec_whitelist"]
    for listed, refused in ((ours, True), (f"{ours},vp8,libvpx", False)):
        with av.logging.Capture() as said, av.open(film, options={"codec_whitelist": listed}):
            assert any("not on whitelist" in text for _, _, text in said) == refused


@pytest.mark.promise("bad input 10")
@pytest.mark.parametrize("clock", ["0", "4294967296", "-1", "2000000000"])
@pytest.mark.parametrize("codec", ["PCMU", "L16"])
def test_sound_with_an_impossible_clock_is_refused(clock: str, codec: str) -> None:
    with HostileCamera(HEAD + media(0, "audio", f"{codec}/{clock}")) as camera:
        error = refusal(camera, video=False, audio="score")
    assert isinstance(error, UnsupportedStream)
    assert "Hz is not accepted: set the camera to AAC or G.711" in str(error)


@pytest.mark.promise("bad input 10", "bad input 15")
@pytest.mark.parametrize(
    ("clock", "attribute"),
    [("0", "a=framerate:0\r\n"), ("4294967296", "")],
    ids=["0, and no pictures a second", "2^32"],
)
def test_a_picture_whose_pace_cannot_be_read_is_sampled_by_the_standard_s(
    clock: str, attribute: str
) -> None:
    film = films()
    description = HEAD + media(codec=f"H264/{clock}", parameters=attribute)
    with HostileCamera(description, lambda number: film[number % len(film)]) as camera:
        stream = items(camera, sample_fps=5, decode="all")
        pictures = (item for item in stream if isinstance(item, Picture))
        times = [picture.pts_ns / 1e9 for picture in itertools.islice(pictures, 5)]
        stream.close()  # type: ignore[attr-defined]
    # The first is in the middle of its fifth of a second.
    assert [b - a for a, b in itertools.pairwise(times[1:])] == pytest.approx([0.2] * 3, abs=0.05)


@pytest.mark.promise("bad input 10")
def test_a_picture_with_an_impossible_clock_is_refused() -> None:
    with HostileCamera(HEAD + media(codec="H264/2000000000")) as camera:
        error = refusal(camera)
    assert isinstance(error, UnsupportedStream)
    assert "the picture's clock of 2000000000 Hz is not accepted" in str(error)


@pytest.mark.promise("bad input 16")
def test_a_camera_that_tells_its_size_late_can_still_be_recorded() -> None:
    # Longer than a stream is looked into when it is opened.
    film = films(pictures=85, group=1000)
    with HostileCamera(HEAD + media(), lambda number: film[(number + 1) % len(film)]) as camera:
        stream = items(camera, sample_fps=5)
        first = next(stream)
        assert isinstance(first, Opened)
        assert first.video is not None
        assert first.video.width == 0
        kept = [item.packets for item in stream_until(stream, Picture) if isinstance(item, Packets)]
    (keyframe_of,) = (packet for some in kept for packet in some if packet.keyframe)
    assert isinstance(keyframe_of.parameters, VideoParameters)
    assert (keyframe_of.parameters.width, keyframe_of.parameters.height) == (64, 64)


@pytest.mark.promise("bad input 13")
@pytest.mark.parametrize(("width", "height"), [(16_384, 16_384), (8_192, 8_192), (16_384, 16)])
def test_a_picture_of_a_claimed_size_is_refused_before_memory_is_taken(
    width: int, height: int, record_property: Record
) -> None:
    units = (sequence_parameters(width, height), picture_parameters())
    description = HEAD + media(parameters=sprop(*units))
    process = psutil.Process()
    with HostileCamera(description, lambda _: (*units, keyframe())) as camera:
        before = process.memory_info().rss
        error = refusal(camera)
        taken = process.memory_info().rss - before
    record_property("measured", f"{width}x{height} refused, {max(taken, 0) / 1e6:.1f} MB taken")
    # One such picture has 100 to 400 MB.
    assert taken < 50_000_000
    assert isinstance(error, UnsupportedStream)
    assert f"a picture of {width}x{height} is larger than" in str(error)


@pytest.mark.promise("bad input 13")
def test_a_picture_that_grows_in_mid_stream_is_refused_too() -> None:
    small = (sequence_parameters(64, 64), picture_parameters())
    large = (sequence_parameters(16_384, 16_384), picture_parameters())

    def units(number: int) -> tuple[bytes, ...]:
        return (*(small if number < 30 else large), keyframe())

    with HostileCamera(HEAD + media(parameters=sprop(*small)), units) as camera:
        stream = items(camera)
        assert isinstance(next(stream), Opened)
        with pytest.raises(UnsupportedStream, match="16384x16384 is larger than"):
            for _ in stream:
                pass
