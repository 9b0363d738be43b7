"""GMDCSA24 (Alam et al. 2024): people who fall, and their daily life, in 720p and 480p with sound.

Layout: ``Subject N/Fall/*.mp4`` and ``Subject N/ADL/*.mp4``. All of it is test.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluation.clips import Clip, ClipSuite
from pipeline.evaluation.errors import LayoutError

SEE = (
    "a person has fallen",
    "a person falling down",
    "a person lying on the ground",
    "a person lying on the floor",
    "a person collapsing",
)
HEAR = (
    "a person falling to the floor",
    "a thud",
    "a person crying out in pain",
    "a person calling for help",
)


def find(folder: Path) -> list[Clip]:
    """The clips of every subject. Raises LayoutError."""
    clips = [
        Clip(path, label, label == "Fall")
        for label in ("Fall", "ADL")
        for path in sorted(folder.glob(f"*/{label}/*.mp4"))
    ]
    if len({c.label for c in clips}) < 2:
        raise LayoutError("falls", folder, "Subject */Fall/*.mp4 and Subject */ADL/*.mp4")
    return clips


SUITE = ClipSuite(
    name="falls",
    summary="GMDCSA24: AUC and average precision per clip, seen and heard",
    find=find,
    see=SEE,
    hear=HEAR,
)
