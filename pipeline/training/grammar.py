"""Phrases and what they claim: the text half of the training data.

A phrasing is written as a pattern with alternatives in braces, ``{a man|someone} {runs|running}``,
and expands to every combination. What a phrase claims about a picture or a sound is a small
formula over concepts: any of several sets, each of which must hold completely.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text and the concept sets that make it true: any one set, all of its members."""

    text: str
    any_of: tuple[frozenset[str], ...]


def expand(pattern: str) -> list[str]:
    """Every text that ``pattern`` stands for, in a fixed order, with single spaces.

    >>> expand("{a fire|flames} {in|at} the yard")[0]
    'a fire in the yard'
    """
    parts = _BRACES.split(pattern)
    # split() with one group alternates literal text and the inside of braces
    choices = [part.split("|") if odd % 2 else [part] for odd, part in enumerate(parts)]
    return [" ".join("".join(chosen).split()) for chosen in itertools.product(*choices)]


def phrases_of(patterns: Mapping[str, Sequence[str]]) -> list[Phrase]:
    """Expand a table of patterns; its keys are concepts, ``a+b`` for both, ``a/b`` for either."""
    made: list[Phrase] = []
    seen: set[str] = set()
    for key, written in patterns.items():
        claim = tuple(frozenset(side.split("+")) for side in key.split("/"))
        for text in itertools.chain.from_iterable(expand(one) for one in written):
            if text not in seen:
                seen.add(text)
                made.append(Phrase(text, claim))
    return made


def join(first: Phrase, second: Phrase, word: str) -> Phrase:
    """A sentence of two phrases that claims both."""
    both = tuple(a | b for a in first.any_of for b in second.any_of)
    return Phrase(f"{first.text} {word} {second.text}", both)


def truth(
    phrases: Sequence[Phrase], concepts: Sequence[str], labels: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How true each phrase is of each item.

    Args:
        phrases: the k phrases asked about.
        concepts: names of the label columns.
        labels: float32 (n, c), how strongly each concept is present, in [0, 1]; NaN: unknown.

    Returns:
        float32 (n, k): the best of a phrase's sets, each as strong as its weakest member. NaN
        where that depends on something unknown.

    Raises:
        KeyError: a phrase names a concept that has no column.
    """
    column = {name: i for i, name in enumerate(concepts)}
    least = _truth(phrases, column, np.nan_to_num(labels, nan=0.0))
    if not np.isnan(labels).any():
        return least
    most = _truth(phrases, column, np.nan_to_num(labels, nan=1.0))
    out: NDArray[np.float32] = np.where(least == most, least, np.float32(np.nan))
    return out


def _truth(
    phrases: Sequence[Phrase], column: Mapping[str, int], labels: NDArray[np.float32]
) -> NDArray[np.float32]:
    out = np.zeros((len(labels), len(phrases)), np.float32)
    for k, phrase in enumerate(phrases):
        for wanted in phrase.any_of:
            weakest = labels[:, [column[name] for name in sorted(wanted)]].min(axis=1)
            np.maximum(out[:, k], weakest, out=out[:, k])
    return out


def words_of(texts: Iterable[str]) -> set[str]:
    """Lower-case words of the texts, as the vocabulary counts them."""
    return set(itertools.chain.from_iterable(re.findall(r"[a-z]+", text.lower()) for text in texts))
