"""ESC-50 and ESC-10 (Piczak 2015): environmental sounds of 5 s, in folds.

Layouts: ``meta/esc50.csv`` beside ``audio/FOLD-*.wav``; or folders such as ``001 - Dog bark`` with
``FOLD-*.ogg`` (or wav). Folds 4 and 5 are test. Classes go by the name the layout gives them.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

from pipeline.evaluation.class_scores import ClassWords
from pipeline.evaluation.classes import ClassItem, ClassSuite
from pipeline.evaluation.errors import LayoutError
from pipeline.evaluation.splits import part_of
from pipeline.evaluation.suites.esc_words import ESC10, KINDS, REWORDED, SECURITY
from pipeline.records import Modality

_FOLDER = re.compile(r"\d{3} - (.+)")


def find(folder: Path) -> list[ClassItem]:
    """The recordings of either layout. Raises LayoutError."""
    table = folder / "meta" / "esc50.csv"
    items = _by_table(folder, table) if table.is_file() else _by_folders(folder)
    if not items:
        raise LayoutError(
            "esc",
            folder,
            "meta/esc50.csv with audio/FOLD-*.wav, or folders such as '001 - Dog bark' with FOLD-*",
        )
    return items


def words(label: str) -> ClassWords:
    """A class by the name its layout gives it, and reworded."""
    category = ESC10.get(label, label)
    return ClassWords(
        label=category,
        name=label.replace("_", " "),
        reworded=dict(zip(KINDS, REWORDED[category], strict=True)) if category in REWORDED else {},
        matters=category in SECURITY,
    )


def _by_table(folder: Path, table: Path) -> list[ClassItem]:
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if rows and not {"filename", "category"} <= set(rows[0]):
        raise LayoutError("esc", folder, "columns filename and category in meta/esc50.csv")
    listed = [(folder / "audio" / row["filename"], row["category"]) for row in rows]
    return [
        ClassItem(path, words(label), part_of("esc", path.name))
        for path, label in listed
        if path.is_file()
    ]


def _by_folders(folder: Path) -> list[ClassItem]:
    items = []
    for kind in sorted(folder.glob("[0-9][0-9][0-9] - *")):
        found = _FOLDER.fullmatch(kind.name)
        for path in sorted(kind.glob("[1-5]-*.*")):
            assert found is not None
            part = part_of("esc", path.name)
            items.append(ClassItem(path, words(found[1].lower()), part))
    return items


SUITE = ClassSuite(
    name="esc",
    summary="ESC-50, ESC-10: zero-shot accuracy by class name and reworded, AUC by class",
    find=find,
    senses=(Modality.AUDIO,),
)
