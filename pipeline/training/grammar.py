"""Phrases and what they claim: the text half of the training data.

A phrasing is written as a pattern with alternatives in braces, ``{a man|someone} {runs|running}``,
and expands to every combination. Before an alternative ``%`` stands for the forms of a noun, ``~``
for those of a verb that one does, ``^`` for those of a verb that many do; ``{ONE}`` and ``{MANY}``
are short for somebody and for people. What a phrase claims about a picture or a sound is a small
formula over concepts: any of several sets, each of which must hold completely.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.training.inflection import many_do, noun_forms, one_does

_BRACES = re.compile(r"\{([^{}]*)\}")
_NAMED: Mapping[str, str] = {
    "ONE": "a person|someone|somebody|a man|a woman|an individual",
    "MANY": "people|persons|some people|several people",
}
_FORMS: Mapping[str, Callable[[str], list[str]]] = {
    "%": noun_forms,
    "~": one_does,
    "^": many_do,
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text and the concept sets that make it true: any one set, all of its members."""

    text: str
    any_of: tuple[frozenset[str], ...]
    #: Which pattern it was written by: patterns are drawn in balance, see ``objective``.
    line: int = field(default=0, compare=False)


def expand(pattern: str) -> list[str]:
    """Every text that ``pattern`` stands for, in a fixed order, with single spaces.

    >>> expand("{a fire|flames} {in|at} the yard")[0]
    'a fire in the yard'
    >>> expand("a dog {~bark}")
    ['a dog barks', 'a dog barking', 'a dog is barking', 'a dog barked']
    """
    parts = _BRACES.split(pattern)
    # split() with one group alternates literal text and the inside of braces
    choices = [_alternatives(part) if odd % 2 else [part] for odd, part in enumerate(parts)]
    return [" ".join("".join(chosen).split()) for chosen in itertools.product(*choices)]


def _alternatives(inside: str) -> list[str]:
    made: list[str] = []
    for one in _NAMED.get(inside, inside).split("|"):
        made += _FORMS[one[0]](one[1:]) if one[:1] in _FORMS else [one]
    return made


def phrases_of(patterns: Mapping[str, Sequence[str]]) -> list[Phrase]:
    """Expand a table of patterns; its keys are concepts, ``a+b`` for both, ``a/b`` for either."""
    made: dict[str, Phrase] = {}
    lines = itertools.count(1)
    for key, written in patterns.items():
        claim = tuple(frozenset(side.split("+")) for side in key.split("/"))
        for pattern in written:
            line = next(lines)
            for text in expand(pattern):
                made.setdefault(text, Phrase(text, claim, line))
    return list(made.values())


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
