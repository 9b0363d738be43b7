"""Reads an archive back as what the line carried: embeddings and quiet stretches, in order."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.archive.block import Block, decode_blocks
from pipeline.archive.folder import SEGMENT_S, Segment, Space, segments_of, spaces_in
from pipeline.records import Embedding, Modality, Quiet

#: A clock that is corrected while a segment is written: so much more is looked at.
_SLACK_S = 120.0


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture of a moment."""

    #: Wall clock, seconds since the epoch, UTC.
    captured_at: float
    jpeg: bytes


class ArchiveReader:
    """Reads one archive; what is damaged is passed over and counted in ``damaged``.

    Stream time of different runs of a site has nothing in common. What is read back is therefore
    moved onto one time line: ``pts_ns`` counts from the epoch, as the wall clock stood when its run
    began, by whole seconds. So windows fall as they fell, and runs follow one another.

    Args:
        root: the archive's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._spaces = spaces_in(root) if root.is_dir() else []
        self._damaged: dict[Path, int] = {}
        self._pictures: tuple[Path | None, list[Thumbnail]] = (None, [])

    @property
    def spaces(self) -> Sequence[Space]:
        """What is in it, sorted."""
        return self._spaces

    @property
    def damaged(self) -> int:
        """Places that had to be passed over so far."""
        return sum(self._damaged.values())

    def span(self, camera: str) -> tuple[float, float] | None:
        """First and last wall clock of a camera, to the second; None where it has nothing."""
        begins, ends = [], []
        for space in self._spaces:
            if space.camera == camera and (segments := segments_of(self._root, space)):
                begins += [segment.begin for segment in segments]
                newest = max(segments, key=lambda segment: segment.begin)
                ends.append(newest.begin)
                ends += [float(b.captured_at[-1]) for b in self._blocks(newest.path) if len(b)]
        return (min(begins), max(ends)) if begins else None

    def items(
        self,
        camera: str,
        models: Mapping[Modality, str],
        *,
        ear: str | None = None,
        start: float = -math.inf,
        end: float = math.inf,
    ) -> Iterator[Embedding | Quiet]:
        """Yield what ``camera`` gave, run after run, each in the order of the stretches' ends.

        Args:
            camera: which.
            models: the model of each sense that is wanted: others are other spaces.
            ear: the camera whose sound is given in place of its own.
            start: wall clock, seconds since the epoch, of the first that is wanted.
            end: of the first that is not.
        """
        runs: dict[str, list[tuple[Space, Segment]]] = {}
        for space in self._spaces:
            whose = (ear or camera) if space.modality is Modality.AUDIO else camera
            if space.camera == whose and models.get(space.modality) == space.model:
                for segment in segments_of(self._root, space):
                    if segment.begin - _SLACK_S < end and segment.begin + SEGMENT_S > (
                        start - _SLACK_S
                    ):
                        runs.setdefault(segment.run, []).append((space, segment))
        for segments in sorted(runs.values(), key=lambda run: min(s.begin for _, s in run)):
            by_space: dict[Space, list[Segment]] = {}
            for space, segment in segments:
                by_space.setdefault(space, []).append(segment)
            streams = [self._stream(camera, *of) for of in by_space.items()]
            for item in heapq.merge(*streams, key=lambda item: item.end_ns):
                if start <= item.captured_at < end:
                    yield item

    def _stream(
        self, camera: str, space: Space, segments: list[Segment]
    ) -> Iterator[Embedding | Quiet]:
        for segment in segments:
            for block in self._blocks(segment.path):
                yield from _items(camera, space, block)

    def _blocks(self, path: Path) -> list[Block]:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return []  # its retention was over meanwhile
        except OSError:
            self._damaged[path] = 1
            return []
        blocks, self._damaged[path] = decode_blocks(data)
        return blocks

    def thumbnail(
        self, camera: str, view: str, at: float, within_s: float = 120.0
    ) -> Thumbnail | None:
        """The picture of a view that was kept nearest to ``at``; None if none lies within.

        Args:
            camera: whose picture.
            view: which of its views.
            at: wall clock, seconds since the epoch.
            within_s: how far away it may lie, seconds.
        """
        nearest: Thumbnail | None = None
        for space in self._spaces:
            if (space.camera, space.view, space.modality) != (camera, view, Modality.VIDEO):
                continue
            for segment in segments_of(self._root, space):
                if not -SEGMENT_S - within_s - _SLACK_S < segment.begin - at < within_s:
                    continue
                for picture in self._thumbnails(segment.path):
                    away = abs(picture.captured_at - at)
                    if away <= within_s and (
                        nearest is None or away < abs(nearest.captured_at - at)
                    ):
                        nearest = picture
        return nearest

    def _thumbnails(self, path: Path) -> list[Thumbnail]:
        # Moments that are asked for one after the other mostly lie in one segment.
        if self._pictures[0] != path:
            found = [
                Thumbnail(float(block.captured_at[index]), jpeg)
                for block in self._blocks(path)
                for index, jpeg in block.thumbnails.items()
                if index < len(block)
            ]
            self._pictures = (path, found)
        return self._pictures[1]


def _items(camera: str, space: Space, block: Block) -> Iterator[Embedding | Quiet]:
    begins = (block.times[:, 0] + block.shift_ns).tolist()
    ends = (block.times[:, 1] + block.shift_ns).tolist()
    captured, quiet = block.captured_at.tolist(), block.quiet.tolist()
    row = 0
    for at, begin in enumerate(begins):
        if quiet[at]:
            yield Quiet(camera, space.view, space.modality, begin, ends[at], captured[at])
            continue
        yield Embedding(
            camera=camera,
            view=space.view,
            modality=space.modality,
            model=space.model,
            pts_ns=begin,
            duration_ns=ends[at] - begin,
            captured_at=captured[at],
            vector=block.rows[row],
            thumbnail=block.thumbnails.get(at, b""),
        )
        row += 1
