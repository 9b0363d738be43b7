"""A model's way from words to a direction, open for whoever learns through it.

Importing this brings in no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
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
    from torch import nn

    tables = [m for m in model.modules() if isinstance(m, nn.Embedding)]
    if not tables:
        raise ValueError("this model holds no table of words")
    return max(tables, key=lambda table: table.num_embeddings)


def causal_rows(model: Any, run: Callable[..., Tensor], tokens: Tensor) -> Tensor:
    """What a CLIP-style text tower makes of tokens (n, context): rows (n, dim).

    As the tower's own way, but cut behind the longest text: it looks back alone, so nothing reads
    the padding there. That is a third of the work, which counts where it is done hundreds of times.

    Args:
        model: holds the tower's parts under CLIP's names.
        run: its blocks, of (n, length, width) with ``attn_mask`` (length, length).
        tokens: the end of each text has the highest number.
    """
    import torch

    ends = tokens.argmax(dim=-1)
    length = int(ends.max()) + 1
    x = model.token_embedding(tokens[:, :length]) + model.positional_embedding[:length]
    x = model.ln_final(run(x, attn_mask=model.attn_mask[:length, :length]))
    x = x[torch.arange(len(x), device=x.device), ends]
    projection = model.text_projection
    rows: Tensor = projection(x) if isinstance(projection, torch.nn.Module) else x @ projection
    return rows
