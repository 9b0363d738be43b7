"""CUHK Avenue (Lu, Shi & Jia 2013): people who run, throw things or walk the wrong way.

Layout: ``training_videos/*.avi``, ``testing_videos/NN.avi``, and anywhere below a folder
``testing_label_mask`` with ``N_label.mat`` (``volLabel``: one mask a frame).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.errors import EvaluationError, LayoutError
from pipeline.evaluation.normality import Film, NormalitySuite, Place

SEE = (
    "a person running",
    "a person throwing something",
    "a person jumping",
    "a person standing close to the camera",
)


def find(folder: Path) -> Place:
    """The public layout. Raises LayoutError."""
    masks = next(iter(sorted(folder.rglob("testing_label_mask"))), None)
    normal = sorted(folder.rglob("training_videos/*.avi"))
    films = sorted(folder.rglob("testing_videos/*.avi"))
    test = []
    for film in films if masks else []:
        assert masks is not None
        truth = masks / f"{int(film.stem)}_label.mat" if film.stem.isdigit() else film
        if truth.suffix == ".mat" and truth.is_file():
            test.append(Film(film, _marks(truth)))
    if not normal or not test:
        raise LayoutError(
            "avenue",
            folder,
            "training_videos/*.avi, testing_videos/NN.avi and testing_label_mask/N_label.mat",
        )
    return Place(normal, test)


def _marks(path: Path) -> NDArray[np.bool_]:
    """Whether each frame's mask marks anything."""
    from scipy.io import loadmat

    try:
        masks = loadmat(str(path))["volLabel"].ravel()
    except (KeyError, ValueError, NotImplementedError) as error:
        raise EvaluationError(f"{path} must hold volLabel, one mask a frame: {error}") from error
    return np.array([bool(np.any(mask)) for mask in masks])


SUITE = NormalitySuite(
    name="avenue",
    summary="CUHK Avenue: frame-level micro AUC of a learned normal",
    find=find,
    see=SEE,
    smooth_frames=12,
)
