"""XD-Violence (Wu et al. 2020): films and surveillance with sound; six kinds of violence.

Layout: ``annotations.txt`` anywhere below the folder, a violent test film a line, ``NAME first last
first last ...``; the films by these names in one folder, with the normal test films, whose names
end in ``label_A``, beside them.
"""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.evaluation.errors import EvaluationError, LayoutError
from pipeline.evaluation.timeline import MarkedFilm, TimelineSuite

SEE = (
    "people fighting",
    "a person shooting a gun",
    "a riot in the street",
    "a person being beaten",
    "a car accident",
    "an explosion with fire and smoke",
)
HEAR = (
    "gunshots",
    "an explosion",
    "people screaming",
    "people shouting and screaming",
    "a car crash",
    "punching and slapping",
)
#: The codes in file names.
KINDS = {
    "B1": "fighting",
    "B2": "shooting",
    "B4": "riot",
    "B5": "abuse",
    "B6": "car_accident",
    "G": "explosion",
}
_NORMAL = "normal"


def find(folder: Path) -> tuple[list[MarkedFilm], int]:
    """The listed films that are there, with the normal ones beside them. Raises LayoutError."""
    lists = sorted(folder.rglob("annotations.txt"))
    there = {path.stem: path for path in sorted(folder.rglob("*label_*.mp4"))}
    films, missing = [], 0
    for line in lists[0].read_text("utf-8").splitlines() if lists else []:
        parts = line.split()
        if not parts:
            continue
        spans = _spans(parts, lists[0], line)
        name = parts[0].removesuffix(".mp4")
        if name in there:
            films.append(MarkedFilm(there[name], _kind(name), spans))
        else:
            missing += 1
    beside = {film.path.parent for film in films}
    normal = [
        MarkedFilm(path, _NORMAL, ())
        for name, path in there.items()
        if name.endswith("label_A") and path.parent in beside
    ]
    if not films or not normal:
        raise LayoutError(
            "xd-violence",
            folder,
            "annotations.txt, the films that it names and beside them *label_A.mp4",
        )
    return films + normal, missing


def _kind(name: str) -> str:
    """The first kind that a film's name tells: ``label_B2-0-0`` is shooting."""
    found = re.search(r"label_([A-Z]\d?)", name)
    return KINDS.get(found[1], "other") if found else "other"


def _spans(parts: list[str], path: Path, line: str) -> tuple[tuple[int, int], ...]:
    try:
        numbers = [int(p) for p in parts[1:]]
        pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    except ValueError as error:
        raise EvaluationError(
            f"{path}: {line!r} must be NAME and pairs of frame numbers"
        ) from error
    return tuple((first, last) for first, last in pairs if last >= first >= 0)


SUITE = TimelineSuite(
    name="xd-violence",
    summary="XD-Violence: frame-level average precision and AUC, seen and heard",
    find=find,
    see=SEE,
    hear=HEAR,
)
