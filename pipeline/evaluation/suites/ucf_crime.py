"""UCF-Crime (Sultani, Chen & Shah 2018): hours of surveillance films with thirteen crimes.

Layout: ``Temporal_Anomaly_Annotation*.txt`` anywhere below the folder, one test film a line,
``NAME.mp4 CLASS first last first last`` with -1 where there is no stretch, and the films anywhere
below it by their names.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluation.errors import EvaluationError, LayoutError
from pipeline.evaluation.timeline import MarkedFilm, TimelineSuite

SEE = (
    "people fighting",
    "a person hitting another person",
    "a person pointing a gun",
    "a robbery",
    "a person breaking in",
    "a person stealing",
    "a person setting a fire",
    "an explosion",
    "a car accident",
    "a person smashing things",
)
HEAR = ("gunshots", "an explosion", "people screaming", "breaking glass", "a car crash")


def find(folder: Path) -> tuple[list[MarkedFilm], int]:
    """The listed films that are there, and how many are not. Raises LayoutError."""
    lists = sorted(folder.rglob("Temporal_Anomaly_Annotation*.txt"))
    there = {path.name: path for path in sorted(folder.rglob("*.mp4"))}
    films, missing = [], 0
    for line in lists[0].read_text("utf-8").splitlines() if lists else []:
        parts = line.split()
        if not parts:
            continue
        spans = _spans(parts, lists[0], line)
        if parts[0] in there:
            films.append(MarkedFilm(there[parts[0]], parts[1], spans))
        else:
            missing += 1
    if len({bool(f.spans) for f in films}) < 2:
        raise LayoutError(
            "ucf-crime",
            folder,
            "Temporal_Anomaly_Annotation*.txt and films that it names, with and without a crime",
        )
    return films, missing


def _spans(parts: list[str], path: Path, line: str) -> tuple[tuple[int, int], ...]:
    try:
        numbers = [int(p) for p in parts[2:6]]
        if len(parts) < 6:
            raise ValueError(line)
    except ValueError as error:
        raise EvaluationError(
            f"{path}: {line!r} must be NAME CLASS and four frame numbers"
        ) from error
    pairs = [(numbers[0], numbers[1]), (numbers[2], numbers[3])]
    return tuple((first, last) for first, last in pairs if first >= 0 and last >= first)


SUITE = TimelineSuite(
    name="ucf-crime",
    summary="UCF-Crime: frame-level AUC and average precision over the test films",
    find=find,
    see=SEE,
    hear=HEAR,
)
