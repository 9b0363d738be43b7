"""The sound model's training set on disk: shards of items with soft labels.

A column for each concept of ours comes first, then one for each label of the teacher, which only
the linear reading learns: a wider view of sound than the phrases ask for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.scene.concepts import SOUND_CONCEPTS
from pipeline.training.common import report
from pipeline.training.sound_items import SoftItem

#: Names of the teacher's columns: no phrase claims them.
TEACHER_COLUMNS: tuple[str, ...] = tuple(f"teacher {k}" for k in range(527))


@dataclass(frozen=True, slots=True)
class SoundShards:
    """``LabelledData`` of log-mel pictures (n, 64, 250) with soft labels, in memory."""

    concepts: Sequence[str]
    mel: NDArray[np.float16]
    soft: NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.mel)

    def inputs(self, rows: NDArray[np.int64]) -> NDArray[np.float16]:
        """See ``LabelledData``."""
        picked: NDArray[np.float16] = self.mel[rows]
        return picked

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See ``LabelledData``."""
        picked: NDArray[np.float32] = self.soft[rows].astype(np.float32)
        return picked

    def cells(self, rows: NDArray[np.int64]) -> None:
        """Sound has no map."""
        del rows


def hushed(soft: NDArray[np.float32]) -> NDArray[np.float32]:
    """The labels (n, c), each mix only as silent as its loudest part lets it be."""
    own, quiet = len(SOUND_CONCEPTS), SOUND_CONCEPTS.index("silence")
    out = soft.copy()
    loudest = np.delete(out[:, :own], quiet, axis=1).max(axis=1)
    out[:, quiet] = np.minimum(out[:, quiet], 1.0 - loudest)
    return out


def fill_sounds(
    folder: Path,
    make: Callable[[int], SoftItem],
    *,
    count: int,
    first_seed: int,
    shard: int = 256,
) -> None:
    """Make the items of ``count`` seeds in shards; finished shards are kept: work can go on."""
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(-(-count // shard)):
        path = folder / f"shard-{k:05d}.npz"
        if path.exists():
            continue
        made = [make(first_seed + k * shard + i) for i in range(shard)]
        partial = path.with_suffix(f".{os.getpid()}.tmp")
        with partial.open("wb") as file:
            np.savez(
                file,
                mel=np.stack([one.mel for one in made]),
                labels=np.stack([one.labels for one in made]).astype(np.float16),
                said=np.stack([one.said for one in made]).astype(np.float16),
                concepts=np.array(SOUND_CONCEPTS),
            )
        partial.replace(path)
        report(f"sounds: {(k + 1) * shard} of {count}")


def load_sounds(*folders: Path) -> SoundShards:
    """Every finished shard of the folders, as one set.

    Raises:
        FileNotFoundError: a folder has none.
        ValueError: a shard was made for other concepts (clear the folder).
    """
    paths: list[Path] = []
    for folder in folders:
        found = sorted(folder.glob("shard-*.npz"))
        if not found:
            raise FileNotFoundError(f"no finished shard in {folder}: fill the cache first")
        paths += found
    mels, softs = [], []
    for path in paths:
        with np.load(path) as stored:
            if tuple(stored["concepts"]) != SOUND_CONCEPTS:
                raise ValueError(f"{path} was made for other concepts: clear {path.parent}")
            mels.append(stored["mel"])
            softs.append(np.concatenate([stored["labels"], stored["said"]], axis=1))
    names = (*SOUND_CONCEPTS, *TEACHER_COLUMNS)
    return SoundShards(names, np.concatenate(mels), np.concatenate(softs))
