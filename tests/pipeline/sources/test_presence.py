"""A stream that goes on without the pictures it was opened for is found out, by its own time."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from pipeline.records import NS_PER_S as S
from pipeline.sources.presence import PicturePresence, has_slice
from tests.pipeline.simulate.clips import make_clip

SLICE, KEY = b"\0\0\0\1\x41\x9a\x24", b"\0\0\0\1\x67\x42\0\0\1\x68\xce\0\0\1\x65\x88"
ENHANCEMENT = b"\0\0\0\1\x06\x05\x30"


class Stream:
    """A camera of 25 pictures and 50 packets of sound a second."""

    def __init__(self, codec: str = "h264") -> None:
        self.presence = PicturePresence(codec)
        self.now = 100 * S

    def plays(self, seconds: float, picture: bytes | None, *, each_s: float = 0.04) -> None:
        end = self.now + round(seconds * S)
        due = self.now
        while self.now < end and not self.presence.gone:
            if picture is not None and self.now >= due:
                self.presence.picture(memoryview(picture), self.now)
                due += round(each_s * S)
            self.presence.other(self.now)
            self.now += S // 50

    def gone_after(self) -> float:
        """How long it takes until the pictures are missed, seconds."""
        began = self.now
        self.plays(60, None)
        return (self.now - began) / S


@pytest.mark.promise("fault 13")
def test_pictures_that_stay_away_while_the_sound_goes_on_are_soon_missed() -> None:
    stream = Stream()
    stream.plays(20, SLICE)
    assert not stream.presence.gone
    assert stream.gone_after() == pytest.approx(1.5, abs=0.1)


@pytest.mark.promise("fault 13")
@pytest.mark.parametrize("other", [ENHANCEMENT, b"\0\0\0\1\x02\x01\xd0", b"\0\0\0\1\x26\x01\xaf"])
def test_packets_that_are_pictures_of_another_codec_are_none(other: bytes) -> None:
    stream = Stream()
    stream.plays(5, SLICE)
    began = stream.now
    stream.plays(20, other)
    assert stream.presence.gone
    assert (stream.now - began) / S < 1.7


def test_a_camera_of_few_pictures_is_given_its_time() -> None:
    stream = Stream()
    stream.plays(60, KEY, each_s=3.0)
    assert not stream.presence.gone
    assert stream.gone_after() > 10


def test_one_that_never_sent_a_picture_is_left_as_it_is() -> None:
    stream = Stream()
    stream.plays(60, None)
    stream.plays(60, ENHANCEMENT)
    assert not stream.presence.gone


def test_after_a_jump_in_time_it_is_looked_at_anew() -> None:
    stream = Stream()
    stream.plays(5, SLICE)
    stream.presence.reset()
    stream.now += 3600 * S
    stream.plays(5, SLICE)
    assert not stream.presence.gone


@pytest.mark.parametrize(
    ("encoder", "codec", "other"), [("libx264", "h264", "hevc"), ("libx265", "hevc", "h264")]
)
def test_each_picture_of_a_real_stream_is_one_and_none_is_one_of_the_other_codec(
    tmp_path: Path, encoder: str, codec: str, other: str
) -> None:
    film = make_clip(tmp_path / "film.ts", picture=encoder, sound=None)
    with av.open(str(film)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert len(packets) == 50
    assert all(has_slice(data[:4096], codec) for data in packets)
    assert not any(has_slice(data[:4096], other) for data in packets)
    assert has_slice(packets[0], "mjpeg"), "of others nobody knows"
