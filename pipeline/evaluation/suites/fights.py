"""Surveillance Camera Fight Dataset (Akti, Tataroglu & Ekenel 2019): CCTV clips of 1 to 5 s.

Layout: ``fight/fiNNN.mp4`` and ``noFight/nofiNNN.mp4``.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluation.clips import Clip, ClipSuite
from pipeline.evaluation.errors import LayoutError
from pipeline.evaluation.splits import part_of

SEE = (
    "people fighting",
    "a person hitting another person",
    "a person kicking another person",
    "people pushing each other",
    "a violent brawl",
)
HEAR = (
    "people shouting and screaming",
    "people fighting",
    "a person screaming",
)


def find(folder: Path) -> list[Clip]:
    """The clips of both folders. Raises LayoutError."""
    clips = [
        Clip(path, label, label == "fight", part_of("fights", path.name))
        for label in ("fight", "noFight")
        for path in sorted((folder / label).glob("*fi[0-9]*.mp4"))
    ]
    if len({c.label for c in clips}) < 2:
        raise LayoutError("fights", folder, "fight/fiNNN.mp4 and noFight/nofiNNN.mp4")
    return clips


SUITE = ClipSuite(
    name="fights",
    summary="Surveillance Camera Fight: AUC and average precision per clip, seen and heard",
    find=find,
    see=SEE,
    hear=HEAR,
)
