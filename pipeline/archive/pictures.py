"""The archive's small pictures: which lies nearest to a moment, and one by its name."""

from __future__ import annotations

import bisect
import math
from collections import OrderedDict
from pathlib import Path

import msgspec

from pipeline.archive.block import each_thumbnail
from pipeline.archive.folder import SEGMENT_S, Segment, Space, segments_of, spaces_in
from pipeline.records import Modality

#: A clock that is corrected while a segment is written: so much more is looked at.
_SLACK_S = 120.0
#: Segments whose pictures' times are remembered.
_REMEMBERED = 256
#: Times of pictures are told apart to the millisecond; they are seconds apart.
_SAME_S = 5e-4


class PictureName(msgspec.Struct, frozen=True):
    """Names a kept picture; ``at`` is its wall clock, seconds since the epoch, UTC."""

    camera: str
    view: str
    at: float


class KeptPictures:
    """Looks for pictures in one archive, as it stood when this was made.

    Names are compared with what the archive's folders and blocks hold: none of them becomes a path.

    Args:
        root: the archive's folder.
    """

    def __init__(self, root: Path) -> None:
        spaces = spaces_in(root) if root.is_dir() else []
        self._spaces = [space for space in spaces if space.modality is Modality.VIDEO]
        self._root = root
        self._segments: dict[Space, list[Segment]] = {}
        self._times: OrderedDict[Path, list[float]] = OrderedDict()

    def nearest(
        self,
        camera: str,
        at: float,
        *,
        view: str | None = None,
        within_s: float = 120.0,
        event: tuple[float, float] | None = None,
    ) -> PictureName | None:
        """The picture that was kept nearest to ``at``; None where none lies within.

        Args:
            camera: whose.
            at: wall clock, seconds since the epoch.
            view: of which of its views; None: of any.
            within_s: how far away it may lie, seconds.
            event: begin and end of what is to be seen: a picture within goes before a nearer one.
        """
        begin, end = event or (at, at)
        best, found = (True, math.inf), None
        for space in self._spaces:
            if space.camera != camera or view not in (None, space.view):
                continue
            for segment in self._around(space, at, within_s):
                times = self._times_of(segment.path)
                here = bisect.bisect_left(times, at)
                for time in times[max(0, here - 1) : here + 1]:
                    rank = (not begin <= time <= end, abs(time - at))
                    if rank[1] <= within_s and rank < best:
                        best, found = rank, PictureName(camera, space.view, time)
        return found

    def jpeg(self, name: PictureName) -> bytes | None:
        """The picture of this name; None where there is none, or none any more."""
        if not math.isfinite(name.at):
            return None
        for space in self._spaces:
            if (space.camera, space.view) != (name.camera, name.view):
                continue
            for segment in self._around(space, name.at, 0.0):
                for time, jpeg in each_thumbnail(_read(segment.path)):
                    if abs(time - name.at) <= _SAME_S:
                        return jpeg
        return None

    def _around(self, space: Space, at: float, within_s: float) -> list[Segment]:
        if space not in self._segments:
            self._segments[space] = segments_of(self._root, space)
        return [
            segment
            for segment in self._segments[space]
            if -SEGMENT_S - within_s - _SLACK_S < segment.begin - at < within_s + _SLACK_S
        ]

    def _times_of(self, path: Path) -> list[float]:
        if path not in self._times:
            self._times[path] = sorted(time for time, _ in each_thumbnail(_read(path)))
            if len(self._times) > _REMEMBERED:
                self._times.popitem(last=False)
        self._times.move_to_end(path)
        return self._times[path]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # its retention was over meanwhile, or the disk is damaged
