"""A model's way from words to a direction, open for whoever learns through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from torch import Tensor, nn


@runtime_checkable
class TextTower(Protocol):
    """An encoder whose text tower can be differentiated: all torch models here."""

    def text_rows(self, prompts: Sequence[str]) -> Tensor:
        """Embed n >= 1 prompts as rows (n, dim) of any length, with gradients where they flow."""
        ...

    @property
    def words(self) -> nn.Module:
        """The table of word embeddings: what comes out of it may be added to, by a hook."""
        ...


def word_embedding(model: nn.Module) -> nn.Module:
    """The table of words of a CLIP's or CLAP's text tower: the largest embedding that it holds.

    Raises:
        ValueError: the model has none.
    """
    tables = [m for m in model.modules() if isinstance(m, nn.Embedding)]
    if not tables:
        raise ValueError("this model holds no table of words")
    return max(tables, key=lambda table: table.num_embeddings)
