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
STORY_SEED = 2_000_000
HELD_OUT_SEED = 5_000_000
CLOSE_SEED = 3_000_000
LIFELIKE_SEED = 6_000_000


#: How "nobody knows" is stored among labels of 0 and 1.
_UNKNOWN = 255


@dataclass(frozen=True, slots=True)
class Item:
    """One training item."""

    x: NDArray[Any]
    concepts: frozenset[str]
    #: Concepts of which it is not known whether they are there.
    unsure: frozenset[str] = frozenset()
    #: Where things are: see ``pipeline.training.generated.cells_of``; None where nobody knows.
    cells: NDArray[np.uint16] | None = None


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
        """float32 (n, len(concepts)) in [0, 1]: how strongly a concept is present; NaN: unknown."""
        ...

    def cells(self, rows: NDArray[np.int64]) -> NDArray[np.uint16] | None:
        """uint16 (n, 21, 20), where things are; None if this set does not tell."""
        ...


@dataclass(frozen=True, slots=True)
class Shards:
    """What a folder of shards holds, in memory."""

    concepts: tuple[str, ...]
    x: NDArray[Any]
    y: NDArray[np.float32]
    z: NDArray[np.uint16] | None = None

    def __len__(self) -> int:
        return len(self.x)

    def inputs(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """See ``LabelledData``."""
        picked: NDArray[Any] = self.x[rows]
        return picked

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See ``LabelledData``."""
        return self.y[rows]

    def cells(self, rows: NDArray[np.int64]) -> NDArray[np.uint16] | None:
        """See ``LabelledData``."""
        return None if self.z is None else self.z[rows]


#: Makes one item from a seed.
Make = Callable[[int], Item]


def write_shard(
    path: Path, make: Make, first_seed: int, count: int, concepts: Sequence[str]
) -> None:
    """Generate items ``first_seed``... and write them at once; a finished shard is left alone."""
    if path.exists():
        return
    made = [make(first_seed + i) for i in range(count)]
    y = np.array([[_label(item, name) for name in concepts] for item in made], np.uint8)
    arrays = {"x": np.stack([item.x for item in made]), "y": y, "concepts": np.array(concepts)}
    if all(item.cells is not None for item in made):
        arrays["z"] = np.stack([item.cells for item in made if item.cells is not None])
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    with partial.open("wb") as file:
        np.savez(file, **arrays)
    partial.replace(path)


def _label(item: Item, concept: str) -> int:
    return _UNKNOWN if concept in item.unsure else int(concept in item.concepts)


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


def repeats(
    data: LabelledData, names: Sequence[str], share: float, most: int = 4
) -> NDArray[np.int64]:
    """How often each item counts, (n,), for none of ``names`` to be rare.

    Repeat-factor sampling (Gupta et al. 2019, LVIS): an item counts as often as its rarest concept
    must for that to reach ``share`` of the items, at least once and at most ``most`` times.
    """
    columns = [data.concepts.index(name) for name in names]
    there = data.labels(np.arange(len(data)))[:, columns] > 0.5
    factor = np.clip(np.round(share / np.maximum(there.mean(axis=0), 1e-9)), 1, most)
    out: NDArray[np.int64] = np.where(there, factor, 1).max(axis=1).astype(np.int64)
    return out


class Together:
    """Several sets as one; items may count several times, so that what is rare is met often.

    Args:
        parts: sets of the same concepts and kind of input, each with how often its items count:
            one number, or integers (n,), one for each (see `repeats`).

    Raises:
        ValueError: their concepts differ.
    """

    def __init__(self, parts: Sequence[tuple[LabelledData, int | NDArray[np.int64]]]) -> None:
        if len({tuple(part.concepts) for part, _ in parts}) != 1:
            raise ValueError("the sets have other concepts: clear their caches")
        self.concepts: Sequence[str] = parts[0][0].concepts
        self._parts = [part for part, _ in parts]
        rows = [np.repeat(np.arange(len(part)), times) for part, times in parts]
        self._row = np.concatenate(rows)
        self._where = np.repeat(np.arange(len(parts)), [len(one) for one in rows])

    def __len__(self) -> int:
        return len(self._where)

    def _gather(
        self, rows: NDArray[np.int64], of: Callable[[LabelledData, NDArray[np.int64]], Any]
    ) -> NDArray[Any]:
        where, row = self._where[rows], self._row[rows]
        out: NDArray[Any] | None = None
        for k in np.unique(where):
            mine = where == k
            values = of(self._parts[k], row[mine])
            if out is None:
                out = np.empty((len(rows), *values.shape[1:]), values.dtype)
            out[mine] = values
        assert out is not None
        return out

    def inputs(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """See ``LabelledData``."""
        return self._gather(rows, lambda part, mine: part.inputs(mine))

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See ``LabelledData``."""
        return self._gather(rows, lambda part, mine: part.labels(mine))

    def cells(self, rows: NDArray[np.int64]) -> NDArray[np.uint16] | None:
        """See ``LabelledData``: None if one of the sets does not tell."""
        first = np.zeros(1, np.int64)
        if any(part.cells(first) is None for part in self._parts):
            return None
        return self._gather(rows, lambda part, mine: part.cells(mine))


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
    xs, ys, zs = [], [], []
    for path in paths:
        with np.load(path) as stored:
            found = tuple(str(name) for name in stored["concepts"])
            if names is not None and found != names:
                raise ValueError(f"{path} has other concepts than its neighbours: clear {folder}")
            names = found
            xs.append(stored["x"])
            ys.append(np.where(stored["y"] == _UNKNOWN, np.nan, stored["y"]).astype(np.float32))
            if "z" in stored:
                zs.append(stored["z"])
    assert names is not None
    cells = np.concatenate(zs) if zs else None
    return Shards(names, np.concatenate(xs), np.concatenate(ys), cells)
