"""The contrastive objective of both models, for batches whose labels overlap.

Pictures (or sounds) of one batch share concepts, so the usual one-to-one targets of CLIP would
punish true matches. Each step draws phrases and asks how true each is of each item. Two terms:
sigmoid loss per pair with soft targets (after SigLIP, Zhai et al. 2023), and a softmax over the
phrases of an item with its targets normalised (multi-positive InfoNCE), which is what scoring by
margin over normal prompts needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pipeline.training.grammar import Phrase, join, truth

#: How strongly an ordinary concept counts while something alarming is there too: as in captions,
#: what stands out is what gets said, so an alarm prompt leads over the normal ones.
OVERSHADOWED = 0.1
#: A pair that is true weighs more than one of the many that are not.
POSITIVE_WEIGHT = 3.0


@dataclass(frozen=True)
class PhraseBook:
    """All phrases of a modality, and how to draw from them."""

    phrases: tuple[Phrase, ...]
    templates: tuple[str, ...]

    def groups(self) -> list[list[list[Phrase]]]:
        """Phrases by what they claim, then by the line that wrote them.

        Drawing a group first balances the concepts, drawing a line next balances their words: a
        list of nouns is met as often as the thousand sentences of another line.
        """
        by_claim: dict[tuple[frozenset[str], ...], dict[int, list[Phrase]]] = {}
        for phrase in self.phrases:
            by_claim.setdefault(phrase.any_of, {}).setdefault(phrase.line, []).append(phrase)
        return [list(lines.values()) for lines in by_claim.values()]


class PhraseSampler:
    """Draws phrases in balance, in templates, some joined in pairs."""

    def __init__(self, book: PhraseBook, pairs: float = 0.12) -> None:
        self._groups = book.groups()
        self._templates = book.templates
        self._pairs = pairs

    def draw(self, rng: np.random.Generator, count: int) -> list[Phrase]:
        """``count`` phrases: every group in turn from a random start, then pairs."""
        order = rng.permutation(len(self._groups))
        drawn: list[Phrase] = []
        for k in range(count):
            phrase = self._one(rng, int(order[k % len(order)]))
            if rng.random() < self._pairs:
                other = self._one(rng, int(rng.integers(len(self._groups))))
                word = ("and", "with", "while")[int(rng.integers(3))]
                drawn.append(join(phrase, other, word))
                continue
            template = self._templates[int(rng.integers(len(self._templates)))]
            drawn.append(Phrase(template.format(phrase.text), phrase.any_of))
        return drawn

    def _one(self, rng: np.random.Generator, group: int) -> Phrase:
        lines = self._groups[group]
        members = lines[int(rng.integers(len(lines)))]
        return members[int(rng.integers(len(members)))]


def overshadow(
    labels: NDArray[np.float32], concepts: Sequence[str], ordinary: frozenset[str]
) -> NDArray[np.float32]:
    """Scale ordinary concepts down to ``OVERSHADOWED`` where an alarming one is present."""
    calm = np.array([name in ordinary for name in concepts])
    alarming = np.nan_to_num(labels[:, ~calm]).max(axis=1, initial=0.0)[:, None]
    scaled = labels * (1.0 - alarming * (1.0 - OVERSHADOWED))
    out: NDArray[np.float32] = np.where(calm[None], scaled, labels).astype(np.float32)
    return out


def targets(
    phrases: Sequence[Phrase], concepts: Sequence[str], labels: NDArray[np.float32]
) -> Tensor:
    """Soft targets (n, k) of phrases for items; NaN where nobody knows."""
    return torch.from_numpy(truth(phrases, concepts, labels))


def contrastive_loss(cosines: Tensor, scale: Tensor, bias: Tensor, wanted: Tensor) -> Tensor:
    """Sigmoid plus softmax loss.

    Args:
        cosines: (n, k) similarities of items and phrases.
        scale: factor of the cosines.
        bias: added to the logits of the sigmoid term alone.
        wanted: (n, k) soft targets in [0, 1]; NaN leaves a pair out of both terms.
    """
    known = ~torch.isnan(wanted)
    wanted = wanted.nan_to_num(0.0)
    logits = scale * cosines
    weight = (1.0 + (POSITIVE_WEIGHT - 1.0) * wanted) * known
    pairs = functional.binary_cross_entropy_with_logits(
        logits + bias, wanted, weight, reduction="sum"
    ) / known.sum().clamp_min(1)
    mass = wanted.sum(dim=1, keepdim=True)
    share = wanted / mass.clamp_min(1e-6)
    held = (mass > 0).to(logits.dtype)
    choices = functional.log_softmax(logits.masked_fill(~known, -1e4), dim=1)
    choice = -(share * choices * held).sum(dim=1).mean()
    return 4.0 * pairs + 0.5 * choice


def known_loss(logits: Tensor, wanted: Tensor, positive: float = 1.0) -> Tensor:
    """Binary cross-entropy over what is known: NaN in ``wanted`` counts for nothing.

    Args:
        logits: of any shape.
        wanted: targets in [0, 1] of the same shape, NaN where nobody knows.
        positive: weight of what is true.
    """
    known = ~torch.isnan(wanted)
    wanted = wanted.nan_to_num(0.0)
    weight = (1.0 + (positive - 1.0) * wanted) * known
    total = functional.binary_cross_entropy_with_logits(logits, wanted, weight, reduction="sum")
    return total / known.sum().clamp_min(1)
