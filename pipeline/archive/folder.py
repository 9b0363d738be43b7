"""Where an archive lies on disk: ``camera/view/modality/model/`` and its segments, by their names.

A segment is ``<begin by the wall clock, UTC>-<run>-<number>.seg``. A run is one life of the process
that writes; within it stream time goes on, and the numbers of a folder count up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

import structlog

from pipeline.records import Modality

log = structlog.get_logger()

#: Its name in a site's data folder.
FOLDER = "archive"
#: A segment holds what begins within this of its first entry: whole segments are deleted.
SEGMENT_S = 3600.0
_STAMP = "%Y%m%dT%H%M%S"
_NAME = re.compile(r"^(\d{8}T\d{6})-([0-9a-f]{8})-(\d{6})\.seg$")
#: Segments deleted in one pass at most, so that nobody waits for long.
_PRUNED_AT_ONCE = 2000


@dataclass(frozen=True, slots=True, order=True)
class Space:
    """What embeddings can be compared within: one view of a camera, one sense, one model."""

    camera: str
    view: str
    modality: Modality
    model: str

    def under(self, root: Path) -> Path:
        """Its folder; names are escaped, since a model's may hold a slash."""
        return root / self.camera / self.view / self.modality.value / _escaped(self.model)


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of a space."""

    path: Path
    #: Wall clock of its first entry, whole seconds since the epoch, UTC.
    begin: float
    run: str
    number: int


def segment_name(begin: float, run: str, number: int) -> str:
    """The name of a segment: ``begin`` in seconds since the epoch, ``run`` eight hex digits."""
    return f"{datetime.fromtimestamp(begin, UTC).strftime(_STAMP)}-{run}-{number:06d}.seg"


def spaces_in(root: Path) -> list[Space]:
    """Every space of an archive, sorted; folders that are none of an archive's are passed over."""
    found = []
    for folder in root.glob("*/*/*/*"):
        camera, view, modality, model = folder.relative_to(root).parts
        if folder.is_dir() and modality in set(Modality):
            found.append(Space(camera, view, Modality(modality), unquote(model)))
    return sorted(found)


def segments_of(root: Path, space: Space) -> list[Segment]:
    """The segments of a space: run after run, each in the order of its numbers."""
    found = list(_segments(space.under(root)))
    began: dict[str, float] = {}
    for segment in found:
        began[segment.run] = min(segment.begin, began.get(segment.run, segment.begin))
    return sorted(found, key=lambda s: (began[s.run], s.run, s.number))


def prune(root: Path, now: float, keep_s: float) -> int:
    """Delete segments all of which is older than ``keep_s`` at ``now`` (wall clock, seconds).

    Folders that are empty then go too, so that a camera or a model that is no more leaves nothing.

    Returns:
        How many segments. One that cannot be deleted is logged and left.
    """
    gone = 0
    for space in spaces_in(root):
        folder = space.under(root)
        for segment in list(_segments(folder)):
            if gone >= _PRUNED_AT_ONCE:
                return gone
            if now - segment.begin - SEGMENT_S <= keep_s:
                continue
            try:
                segment.path.unlink(missing_ok=True)
                gone += 1
            except OSError as error:
                log.warning("archive not deleted", path=str(segment.path), error=error.strerror)
        _remove_empty(folder, root)
    return gone


def _segments(folder: Path) -> Iterator[Segment]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if match := _NAME.match(path.name):
            begin = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC).timestamp()
            yield Segment(path, begin, match[2], int(match[3]))


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return  # not empty, or a writer has just come
        folder = folder.parent


def _escaped(model: str) -> str:
    name = quote(model, safe="@")
    # '.' alone would be the folder itself.
    return name.replace(".", "%2E") if name.strip(".") == "" else name
