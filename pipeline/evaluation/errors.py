"""What keeps the bench from giving a figure; every text says what to do."""

from __future__ import annotations

from pathlib import Path


class EvaluationError(Exception):
    """Anything that ends an evaluation."""


class LayoutError(EvaluationError):
    """A folder does not hold the data set in a layout that is known."""

    def __init__(self, suite: str, folder: Path, looked_for: str) -> None:
        there = "it holds " + _holds(folder) if folder.is_dir() else "there is no such folder"
        super().__init__(
            f"{folder} is no data for the suite {suite}: looked for {looked_for}; {there}"
        )


class TrainedOnError(EvaluationError):
    """An item would be scored as test that the model was trained on."""


class PlotsUnavailable(EvaluationError):
    """The library that draws is not installed."""


class UnreadableMedia(EvaluationError):
    """A file that should hold pictures or sound cannot be decoded."""


def _holds(folder: Path, most: int = 6) -> str:
    names = sorted(p.name + "/" * p.is_dir() for p in folder.iterdir())
    shown = ", ".join(names[:most]) or "nothing"
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
