"""How each patch of a picture differs from what such patches look like here: what, and where.

Each patch is held against the others of its picture, and the picture against what this camera's
pictures have in common and how they vary as a whole (`detectors.patch_reading`). What remains is
judged patch by patch against a Gaussian of its own place (PaDiM, Defard et al. 2021).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorInputError, DetectorStateError, Moments, State
from detectors.patch_reading import PatchReading, eigen_background, without
from pipeline.records import Unusual

_VERSION = 1
#: Ways in which whole pictures vary, and the moments that each of these ways needs at least.
_WAYS, _FOR_EACH = 60, 4
#: How far covariances are drawn towards a ball, in their mean variance; a variance that is none.
_SHRINK, _NONE = 0.1, 1e-3
#: The first stretch is cut into runs of consecutive moments, a quarter of which is held out in
#: turn: distances of what was learned from are smaller than those of what comes.
_RUNS, _FOLDS = 16, 4
#: Moments that the running means and covariances remember, about: a week of one in ten seconds.
_MEMORY = 60_480.0
#: Part of a patch's own spread of ordinary distances that is taken from all patches together.
_SHARED = 0.25
#: How often distances are drawn towards their neighbours', for what is small and what is large, on
#: a grid of so many cells a side; on a coarser one so much less that it reaches as far.
_SMOOTHED, _SIDE = (1, 4), 16
#: Heat that so large a part of ordinary patches stays below.
_USUAL_HEAT, _USUAL_PART = 2.0, 0.97

Values = NDArray[np.float64]
Floats = NDArray[np.float32]


class PatchTexture:
    """How unusual a picture's patches are for their places: all of them, and the oddest tenth.

    The score is the mean of both means: the whole may be odd with no part that stands out, and the
    other way round. Moments without patches, or with patches of another shape, are not judged.

    It does not grow: how pictures are read stays as the first stretch has taught it; means and
    covariances move slowly.
    """

    name = "texture"

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        """Know nothing, as at first."""
        #: (rows, cols, numbers) of the patches that were learned.
        self._shape: tuple[int, ...] = (0, 0, 0)
        #: None: nothing was learned.
        self._reading: PatchReading | None = None
        none = np.zeros((0, 0), np.float32)
        #: (1 + ways, rows * cols * kept): see `eigen_background`.
        self._background: Floats = none
        #: (rows * cols, kept) and (rows * cols, kept, kept) of what the background leaves, and
        #: what makes that a ball.
        self._mean: Floats = none
        self._covariance: Floats = none[:, :, np.newaxis]
        self._whitening: Floats = none[:, :, np.newaxis]
        #: (sizes, rows, cols): means of ordinary patches' smoothed distances, and of their squares.
        self._distance: Values = np.zeros((0, 0, 0))
        self._square: Values = np.zeros((0, 0, 0))
        #: Standard score that nearly all ordinary patches stay below.
        self._usual = 1.0
        self._seen = 0.0
        #: (sizes, rows, cols): what smoothed distances are multiplied with for heat, and then less.
        self._times: Values = np.zeros((0, 0, 0))
        self._less: Values = np.zeros((0, 0, 0))

    def fit(self, normal: Moments) -> None:
        """See `Normality`. Without patches it stays silent."""
        self._forget()
        patches = _known(normal)
        if not len(patches):
            return
        n = len(patches)
        if n < _FOLDS:
            raise DetectorInputError(f"patches are learned from {_FOLDS} moments at least")
        reading = PatchReading.of(patches)
        rows = reading.read(patches)
        fold = np.arange(n) * min(_RUNS, n) // n % _FOLDS
        ways = min(_WAYS, n // _FOR_EACH)
        left = np.empty_like(rows)
        for held in (fold == k for k in range(_FOLDS)):
            left[held] = without(rows[held], eigen_background(rows[~held], ways))
        self._background = eigen_background(rows, ways)
        self._shape, self._reading = patches.shape[1:], reading
        left = left.reshape(n, -1, reading.kept)
        apart = np.empty(left.shape[:2])
        for held in (fold == k for k in range(_FOLDS)):
            self._mean, self._covariance = _gaussians(left[~held])
            self._whitening = _whitening(self._covariance)
            apart[held] = self._distances(left[held])
        self._mean, self._covariance = _gaussians(left)
        maps = self._maps(apart)
        self._distance, self._square = maps.mean(axis=0), (maps**2).mean(axis=0)
        self._seen = float(n)
        self._reckon()
        self._usual = max(float(np.quantile(self._heat(maps), _USUAL_PART)) / _USUAL_HEAT, 0.1)
        self._reckon()

    def update(self, normal: Moments) -> None:
        """See `Normality`."""
        patches = _known(normal)
        if self._reading is None or not len(patches) or patches.shape[1:] != self._shape:
            return
        left = self._left(self._reading, patches)
        maps = self._maps(self._distances(left))
        self._seen = min(self._seen + len(left), _MEMORY)
        part = np.float32(len(left) / self._seen)
        self._distance += part * (maps.mean(axis=0) - self._distance)
        self._square += part * ((maps**2).mean(axis=0) - self._square)
        mean, covariance = _gaussians(left)
        moved = mean - self._mean
        self._mean = self._mean + part * moved
        between = part * moved[:, :, np.newaxis] * moved[:, np.newaxis, :]
        self._covariance = (1 - part) * (self._covariance + between) + part * covariance
        self._reckon()

    def score(self, moments: Moments) -> Values:
        """See `Normality`, and the class."""
        if not self._readable(moments):
            return np.full(len(moments), np.nan)
        odd = self.heat(moments).reshape(len(moments), -1)
        tenth = max(1, odd.shape[1] // 10)
        # Sums and a sort: for one picture several times as fast as means and a partition.
        odd.sort(axis=1)
        out: Values = odd.sum(axis=1) / odd.shape[1] + odd[:, -tenth:].sum(axis=1) / tenth
        out /= 2
        return out

    def heat(self, moments: Moments) -> Values:
        """Where a picture is not as usual, (n, rows, cols): standard scores, scaled.

        Of distances that are drawn towards their neighbours', a little for what is small and more
        for what is large, whichever is less usual. Of ordinary patches that were not learned from
        three in a hundred have 2 or more. NaN where a moment's patches are not known.

        Raises:
            DetectorInputError: nothing was learned, or of patches of another shape.
        """
        patches = moments.patches
        if self._reading is None or patches is None or patches.shape[1:] != self._shape:
            raise DetectorInputError("these moments have no patches of the kind that was learned")
        return self._heat(self._maps(self._distances(self._left(self._reading, patches))))

    def explain(self, moment: Moments) -> Unusual:
        """See `Normality`: where the picture looks like nothing that was seen here."""
        last = moment[-1:]
        if not self._readable(last) or not len(_known(last)):
            return Unusual(())
        heat = self.heat(last)[0]
        row, col = np.unravel_index(int(heat.argmax()), heat.shape)
        down, across = row / max(len(heat) - 1, 1), col / max(heat.shape[1] - 1, 1)
        place = " ".join(
            [
                "top" if down < 1 / 3 else "bottom" if down > 2 / 3 else "middle",
                "left" if across < 1 / 3 else "right" if across > 2 / 3 else "centre",
            ]
        )
        return Unusual(
            (), f"at the {place} it looks like nothing seen here", heat.astype(np.float32)
        )

    def save(self) -> State:
        """See `Normality`."""
        return {
            "version": _VERSION,
            "shape": list(self._shape),
            "reading": None if self._reading is None else self._reading.to_state(),
            "background": self._background.astype(np.float16),
            "mean": self._mean,
            "covariance": self._covariance,
            "distance": self._distance.astype(np.float32),
            "square": self._square.astype(np.float32),
            "usual": self._usual,
            "seen": self._seen,
        }

    def load(self, state: State) -> None:
        """See `Normality`."""
        if state.get("version") != _VERSION:
            raise DetectorStateError(f"textures of version {state.get('version')} cannot be read")
        made = PatchTexture()
        try:
            if state["reading"] is not None:
                made._take(state)
        except (KeyError, TypeError, ValueError, np.linalg.LinAlgError) as error:
            raise DetectorStateError(f"learned textures cannot be read ({error!r})") from error
        self.__dict__ = made.__dict__

    def _take(self, state: State) -> None:
        """Raises KeyError, TypeError, ValueError: it cannot be a state."""
        rows, cols, numbers = (int(k) for k in state["shape"])
        self._shape = rows, cols, numbers
        self._reading = PatchReading.from_state(state["reading"], numbers)
        cells, kept = rows * cols, self._reading.kept
        shapes = {
            "background": (len(state["background"]), cells * kept),
            "mean": (cells, kept),
            "covariance": (cells, kept, kept),
            "distance": (len(_SMOOTHED), rows, cols),
            "square": (len(_SMOOTHED), rows, cols),
        }
        for name, shape in shapes.items():
            kind = np.float64 if name in ("distance", "square") else np.float32
            found = np.asarray(state[name], kind)
            if found.shape != shape:
                raise ValueError(f"{name} of shape {found.shape}, not {shape}")
            setattr(self, f"_{name}", found)
        self._usual, self._seen = float(state["usual"]), float(state["seen"])
        self._reckon()

    def _readable(self, moments: Moments) -> bool:
        return (
            self._reading is not None
            and moments.patches is not None
            and moments.patches.shape[1:] == self._shape
        )

    def _left(self, reading: PatchReading, patches: NDArray[np.float16]) -> Floats:
        """What the background leaves of pictures, (n, rows * cols, kept)."""
        left = without(reading.read(patches), self._background)
        return left.reshape(len(patches), -1, reading.kept)

    def _distances(self, left: Floats) -> Values:
        """How far from usual what the background leaves is, (n, rows * cols): about 1."""
        apart = (left - self._mean).transpose(1, 0, 2) @ self._whitening
        squares = np.einsum("cnk,cnk->nc", apart, apart)
        out: Values = np.sqrt(squares / self._mean.shape[1], dtype=np.float64)
        return out

    def _maps(self, apart: Values) -> Values:
        """Distances (n, rows * cols) as smoothed maps (n, sizes, rows, cols)."""
        rows, cols = self._shape[:2]
        maps = apart.reshape(-1, 1, rows, cols)
        out: Values = _neighbours(rows) @ maps @ _neighbours(cols).transpose(0, 2, 1)
        return out

    def _heat(self, maps: Values) -> Values:
        """The highest heat (n, rows, cols) of smoothed distances of all sizes."""
        out: Values = (maps * self._times - self._less).max(axis=1)
        return out

    def _reckon(self) -> None:
        """What follows from all that was learned, once and not for each picture."""
        self._whitening = _whitening(self._covariance)
        variance = np.maximum(self._square - self._distance**2, 0)
        shared = variance.mean(axis=(1, 2), keepdims=True)
        spread = np.sqrt((1 - _SHARED) * variance + _SHARED * shared) + _NONE
        self._times = _USUAL_HEAT / self._usual / spread
        self._less = self._distance * self._times


def _known(moments: Moments) -> NDArray[np.float16]:
    """The patches of those moments that have some."""
    if moments.patches is None:
        return np.zeros((0, 0, 0, 0), np.float16)
    known = np.isfinite(moments.patches[:, 0, 0, 0])
    return moments.patches if known.all() else moments.patches[known]


def _gaussians(left: Floats) -> tuple[Floats, Floats]:
    """Means (cells, k) and covariances (cells, k, k) of (n, cells, k)."""
    mean = left.mean(axis=0)
    apart = (left - mean).transpose(1, 2, 0)
    return mean, apart @ apart.transpose(0, 2, 1) / np.float32(len(left))


def _whitening(covariance: Floats) -> Floats:
    """What makes rows of these covariances (cells, k, k), drawn towards balls, balls."""
    k = covariance.shape[1]
    size = np.trace(covariance, axis1=1, axis2=2) / k
    ball = (_SHRINK * size + _NONE)[:, np.newaxis, np.newaxis] * np.eye(k)
    root = np.linalg.cholesky(covariance + ball)
    out: Floats = np.linalg.inv(root).transpose(0, 2, 1).astype(np.float32)
    return out


@lru_cache(maxsize=8)
def _neighbours(cells: int) -> Values:
    """(sizes, cells, cells): times a row of cells each draws it towards its neighbours.

    A quarter, a half, a quarter, as often as the grid's fineness asks for; edges repeat.
    """
    near = np.eye(cells) / 2
    for place in range(cells):
        for step in (-1, 1):
            near[place, min(max(place + step, 0), cells - 1)] += 1 / 4
    often = [round(times * min(1.0, cells / _SIDE) ** 2) for times in _SMOOTHED]
    return np.stack([np.linalg.matrix_power(near, times) for times in often])
