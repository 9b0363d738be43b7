"""How a picture moves: a few numbers of the last two seconds, taken at a fixed pace.

What people do shows more in how a scene changes than in any one of its pictures: blocks of grey
that change, how much, how suddenly, in one place or all over it. The pace is fixed, because
differences over another interval are other numbers.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.records import NS_PER_S

#: Pictures a second that are compared.
PACE_HZ = 5.0
#: Side of the grey pictures, and of the blocks that their changes are averaged over, in pixels.
SIDE, BLOCK = 80, 5
#: Blocks a side.
BLOCKS = SIDE // BLOCK
#: A reading looks back over so many pictures: two seconds.
PICTURES = 11
#: Fewer pictures than this say nothing of movement.
LEAST = 4
#: Numbers of a reading.
DIM = 24
#: The reading of which nothing is known, NaN (DIM,).
UNKNOWN: NDArray[np.float32] = np.full(DIM, np.nan, np.float32)
UNKNOWN.setflags(write=False)
#: Pictures further apart than this many seconds do not belong together.
_GAP_S = 0.5
#: Steps that a change is the mean of: half a second.
_RECENT = 2
#: Grey levels; below it a change is noise.
_FLOOR = 0.3


@dataclass(frozen=True, slots=True)
class _Step:
    """What changed from one picture to the next, and from the one before that."""

    #: float32 (k, k): mean change of each block, grey levels.
    blocks: NDArray[np.float32]
    #: Contrast of the picture: mean difference of neighbouring pixels.
    edges: float
    #: The largest sixteenth of the pixels' changes: the step's own, the second difference, and the
    #: change over two steps; the last two are NaN in the first step after a reset.
    first: float
    second: float
    over_two: float


class MovementMeter:
    """Keeps what changed in the last pictures of one view and reads how they move.

    Pictures may come at any pace: those too soon after the last one kept are passed over. A pause
    or a jump in time begins anew. Taking a picture costs 0.2 ms of a CPU, a reading 0.3 ms.
    """

    def __init__(self) -> None:
        self._pictures: deque[NDArray[np.float32]] = deque(maxlen=3)
        self._steps: deque[_Step] = deque(maxlen=PICTURES - 1)
        self._last_ns: int | None = None

    def due(self, pts_ns: int) -> bool:
        """Whether a picture of this time would be kept; spares its scaling where not."""
        if self._last_ns is None:
            return True
        # Half a picture of 25 a second early is on time.
        return not 0 <= pts_ns - self._last_ns < (1 / PACE_HZ - 0.02) * NS_PER_S

    def add(self, pixels: NDArray[np.uint8], pts_ns: int) -> None:
        """Take a picture (H, W, 3) RGB, if it is due."""
        if not self.due(pts_ns):
            return
        if self._last_ns is not None and not 0 < pts_ns - self._last_ns < _GAP_S * NS_PER_S:
            self.reset()
        self._last_ns = pts_ns
        self._pictures.append(grey(pixels))
        if len(self._pictures) > 1:
            self._steps.append(_step(list(self._pictures)))

    def reset(self) -> None:
        """Forget all: what comes next is another scene or another time."""
        self._pictures.clear()
        self._steps.clear()
        self._last_ns = None

    def change(self) -> NDArray[np.float32] | None:
        """How much each block has changed in the last half a second, float32 (BLOCKS, BLOCKS).

        Grey levels, mean over a block, over steps of a fifth of a second. None where nobody knows.
        """
        if not self._steps:
            return None
        newest = list(self._steps)[-_RECENT:]
        change: NDArray[np.float32] = np.mean([s.blocks for s in newest], axis=0, dtype=np.float32)
        return change

    def reading(self) -> NDArray[np.float32] | None:
        """How the last pictures moved, float32 (DIM,); None where there are too few."""
        if len(self._steps) < LEAST - 1:
            return None
        return _numbers(list(self._steps))


class MeterOfViews:
    """The meters of one camera's views, by their name."""

    def __init__(self) -> None:
        self._meters: dict[str, MovementMeter] = {}

    def due(self, pts_ns: int) -> bool:
        """Whether a picture of this time would be kept."""
        return all(meter.due(pts_ns) for meter in self._meters.values())

    def add(self, views: Mapping[str, NDArray[np.uint8]], pts_ns: int) -> None:
        """Take each view of a picture, if it is due."""
        for name, pixels in views.items():
            self._meters.setdefault(name, MovementMeter()).add(pixels, pts_ns)

    def readings(self) -> dict[str, NDArray[np.float32]]:
        """How each view moved; a view with too few pictures is not there."""
        every = {name: meter.reading() for name, meter in self._meters.items()}
        return {name: reading for name, reading in every.items() if reading is not None}

    def changes(self) -> dict[str, NDArray[np.float32]]:
        """How much each block of each view has changed; a view of which nobody knows is not there.

        See `MovementMeter.change`.
        """
        every = {name: meter.change() for name, meter in self._meters.items()}
        return {name: change for name, change in every.items() if change is not None}

    def reset(self) -> None:
        """Forget all."""
        self._meters.clear()


def grey(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A picture (H, W, 3) RGB as float32 (SIDE, SIDE) grey levels."""
    import cv2

    small = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _step(pictures: Sequence[NDArray[np.float32]]) -> _Step:
    """The step to the last of two or three pictures (SIDE, SIDE)."""
    *_, before, now = pictures
    change = np.abs(now - before)
    second = over_two = math.nan
    if len(pictures) == 3:
        second = _top(np.abs(now - 2 * before + pictures[0]))
        over_two = _top(np.abs(now - pictures[0]))
    return _Step(
        change.reshape(BLOCKS, BLOCK, BLOCKS, BLOCK).mean(axis=(1, 3)),
        float(np.abs(np.diff(now, axis=1)).mean()),
        _top(change),
        second,
        over_two,
    )


def _top(change: NDArray[np.float32]) -> float:
    """Mean of the largest sixteenth."""
    top = SIDE * SIDE // 16
    return float(np.partition(change.ravel(), -top)[-top:].mean())


def _numbers(steps: Sequence[_Step]) -> NDArray[np.float32]:
    """The numbers of a reading, (DIM,), of at least three steps.

    Logarithms of block changes: of the liveliest block, of the liveliest 1/32, 1/16, ... of the
    blocks and of all; of their peaks and their variation over time; the share of blocks that
    change; how much the change stays in one place, how wide it spreads and how its centre wanders;
    and how sudden it is (second differences against first).
    """
    blocks = np.stack([step.blocks for step in steps])
    flat = blocks.reshape(len(steps), -1)
    ranked = np.sort(flat, axis=1)[:, ::-1]
    n = flat.shape[1]
    lively = ranked[:, : n // 8].mean(axis=1)
    edges = np.mean([step.edges for step in steps]) + 1.0
    stays = flat.mean(axis=0)
    return np.array(
        [
            *(_log(ranked[:, :k].mean()) for k in (1, n // 32, n // 16, n // 8, n // 4, n // 2, n)),
            _log(lively.max()),
            _log(ranked[:, 0].max()),
            _log(flat.std(axis=0).max()),
            _log(flat.std(axis=0).mean()),
            np.log((flat > 4).mean() + 0.01),
            np.log((flat > 10).mean() + 0.01),
            _log(stays.max()) - _log(ranked[:, 0].mean()),
            _log(np.sort(stays)[::-1][: n // 8].mean()),
            np.log(lively.mean() / edges + 0.02),
            *_whereabouts(blocks),
            *_sameness(flat),
            *_suddenness(steps),
        ],
        np.float32,
    )


def _log(value: float | np.floating[Any]) -> float:
    return math.log(value + _FLOOR)


def _whereabouts(blocks: NDArray[np.float32]) -> tuple[float, float, float]:
    """Of the change in (t, k, k) blocks: its radius, the steps of its centre, and their range."""
    usual = np.median(blocks, axis=(1, 2), keepdims=True)
    weight = np.maximum(blocks - 2 * usual, 0) + 1e-6
    weight /= weight.sum(axis=(1, 2), keepdims=True)
    row, column = np.mgrid[: blocks.shape[1], : blocks.shape[2]]
    y, x = ((weight * at).sum(axis=(1, 2)) for at in (row, column))
    apart = (row - y[:, None, None]) ** 2 + (column - x[:, None, None]) ** 2
    radius = np.sqrt((weight * apart).sum(axis=(1, 2))).mean()
    wander = np.hypot(np.diff(x), np.diff(y)).mean()
    return float(radius), float(wander), float(np.hypot(x.std(), y.std()))


def _sameness(flat: NDArray[np.float32]) -> tuple[float, float]:
    """Correlation of the blocks' (t, n) changes with those one and two steps later."""
    z = flat - flat.mean(axis=1, keepdims=True)
    z /= flat.std(axis=1, keepdims=True) + 1e-3
    two = (z[2:] * z[:-2]).mean() if len(z) > 2 else (z[1:] * z[:-1]).mean()
    return float((z[1:] * z[:-1]).mean()), float(two)


def _suddenness(steps: Sequence[_Step]) -> tuple[float, float, float]:
    """The largest second differences, and how they and changes over two steps exceed the first."""
    first = np.mean([step.first for step in steps])
    second = np.nanmean([step.second for step in steps])
    over_two = np.nanmean([step.over_two for step in steps])
    base = float(np.log(first + 1))
    return _log(second), float(np.log(second + 1)) - base, float(np.log(over_two + 1)) - base
