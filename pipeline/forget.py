"""Deletes what a site keeps of one camera and a stretch of time, when somebody asks for it.

The site may run meanwhile. What lies outside its data folder and its Redis (backups, exports that
were handed on, files of other programs) is not reached.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.archive import FOLDER as ARCHIVE
from pipeline.archive.folder import SEGMENT_S, segments_of, spaces_in
from pipeline.config import Site
from pipeline.data_dir import is_held
from pipeline.learning.old_pictures import forget_in
from pipeline.ledger import Ledger
from pipeline.rehearse.asked import FOLDER as REHEARSALS
from pipeline.teaching.examples import ExampleStore
from sinks.console.desk import Desk
from sinks.console.history import History
from sinks.outbox import Outbox

#: A clip is written when its last second has been seen, and its folder may be touched again then.
_LATE_S = 120.0
_EVER = 1e12


@dataclass(frozen=True, slots=True)
class Stretch:
    """One camera and a time: wall clock, seconds since the epoch, both ends in it."""

    camera: str
    since: float
    until: float

    def holds(self, at: float) -> bool:
        """Whether a moment lies in it."""
        return self.since <= at <= self.until


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much of one kind was deleted."""

    what: str
    count: int


#: Deletes a stretch from the site's Redis; raises ReaderUnavailable.
FromStreams = Callable[[Stretch], int]


def forget(site: Site, stretch: Stretch, from_streams: FromStreams) -> Iterator[Forgotten]:
    """Delete, kind by kind; each is told when it is done.

    Args:
        site: whose data folder it is.
        stretch: what of.
        from_streams: reaches the site's Redis.

    Raises:
        OSError, DeskError, HistoryError, LedgerError, OutboxError, ReaderUnavailable: from there on
            nothing was deleted; asking again goes on.
    """
    state = site.state_dir
    evidence_s = site.media.max_clip + _LATE_S
    yield Forgotten(
        "incidents' clips and pictures", _evidence(state / "media", stretch, evidence_s)
    )
    yield Forgotten("hours of the archive", _archive(state / ARCHIVE, stretch))
    yield Forgotten("remembered embeddings", _examples(state / "examples.sqlite3", stretch))
    yield Forgotten("pictures of what is normal", _normal(state, stretch))
    yield Forgotten("incidents on the desk", _desk(state / "console", stretch))
    yield Forgotten("delivered alerts in the outbox", _outbox(state, site, stretch))
    yield Forgotten("rehearsals (all of them)", _rehearsals(state / REHEARSALS))
    yield Forgotten("entries in Redis", from_streams(stretch))


def _evidence(root: Path, stretch: Stretch, late_s: float) -> int:
    gone = 0
    folder = root / stretch.camera
    for incident in folder.iterdir() if folder.is_dir() else ():
        if not incident.is_dir() or incident.is_symlink():
            continue
        times = [path.stat().st_mtime for path in (incident, *incident.iterdir())]
        if any(stretch.since <= at <= stretch.until + late_s for at in times):
            shutil.rmtree(incident)
            gone += 1
    return gone


def _archive(root: Path, stretch: Stretch) -> int:
    gone = 0
    for space in spaces_in(root) if root.is_dir() else ():
        if space.camera != stretch.camera:
            continue
        for segment in segments_of(root, space):
            if segment.begin <= stretch.until and segment.begin + SEGMENT_S >= stretch.since:
                segment.path.unlink(missing_ok=True)
                gone += 1
    return gone


def _examples(path: Path, stretch: Stretch) -> int:
    if not path.exists():
        return 0
    with ExampleStore(path) as store:
        return store.forget_between(stretch.camera, stretch.since, stretch.until)


def _normal(state: Path, stretch: Stretch) -> int:
    """On disk at once; where the site runs, its judge has them in memory and is told."""
    found = forget_in(state / "normal" / stretch.camera, stretch.holds)
    if is_held(state):
        with Ledger(state / "learning.sqlite3") as ledger:
            ledger.place(
                "forget_pictures",
                by="the command line",
                camera=stretch.camera,
                since=stretch.since,
                until=stretch.until,
            )
    return found


def _desk(folder: Path, stretch: Stretch) -> int:
    gone = 0
    if (path := folder / "desk.sqlite3").exists():
        with Desk(path) as desk:
            gone = desk.forget(stretch.camera, stretch.since, stretch.until)
    if (path := folder / "history.sqlite3").exists():
        with History(path, _EVER) as history:
            history.forget(stretch.camera, stretch.since, stretch.until)
    return gone


def _outbox(state: Path, site: Site, stretch: Stretch) -> int:
    path = state / "outbox.sqlite3"
    if not path.exists():
        return 0
    names = [sink.type if sink.type == "redis" else f"jsonl:{sink.path}" for sink in site.sinks]
    with Outbox(path, reserve_bytes=0) as outbox:
        return outbox.forget(names, stretch.camera, stretch.since, stretch.until)


def _rehearsals(root: Path) -> int:
    gone = 0
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
            gone += 1
    return gone
