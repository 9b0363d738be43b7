"""Which part of a public data set may be trained on, and which is only ever scored.

The splits are fixed: a figure on the test part means the same for every model that was trained by
this project. Training asks here too, so nothing heavy is imported.

========== =========================================================================================
fights     Surveillance Camera Fight, ``fiNNN``/``nofiNNN``: blocks of ten numbers, because
           neighbours are often cut from one recording; the second and fourth of each five are test
esc        ESC-10 and ESC-50: folds 1-3 train, 4 and 5 test
intel      Intel's sample videos: train
all others test: ``falls`` (GMDCSA24) because it is small, the others because of their licence
========== =========================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum


class Part(StrEnum):
    """What an item may be used for."""

    TRAIN = "train"
    TEST = "test"


def _fights(name: str) -> Part:
    found = re.fullmatch(r"(?:no)?fi(\d+)\.\w+", name)
    if found is None:
        raise ValueError(name)
    return Part.TEST if (int(found[1]) - 1) // 10 % 5 in (1, 3) else Part.TRAIN


def _esc(name: str) -> Part:
    found = re.fullmatch(r"([1-5])-\d+-.+", name)
    if found is None:
        raise ValueError(name)
    return Part.TRAIN if int(found[1]) <= 3 else Part.TEST


#: By data set. What is not named here is scored only.
_RULES: dict[str, Callable[[str], Part]] = {
    "fights": _fights,
    "esc": _esc,
    "intel": lambda _: Part.TRAIN,
}
#: The sets of which this project's own models may have seen the train part.
TRAINABLE = frozenset(_RULES)


def part_of(dataset: str, name: str) -> Part:
    """The part of ``dataset`` that the file ``name`` belongs to.

    Args:
        dataset: a suite's name, such as ``fights``; ``intel`` for Intel's sample videos.
        name: the file's name; folders before it are ignored.

    Raises:
        ValueError: the name is none of that data set's.
    """
    rule = _RULES.get(dataset)
    try:
        return Part.TEST if rule is None else rule(name.rpartition("/")[2])
    except ValueError as error:
        raise ValueError(f"{name!r} is no file name of {dataset}") from error
