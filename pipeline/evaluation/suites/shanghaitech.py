"""ShanghaiTech Campus (Luo, Liu & Gao 2017): thirteen places as one normal.

Layout: ``training/videos/*.avi``, ``testing/frames/SS_NNNN/*.jpg`` and
``testing/test_frame_mask/SS_NNNN.npy`` (one 0 or 1 a frame).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.evaluation.errors import LayoutError
from pipeline.evaluation.normality import Film, NormalitySuite, Place

SEE = (
    "a person riding a bicycle",
    "a person running",
    "people fighting",
    "a car on a footpath",
    "a person jumping",
)


def find(folder: Path) -> Place:
    """The public layout. Raises LayoutError."""
    normal = sorted((folder / "training" / "videos").glob("*.avi"))
    test = []
    for truth in sorted((folder / "testing" / "test_frame_mask").glob("*.npy")):
        stills = folder / "testing" / "frames" / truth.stem
        if stills.is_dir():
            test.append(Film(stills, np.load(truth, allow_pickle=False).ravel().astype(bool)))
    if not normal or not test:
        raise LayoutError(
            "shanghaitech",
            folder,
            "training/videos/*.avi, testing/frames/*/*.jpg and testing/test_frame_mask/*.npy",
        )
    return Place(normal, test)


SUITE = NormalitySuite(
    name="shanghaitech",
    summary="ShanghaiTech Campus: frame-level micro AUC of a learned normal",
    find=find,
    see=SEE,
    smooth_frames=12,
)
