"""Defects found by what was learned from flawless pictures, beside those found by prompts.

The product's own texture of patches, and the learned normal of it and the other members that judge
stills, are taught some flawless pictures, drawn several times; what is taught is never scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import Moments
from detectors.density import HourlyGaussian
from detectors.memory import MomentMemory
from detectors.normal import LEAST, LearnedNormal
from detectors.patches import PatchTexture
from pipeline.encoders.base import SightEncoder
from pipeline.evaluation import pixels
from pipeline.evaluation.bench import Bench, Figures
from pipeline.evaluation.media import picture
from pipeline.evaluation.metrics import auc
from pipeline.evaluation.tracks import Track
from pipeline.evaluation.windows2d import at_size
from pipeline.records import Modality
from pipeline.stills import heated

#: Flawless pictures that are learned from, how often they are drawn anew, and the seed.
LEARNED, DRAWS, SEED = 200, 4, 20_260_101
#: Of a set without a part to learn from, so much of its flawless pictures is learned at most.
_MOST = 2 / 3
TEXTURE, TOGETHER = "texture", "with distance and density"

Values = NDArray[np.float64]


class PatchTrack:
    """Embeds a still with its patches: one row, the embedding and then all patches."""

    modality = Modality.VIDEO

    def __init__(self, encoder: SightEncoder) -> None:
        self.encoder = encoder
        shape = "x".join(map(str, encoder.patch_shape))
        self.key = f"patches/{encoder.model_id}/{encoder.patch_id}/{shape}"

    def make(self, path: Path) -> Track:
        """See `Producer`."""
        import cv2

        height, width = self.encoder.image_size
        squashed = cv2.resize(picture(path), (width, height), interpolation=cv2.INTER_AREA)
        rows, patches = self.encoder.encode_with_patches(squashed[np.newaxis].astype(np.uint8))
        flat = np.concatenate([rows, patches.reshape(1, -1).astype(np.float32)], axis=1)
        return Track(np.zeros(1), np.zeros(1), flat)


@dataclass(frozen=True)
class Shown:
    """Pictures of one category, as they are scored."""

    paths: Sequence[Path]
    labels: NDArray[np.bool_]
    kinds: NDArray[np.str_]
    masks: Sequence[NDArray[np.bool_]]
    #: Flawless pictures that are learned from and not scored; none: of those that are shown.
    clean: Sequence[Path] = ()


@dataclass(frozen=True)
class Found:
    """What was learned found in one category."""

    #: Pictures learned from.
    learned: int
    #: By method and figure, the mean over the draws; and the standard deviation over them.
    figures: dict[str, Figures]
    spread: dict[str, Figures]
    #: Of texture alone, by kind of defect.
    kinds: dict[str, Figures]
    #: Pictures uint8 (H, W, 3) with heat maps beside them, by what they are.
    pictures: dict[str, NDArray[np.uint8]]


def learned_defects(shown: Shown, bench: Bench, name: str) -> Found | None:
    """Learn and score; None where fewer than 16 flawless pictures can be learned from."""
    producer = PatchTrack(bench.models.sight)
    flawless = np.flatnonzero(~shown.labels)
    count = min(LEARNED, len(shown.clean) or int(_MOST * len(flawless)))
    if count < LEAST or not shown.labels.any():
        return None
    paths = [*shown.paths, *shown.clean]
    rows = {}
    for k, path in enumerate(bench.each(paths, f"{name}, patches")):
        tracks = bench.tracks(path, [producer])
        if tracks is not None:
            rows[k] = tracks[0].rows[0]
    pool = [k for k in range(len(shown.paths), len(paths)) if k in rows] or [
        int(k) for k in flawless if k in rows
    ]
    every = _moments(np.stack(list(rows.values())), bench.models.sight)
    at = {k: n for n, k in enumerate(rows)}
    draws: list[dict[str, Figures]] = []
    kinds: list[dict[str, Figures]] = []
    pictures: dict[str, NDArray[np.uint8]] = {}
    for draw in range(DRAWS):
        drawn = np.random.default_rng((SEED, draw)).permutation(len(pool))[:count]
        taught = sorted(pool[int(k)] for k in drawn)
        asked = [k for k in range(len(shown.paths)) if k in rows and k not in set(taught)]
        learn, score = (every[np.array([at[k] for k in some])] for some in (taught, asked))
        patches = PatchTexture()
        together = LearnedNormal([PatchTexture(), MomentMemory(), HourlyGaussian()])
        patches.fit(learn)
        together.fit(learn)
        heat = patches.heat(score)
        images = {TEXTURE: patches.score(score), TOGETHER: together.score(score)}
        labels, of_kind = shown.labels[asked], shown.kinds[asked]
        masks = [shown.masks[k] for k in asked]
        counts = pixels.count(list(heat), masks)
        draws.append(
            {
                TEXTURE: {
                    "image_auroc": auc(labels, images[TEXTURE]),
                    "pixel_auroc": pixels.pixel_auroc(counts),
                    "pro": pixels.pro(counts),
                },
                TOGETHER: {"image_auroc": auc(labels, images[TOGETHER])},
            }
        )
        kinds.append(_by_kind(labels, of_kind, images[TEXTURE], counts))
        if not pictures:
            pictures = _panels([shown.paths[k] for k in asked], labels, of_kind, masks, heat)
    mean = {m: {f: _over(draws, m, f)[0] for f in draws[0][m]} for m in draws[0]}
    spread = {m: {f: _over(draws, m, f)[1] for f in draws[0][m]} for m in draws[0]}
    by_kind = {k: {f: _over(kinds, k, f)[0] for f in kinds[0][k]} for k in kinds[0]}
    return Found(count, mean, spread, by_kind, pictures)


def table_rows(found: Sequence[Found]) -> list[dict[str, Any]]:
    """Rows for the table of methods: means over categories; kinds of a single category."""
    learned = " and ".join(str(k) for k in sorted({f.learned for f in found}))
    out: list[dict[str, Any]] = []
    for method in found[0].figures:
        row: dict[str, Any] = {"image score": f"learned from {learned} flawless: {method}"}
        for figure in found[0].figures[method]:
            row[figure] = float(np.nanmean([f.figures[method][figure] for f in found]))
            row[f"{figure}_sd"] = float(np.nanmean([f.spread[method][figure] for f in found]))
        out.append(row)
    if len(found) == 1:
        out += [{"image score": f"  {kind}", **f} for kind, f in found[0].kinds.items()]
    return out


def _moments(rows: NDArray[np.float32], encoder: SightEncoder) -> Moments:
    """Pictures as moments of a camera: one every ten seconds, all at noon."""
    n, d = len(rows), encoder.dim
    patches = rows[:, d:].reshape(n, *encoder.patch_shape).astype(np.float16)
    at = 10.0 * np.arange(n, dtype=np.float64)
    return Moments(rows[:, :d], at, np.full(n, 12.0, np.float32), patches)


def _over(draws: Sequence[dict[str, Figures]], row: str, figure: str) -> tuple[float, float]:
    values = [draw[row][figure] for draw in draws]
    return float(np.mean(values)), float(np.std(values))


def _by_kind(
    labels: NDArray[np.bool_],
    kinds: NDArray[np.str_],
    images: Values,
    counts: pixels.PixelCounts,
) -> dict[str, Figures]:
    """Each kind of defect against the flawless pictures."""
    out = {}
    for kind in sorted(set(kinds[labels])):
        kept = (kinds == kind) | ~labels
        part = counts.of(kept)
        out[str(kind)] = {
            "image_auroc": auc(labels[kept], images[kept]),
            "pixel_auroc": pixels.pixel_auroc(part),
            "pro": pixels.pro(part),
        }
    return out


def _panels(
    paths: Sequence[Path],
    labels: NDArray[np.bool_],
    kinds: NDArray[np.str_],
    masks: Sequence[NDArray[np.bool_]],
    heat: Values,
) -> dict[str, NDArray[np.uint8]]:
    """The best, the median and the worst heat map of defects, by the AUROC within the picture."""
    found = []
    for k in np.flatnonzero(labels):
        mask = masks[k]
        if mask.any() and not mask.all():
            found.append((auc(mask.ravel(), at_size(heat[k], *mask.shape).ravel()), int(k)))
    if not found:
        return {}
    found.sort()
    chosen = {"best": found[-1], "median": found[len(found) // 2], "worst": found[0]}
    out = {
        f"{name}-{kinds[k]}": _panel(paths[k], masks[k], heat[k]) for name, (_, k) in chosen.items()
    }
    flawless = int(np.flatnonzero(~labels)[0])
    out["flawless"] = _panel(paths[flawless], masks[flawless], heat[flawless])
    return out


def _panel(path: Path, mask: NDArray[np.bool_], heat: Values) -> NDArray[np.uint8]:
    """The picture, the same with its heat, and where the defect is."""
    import cv2

    size = mask.shape[1], mask.shape[0]
    shown = cv2.resize(picture(path), size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    drawn = np.repeat((mask * 255).astype(np.uint8)[:, :, np.newaxis], 3, axis=2)
    return np.concatenate([shown, heated(shown, heat.astype(np.float32)), drawn], axis=1)
