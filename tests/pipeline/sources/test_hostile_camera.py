"""What a camera may claim of itself: refused by name, or read as the standards say."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from pipeline.config import Camera
from pipeline.sources import Item, Opened, SourceError, SourcePlan, UnsupportedStream, open_source
from tests.pipeline.sources.hostile import (
    HEAD,
    HostileCamera,
    keyframe,
    media,
    picture_parameters,
    sequence_parameters,
    sprop,
)


def items(camera: HostileCamera, **settings: Any) -> Iterator[Item]:
    model = Camera.model_validate({"url": camera.url, **settings})
    return open_source(SourcePlan("yard", model, (16, 16), True)).run()


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
def test_a_description_of_ten_megabytes_leaves_nothing_behind() -> None:
    description = HEAD + media() + "a=tool:" + "x" * 10_000_000 + "\r\n"
    process = psutil.Process()
    with HostileCamera(description, PLAY=("404 Not Found", "")) as camera:
        refusal(camera)
        gc.collect()
        before = process.memory_info().rss
        for _ in range(12):
            refusal(camera)
        gc.collect()
        assert process.memory_info().rss - before < 12_000_000, "one of thirteen was kept at most"


@pytest.mark.promise("bad input 10")
@pytest.mark.parametrize("clock", ["0", "4294967296", "-1", "2000000000"])
@pytest.mark.parametrize("codec", ["PCMU", "L16"])
def test_sound_with_an_impossible_clock_is_refused(clock: str, codec: str) -> None:
    with HostileCamera(HEAD + media(0, "audio", f"{codec}/{clock}")) as camera:
        error = refusal(camera, video=False, audio="score")
    assert isinstance(error, UnsupportedStream)
    assert "Hz is not accepted: set the camera to AAC or G.711" in str(error)


@pytest.mark.promise("bad input 10")
def test_a_picture_with_an_impossible_clock_is_refused() -> None:
    with HostileCamera(HEAD + media(codec="H264/2000000000")) as camera:
        error = refusal(camera)
    assert isinstance(error, UnsupportedStream)
    assert "the picture's clock of 2000000000 Hz is not accepted" in str(error)


@pytest.mark.promise("bad input 13")
@pytest.mark.parametrize(("width", "height"), [(16_384, 16_384), (8_192, 8_192), (16_384, 16)])
def test_a_picture_of_a_claimed_size_is_refused_before_memory_is_taken(
    width: int, height: int
) -> None:
    units = (sequence_parameters(width, height), picture_parameters())
    description = HEAD + media(parameters=sprop(*units))
    process = psutil.Process()
    with HostileCamera(description, lambda _: (*units, keyframe())) as camera:
        before = process.memory_info().rss
        error = refusal(camera)
        # One such picture has 100 to 400 MB.
        assert process.memory_info().rss - before < 50_000_000
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
