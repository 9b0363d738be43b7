"""UCSD Ped2 (Mahadevan et al. 2010): a walkway; bicycles, skaters and carts are anomalies.

Layouts: ``training/*.mp4``, ``testing/*.mp4`` and ``labels.json`` (one 0 or 1 a frame); or the
original ``Train/Train001/*.tif``, ``Test/Test001/*.tif`` and ``Test/Test001_gt/*.bmp``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pipeline.evaluation.errors import EvaluationError, LayoutError
from pipeline.evaluation.media import picture, stills_in
from pipeline.evaluation.normality import Film, NormalitySuite, Place

SEE = (
    "a person riding a bicycle",
    "a person on a skateboard",
    "a cart",
    "a car on a footpath",
)


def find(folder: Path) -> Place:
    """Either layout, here or in ``UCSDped2``. Raises LayoutError."""
    for root in (folder, folder / "UCSDped2"):
        place = _films(root) if (root / "labels.json").is_file() else _stills(root)
        if place.normal and place.test:
            return place
    raise LayoutError(
        "ped2",
        folder,
        "labels.json with training/*.mp4 and testing/*.mp4, or Train/Train*/*.tif with "
        "Test/Test*/*.tif and Test/Test*_gt/*.bmp",
    )


def _films(root: Path) -> Place:
    try:
        labels = json.loads((root / "labels.json").read_text("utf-8"))
        test = [
            Film(root / name, np.array(marks, bool))
            for name, marks in sorted(labels.items())
            if (root / name).is_file()
        ]
    except (ValueError, AttributeError, TypeError) as error:
        raise EvaluationError(
            f"{root / 'labels.json'} must hold a list of 0 and 1 for each film: {error}"
        ) from error
    return Place(sorted((root / "training").glob("*.mp4")), test)


def _stills(root: Path) -> Place:
    test = []
    for clip in sorted((root / "Test").glob("Test[0-9]*")):
        truth = clip.with_name(f"{clip.name}_gt")
        if clip.is_dir() and truth.is_dir():
            marks = [bool(picture(mask).any()) for mask in stills_in(truth)]
            test.append(Film(clip, np.array(marks, bool)))
    normal = [p for p in sorted((root / "Train").glob("Train[0-9]*")) if p.is_dir()]
    return Place(normal, test)


SUITE = NormalitySuite(
    name="ped2",
    summary="UCSD Ped2: frame-level micro AUC of a learned normal",
    find=find,
    see=SEE,
    smooth_frames=5,
)
