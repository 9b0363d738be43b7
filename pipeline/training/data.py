"""Labelled inputs for training: the interface, and shards of generated ones kept on disk.

A data set is anything that offers inputs and soft concept labels. The generated world is one;
folders of labelled recordings or a teacher's soft labels are others of the same shape.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

#: Seeds of generated items. A demonstration's seeds stay below 10,000: none is ever trained on.
TRAIN_SEED = 1_000_000
HELD_OUT_SEED = 5_000_000
CLOSE_SEED = 3_000_000


class LabelledData(Protocol):
    """Inputs with soft labels, one column per concept."""

    @property
    def concepts(self) -> Sequence[str]:
        """Names of the label columns."""
        ...

    def __len__(self) -> int: ...

    def inputs(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Inputs of the rows, (n, ...), as the model's trainer takes them."""
        ...

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 (n, len(concepts)) in [0, 1]: how strongly each concept is present."""
        ...


@dataclass(frozen=True, slots=True)
class Shards:
    """What a folder of shards holds, in memory."""

    concepts: tuple[str, ...]
    x: NDArray[Any]
    y: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.x)

    def inputs(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """See ``LabelledData``."""
        picked: NDArray[Any] = self.x[rows]
        return picked

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See ``LabelledData``."""
        return self.y[rows]


#: Makes one item from a seed: its input and the names of its concepts.
Make = Callable[[int], tuple[NDArray[Any], frozenset[str]]]


def write_shard(
    path: Path, make: Make, first_seed: int, count: int, concepts: Sequence[str]
) -> None:
    """Generate items ``first_seed``... and write them at once; a finished shard is left alone."""
    if path.exists():
        return
    made = [make(first_seed + i) for i in range(count)]
    y = np.array([[name in found for name in concepts] for _, found in made], np.uint8)
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    with partial.open("wb") as file:
        np.savez(file, x=np.stack([x for x, _ in made]), y=y, concepts=np.array(list(concepts)))
    partial.replace(path)


def fill_cache(
    folder: Path,
    make: Make,
    concepts: Sequence[str],
    *,
    count: int,
    first_seed: int,
    processes: int = 1,
    shard: int = 512,
) -> None:
    """Fill ``folder`` with ``count`` items in shards; interrupted work goes on where it stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [
        (folder / f"shard-{k:05d}.npz", make, first_seed + k * shard, shard, tuple(concepts))
        for k in range(-(-count // shard))
    ]
    if processes == 1:
        for job in jobs:
            write_shard(*job)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.starmap(write_shard, jobs, chunksize=1)


def together(first: Shards, second: Shards) -> Shards:
    """Both sets as one.

    Raises:
        ValueError: their concepts differ.
    """
    if first.concepts != second.concepts:
        raise ValueError("the two sets have other concepts: clear their caches")
    return Shards(
        first.concepts, np.concatenate([first.x, second.x]), np.concatenate([first.y, second.y])
    )


def load_cache(folder: Path) -> Shards:
    """Every finished shard of ``folder``.

    Raises:
        FileNotFoundError: there is none.
        ValueError: shards disagree on the concepts (clear the folder).
    """
    paths = sorted(folder.glob("shard-*.npz"))
    if not paths:
        raise FileNotFoundError(f"no finished shard in {folder}: fill the cache first")
    names: tuple[str, ...] | None = None
    xs, ys = [], []
    for path in paths:
        with np.load(path) as stored:
            found = tuple(str(name) for name in stored["concepts"])
            if names is not None and found != names:
                raise ValueError(f"{path} has other concepts than its neighbours: clear {folder}")
            names = found
            xs.append(stored["x"])
            ys.append(stored["y"].astype(np.float32))
    assert names is not None
    return Shards(names, np.concatenate(xs), np.concatenate(ys))
