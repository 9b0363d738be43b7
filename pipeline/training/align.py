"""A part of both models' training: words meet an item tower that no longer changes.

The tower learns most from labels, of the generated world and of a teacher, and those drown the
phrases in a joint loss. So its features are computed once, clean and augmented, and the text tower
is trained on them alone: twenty times the pairs for the same seconds (after LiT, Zhai et al. 2022,
which holds the image tower still). The sampler draws old and new phrases alike, so that nothing
is unlearned.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.training.common import eased, report
from pipeline.training.data import LabelledData
from pipeline.training.objective import PhraseSampler, contrastive_loss, overshadow, targets

#: Features are blurred by this part of themselves: the tower has seen these very items.
BLUR = 0.08


@dataclass(frozen=True, slots=True)
class Alignment:
    """Settings of this part."""

    steps: int = 900
    batch: int = 384
    phrases: int = 96
    rate: float = 1.5e-3
    seed: int = 3
    #: Features are taken of this many items, drawn at random; 0: of all.
    items: int = 0


@dataclass(frozen=True, slots=True)
class Still:
    """How this part drives a model."""

    model: nn.Module
    #: What stays as it is: all other parameters are taught.
    tower: nn.Module
    #: The tower's inputs and the labels of a batch, changed at random or, without a generator, not.
    prepare: Callable[
        [Any, NDArray[np.float32], np.random.Generator | None], tuple[Tensor, NDArray[np.float32]]
    ]
    #: The tower's features (n, d) of its inputs.
    features: Callable[[Tensor], Tensor]
    #: Embeddings of features.
    items: Callable[[Tensor], Tensor]
    texts: Callable[[list[str]], Tensor]
    log_scale: nn.Parameter


def features_of(
    still: Still, data: LabelledData, rows: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Tensor, NDArray[np.float32]]:
    """The tower's features (2n, d) of the rows, clean and augmented, and their labels (2n, c)."""
    made: list[Tensor] = []
    labels: list[NDArray[np.float32]] = []
    still.model.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for changes in (None, rng):
            for some in np.array_split(rows, -(-len(rows) // 64)):
                x, soft = still.prepare(data.inputs(some), data.labels(some), changes)
                made.append(still.features(x).float())
                labels.append(soft)
    return torch.cat(made), np.concatenate(labels)


def align(
    still: Still,
    data: LabelledData,
    sampler: PhraseSampler,
    concepts: Sequence[str],
    ordinary: frozenset[str],
    plan: Alignment | None = None,
) -> None:
    """Train all of the model but its item tower.

    Args:
        still: the model.
        data: what the tower is shown, once.
        sampler: draws the phrases.
        concepts: columns of the labels that phrases claim.
        ordinary: those of them that step back for the others, see ``overshadow``.
        plan: settings.
    """
    plan = plan or Alignment()
    rng = np.random.default_rng(plan.seed)
    torch.manual_seed(plan.seed)
    rows = rng.permutation(len(data))[: plan.items or None]
    began = time.monotonic()
    features, soft = features_of(still, data, rows, rng)
    report(f"align: {len(features)} features, {time.monotonic() - began:.0f} s")
    columns = [list(data.concepts).index(name) for name in concepts]
    labels = overshadow(soft[:, columns], concepts, ordinary)
    bias = nn.Parameter(torch.tensor(-4.0))
    kept = {id(parameter) for parameter in still.tower.parameters()}
    taught = [p for p in still.model.parameters() if id(p) not in kept]
    optimiser = torch.optim.AdamW(
        [{"params": taught}, {"params": [bias]}],
        lr=plan.rate,
        betas=(0.9, 0.98),
        weight_decay=0.02,
    )
    still.model.train()
    mean, began = 0.0, time.monotonic()
    for step in range(plan.steps):
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * eased(step, plan.steps, 60)
        drawn = rng.integers(0, len(features), plan.batch)
        phrases = sampler.draw(rng, plan.phrases)
        wanted = targets(phrases, concepts, labels[drawn])
        with torch.autocast("cpu", torch.bfloat16):
            texts = still.texts([phrase.text for phrase in phrases])
        blur = 1 + BLUR * torch.randn(1, features.shape[1])
        items = nn.functional.normalize(still.items(features[drawn] * blur), dim=-1)
        cosines = items @ nn.functional.normalize(texts.float(), dim=-1).T
        loss = contrastive_loss(cosines, still.log_scale.exp(), bias, wanted)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(taught, 2.0)
        optimiser.step()
        still.log_scale.data.clamp_(0.0, math.log(40.0))
        mean = loss.item() if step == 0 else 0.97 * mean + 0.03 * loss.item()
        if step % 50 == 0 or step == plan.steps - 1:
            report(f"align: step {step}, loss {mean:.3f}, {time.monotonic() - began:.0f} s")
