"""The archive's one writer: gathers what is judged, and appends it a few seconds at a time."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import structlog

from pipeline.archive.block import MAGIC, encode_block
from pipeline.archive.folder import FOLDER, SEGMENT_S, Space, segment_name
from pipeline.records import NS_PER_S, Embedding, Modality, Quiet

if TYPE_CHECKING:
    # A search starts a process that reads only: it comes up sooner without these.
    from pipeline.config import Site
    from pipeline.metrics import Recorder

log = structlog.get_logger()

#: What a killed process may lose, seconds.
_FLUSH_S = 10.0
#: Cameras whose stream time differs by less are on one clock, and late by so much.
_ONE_CLOCK_S = 10
#: Entries of a block at most.
_MOST = 256
_SEGMENT_BYTES = 32 << 20
_MB = 1 << 20


class Model(Protocol):
    """What embeds one sense."""

    @property
    def model_id(self) -> str:
        """Identity of the weights."""
        ...


def open_archive(
    site: Site, models: Mapping[Modality, Model], state_dir: Path, recorder: Recorder
) -> ArchiveWriter | None:
    """The writer of a site's archive, as its site file wants it; None where it wants none."""
    if not site.archive.enabled:
        return None
    return ArchiveWriter(
        state_dir / FOLDER,
        {modality: model.model_id for modality, model in models.items()},
        reserve_mb=site.media.reserve_mb,
        recorder=recorder,
        thumbnails=site.archive.thumbnails,
    )


@dataclass(slots=True)
class _Lane:
    """One space that is being written."""

    waiting: list[Embedding | Quiet] = field(default_factory=list)
    path: Path | None = None
    dim: int = 0
    number: int = -1
    begin: float = 0.0
    size: int = 0


class ArchiveWriter:
    """Appends embeddings and quiet stretches to an archive, a block per space every ten seconds.

    It never stops whoever feeds it: what a full disk or a damaged item keeps from being stored is
    dropped and counted. A segment is begun anew each hour and in each run, so that nothing is ever
    written behind what a killed process left torn.

    Args:
        root: the archive's folder.
        models: the model of each sense, for stretches that no model saw.
        reserve_mb: what is left free of the disk. The evidence of alerts has the next claim: of
            that much again the archive stays off too.
        recorder: where drops are counted.
        thumbnails: whether the pictures that come with some embeddings are kept.
        run: eight hex digits; default: drawn.
    """

    def __init__(
        self,
        root: Path,
        models: Mapping[Modality, str],
        *,
        reserve_mb: int,
        recorder: Recorder,
        thumbnails: bool = True,
        run: str | None = None,
    ) -> None:
        self._root = root
        self._models = dict(models)
        self._reserve = 2 * reserve_mb * _MB
        self._recorder = recorder
        self._thumbnails = thumbnails
        self._run = run or secrets.token_hex(4)
        self._lanes: dict[Space, _Lane] = {}
        self._shifts: dict[str, int] = {}
        self._shift: int | None = None
        self._flush_at = 0.0
        self._refused = False

    def append(self, item: Embedding | Quiet) -> None:
        """Take an item; it is on disk ten seconds later, or once 256 of its kind wait."""
        model = item.model if isinstance(item, Embedding) else self._models.get(item.modality)
        if model is None:
            self._drop(1, "archive_bad_item")
            return
        if item.camera not in self._shifts:
            self._shifts[item.camera] = self._shift_of(item)
        space = Space(item.camera, item.view, item.modality, model)
        lane = self._lanes.setdefault(space, _Lane())
        if isinstance(item, Embedding):
            lane.dim = lane.dim or item.vector.size
            if item.vector.shape != (lane.dim,) or not np.isfinite(item.vector).all():
                self._drop(1, "archive_bad_item")
                return
        lane.waiting.append(item)
        if len(lane.waiting) >= _MOST:
            self._write(space, lane)

    def _shift_of(self, first: Embedding | Quiet) -> int:
        """From a camera's stream time to the wall clock, whole seconds in nanoseconds.

        In whole seconds, so that windows begin where they began. Cameras on the host's clock share
        one, so that an ear fits the picture of another; only files have a time of their own.
        """
        shift = round(first.captured_at - first.end_ns / NS_PER_S) * NS_PER_S
        if self._shift is None:
            self._shift = shift
        near = abs(shift - self._shift) <= _ONE_CLOCK_S * NS_PER_S
        return self._shift if near else shift

    def beat(self, now_s: float) -> None:
        """Write what waits where ten seconds have passed since the last time (monotonic clock)."""
        if now_s >= self._flush_at:
            self._flush_at = now_s + _FLUSH_S
            self.flush()

    def flush(self) -> None:
        """Write all that waits."""
        for space, lane in self._lanes.items():
            if lane.waiting:
                self._write(space, lane)

    def _write(self, space: Space, lane: _Lane) -> None:
        items, lane.waiting = lane.waiting, []
        try:
            block = encode_block(self._shifts[space.camera], items, pictures=self._thumbnails)
            self._append(space, lane, items[0].captured_at, block)
        except OSError as error:
            # Whatever was half written ends the segment.
            lane.path = None
            self._drop(len(items), "archive_not_written")
            if not self._refused:
                log.error(
                    "embeddings are not archived: make room on the disk, or shorten "
                    "archive.retention",
                    error=error.strerror,
                )
            self._refused = True
            return
        if self._refused:
            log.info("embeddings are archived again")
        self._refused = False

    def _append(self, space: Space, lane: _Lane, begin: float, block: bytes) -> None:
        folder = space.under(self._root)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < self._reserve + len(block):
            raise OSError(0, "what is free is set aside for alerts and their evidence")
        fits = lane.size + len(block) <= _SEGMENT_BYTES
        # Time that was set back begins one too: a segment's name says the least that is in it.
        if lane.path is None or not fits or not 0 <= begin - lane.begin < SEGMENT_S:
            lane.number += 1
            lane.path = folder / segment_name(begin, self._run, lane.number)
            lane.begin, lane.size = begin, 0
        new = not lane.path.exists()
        with lane.path.open("ab") as file:
            file.write(MAGIC + block if new else block)
        lane.size += len(block)

    def _drop(self, count: int, reason: str) -> None:
        self._recorder.count("hearsight_dropped_total", float(count), stage="judge", reason=reason)
