"""A media file as a camera: at live pace, or as fast as it can be read; once, or in a loop."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import av
from av.error import FFmpegError

from pipeline.records import NS_PER_S
from pipeline.sources.base import (
    SAMPLE_RATE,
    CameraUnreachable,
    Item,
    Packets,
    Picture,
    Sound,
    SourcePlan,
    UnsupportedStream,
)
from pipeline.sources.clock import FileClock
from pipeline.sources.hardware import acceleration
from pipeline.sources.reader import Reader, quiet_libav

#: A file is the operator's own: beyond a camera's codecs, what recorders write is read.
_CODECS = frozenset(
    {"vp8", "vp9", "av1", "libdav1d", "mpeg2video", "flac", "vorbis", "pcm_f32le", "pcm_u8"}
)


#: To open a file FFmpeg decodes the first pictures, to know what they are like: two keyframes of
#: 1080p, with B-frames more. MP4 says it; that pictures are reordered the decoder finds at the
#: first of them.
_UNDECODED = [{"skip_frame": "all"}]


def path_of(url: str) -> Path:
    """The path that ``file:PATH`` or ``images:PATH`` names."""
    parts = urlsplit(url)
    return Path(unquote(parts.netloc + parts.path)).expanduser()


def _describes_itself(path: Path) -> bool:
    """Whether a file is MP4 (ISO 14496-12). Raises OSError."""
    with path.open("rb") as file:
        return file.read(8)[4:] == b"ftyp"


class FileSource:
    """Reads one file; `run` returns at its end unless it loops.

    At live pace its time runs on the host's monotonic clock from the first packet on; at pace
    ``fast`` it is the file's own, from zero.
    """

    def __init__(self, plan: SourcePlan) -> None:
        self._plan = plan
        self._path = path_of(plan.address)
        self._live = plan.settings.pace == "live"
        self._origin = 0
        self._next = 0

    def run(self) -> Iterator[Item]:
        """Yield items; a loop goes on with continuous time.

        Raises:
            CameraUnreachable: the file cannot be read.
            UnsupportedStream: it holds nothing that can be used.
        """
        quiet_libav()
        self._origin = time.monotonic_ns() if self._live else 0
        self._next = self._origin
        first = True
        while first or self._plan.settings.loop:
            begin = self._next
            yield from self._once(announce=first)
            if self._next <= begin:
                raise UnsupportedStream(
                    f"{self._plan.camera}: {self._path} holds no packet that can be read: "
                    "check that it is a complete media file"
                )
            first = False

    def _once(self, *, announce: bool) -> Iterator[Item]:
        try:
            with av.logging.Capture():
                container = av.open(
                    str(self._path),
                    options={"protocol_whitelist": "file", "threads": "1"},
                    stream_options=_UNDECODED if _describes_itself(self._path) else None,
                    hwaccel=acceleration(self._plan.decoder),
                )
        except (FFmpegError, OSError) as error:
            why = error.strerror or type(error).__name__
            raise CameraUnreachable(
                f"{self._plan.camera}: {self._path} cannot be read ({why}): "
                "check the path and that it is a media file"
            ) from None
        with container:
            start_ns = (container.start_time or 0) * 1000
            reader = Reader(container, self._plan, FileClock(start_ns, self._next), codecs=_CODECS)
            items = reader.items()
            if announce:
                yield reader.opened
            while True:
                try:
                    item = next(items)
                except StopIteration:
                    return
                except FFmpegError as error:
                    raise CameraUnreachable(
                        f"{self._plan.camera}: {self._path} is damaged ({type(error).__name__})"
                    ) from None
                self._pace(item)
                yield item

    def _pace(self, item: Item) -> None:
        if isinstance(item, Packets):
            newest = item.packets[-1].pts_ns
            end = max(packet.pts_ns + packet.duration_ns for packet in item.packets)
        elif isinstance(item, Picture):
            newest, end = item.pts_ns, item.pts_ns + NS_PER_S // 100
        elif isinstance(item, Sound):
            # Of a live stream it could not be heard any earlier.
            newest = end = item.pts_ns + item.samples.size * NS_PER_S // SAMPLE_RATE
        else:
            return
        self._next = max(self._next, end)
        if self._live:
            wait = (newest - time.monotonic_ns()) / NS_PER_S
            if wait > 0:
                time.sleep(min(wait, 1.0))
