"""The words that the embedded pair was trained on. Imports no deep-learning library."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

EMBEDDED = Path(__file__).parent / "embedded"
WORDS_FILE = EMBEDDED / "words.txt"

_WORD = re.compile(r"[a-z]+")


def known_words(kind: str) -> frozenset[str]:
    """Words that the embedded ``sight`` or ``sound`` model was trained on."""
    for line in WORDS_FILE.read_text("utf-8").splitlines():
        name, _, words = line.partition(":")
        if name == kind:
            return frozenset(words.split())
    raise KeyError(f"{WORDS_FILE.name} holds no words for {kind!r}")


def unknown_words(kind: str, prompts: Iterable[str]) -> list[str]:
    """Words of the prompts outside ``known_words(kind)``, once each, in order of appearance."""
    known = known_words(kind)
    met = (word for prompt in prompts for word in _WORD.findall(prompt.lower()))
    return list(dict.fromkeys(word for word in met if word not in known))
