"""The embedded pair's tokenizer: CLIP's byte-pair merges, fewer of them.

A merge list that keeps every merge some word needs splits that word as the full list does, so
trained words stay whole while all other words still fall into pieces.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from open_clip.tokenizer import SimpleTokenizer, default_bpe, get_pairs

from pipeline.encoders.words import EMBEDDED

MERGES_FILE = EMBEDDED / "merges.txt.gz"
#: Tokens per text, start and end included.
CONTEXT_LENGTH = 24


@lru_cache(maxsize=1)
def tokenizer() -> SimpleTokenizer:
    """The tokenizer that both embedded models share."""
    return SimpleTokenizer(bpe_path=str(MERGES_FILE), context_length=CONTEXT_LENGTH)


def merges_for(words: Iterable[str], common: int) -> list[str]:
    """The ``common`` most frequent CLIP merges and every further one that ``words`` need."""
    full = SimpleTokenizer()
    needed = set(range(common))
    for word in words:
        parts = [*word[:-1], word[-1] + "</w>"]
        while len(parts) > 1:
            ranked = [(full.bpe_ranks.get(pair, 1 << 30), pair) for pair in get_pairs(parts)]
            rank, (left, right) = min(ranked)
            if rank == 1 << 30:
                break
            needed.add(rank)
            parts = _merged(parts, left, right)
    lines = gzip.decompress(Path(default_bpe()).read_bytes()).decode("utf-8").split("\n")[1:]
    return [lines[rank] for rank in sorted(needed)]


def _merged(parts: list[str], left: str, right: str) -> list[str]:
    out: list[str] = []
    for part in parts:
        if out and out[-1] == left and part == right:
            out[-1] = left + right
        else:
            out.append(part)
    return out
