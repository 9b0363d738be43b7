"""Context vectors learned through the frozen text towers (CoOp, Zhou et al. 2022). Needs torch.

CoOp puts learned vectors before each prompt's words and trains them through the frozen text tower,
by a few labelled pictures. Here they are added to the embeddings of a prompt's first words and
begin at zero: the plain prompts are where the learning starts, and few examples do not lead far
from them. One set of vectors for a rule's prompts, one for the normal ones. The tower itself is
run as it is, so this goes for the embedded pair and for every model of the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detectors.adapting import AdaptedPrompts, Adapter
from detectors.adapting.base import balanced, check_examples
from pipeline.encoders.base import EncoderError, SightEncoder, SoundEncoder
from pipeline.teaching.labelled import labels_of, mean_rows
from pipeline.teaching.methods import Task

#: Learned vectors of each kind, steps and their size.
VECTORS, STEPS, RATE = 4, 40, 1e-3


class NoTextTower(EncoderError):
    """A model whose text tower takes no learned vectors."""


@dataclass(frozen=True)
class CoOp:
    """A `pipeline.teaching.methods.Method` for one model and one rule's texts.

    Args:
        encoder: whose text tower is used.
        prompts: the rule's, then its normal ones, in the order of the space's directions.
    """

    encoder: SightEncoder | SoundEncoder
    prompts: Sequence[str]

    def __call__(self, task: Task) -> Adapter:
        """Learn vectors for a lesson.

        Raises:
            DetectorInputError: the examples are unusable, or of one kind.
            NoTextTower: the model's texts go another way.
        """
        import torch
        from torch.nn import functional

        from pipeline.encoders.text_tower import TextTower

        tower = self.encoder
        if not isinstance(tower, TextTower):
            raise NoTextTower(
                f"{self.encoder.model_id} has no text tower that can be learned through: "
                "teach without CoOp"
            )
        means, labels = mean_rows(task.examples), labels_of(task.examples)
        check_examples(means, labels)
        k, scale, words = task.space.k, task.space.scale, tower.words
        weight: Any = words.weight
        device, width = weight.device, weight.shape[1]
        which = torch.tensor([0] * k + [1] * (len(self.prompts) - k), device=device)
        shown = torch.from_numpy(means).float().to(device)
        wanted = torch.from_numpy(labels).float().to(device)
        weights = torch.from_numpy(balanced(labels) / len(labels)).float().to(device)
        start = np.random.default_rng(0).normal(0, 1e-4, (2, VECTORS, width))
        context = torch.tensor(start, dtype=torch.float32, device=device, requires_grad=True)

        def added(_module: Any, _inputs: Any, out: Any) -> Any:
            # Behind a short text's end nothing reads what is added.
            last = min(1 + VECTORS, out.shape[1])
            more = functional.pad(context[which][:, : last - 1], (0, 0, 1, out.shape[1] - last))
            return out + more.to(out.dtype)

        def directions() -> Any:
            rows = tower.text_rows(self.prompts)
            return functional.normalize(rows.float(), dim=-1)

        def odds() -> Any:
            logits = scale * shown @ directions().T
            return torch.logsumexp(logits[:, :k], 1) - torch.logsumexp(logits[:, k:], 1)

        hook = words.register_forward_hook(added)
        try:
            with torch.no_grad():
                offset = -(odds() * weights).sum()
            offset = offset.clone().requires_grad_()
            steps = torch.optim.Adam([context, offset], lr=RATE)
            for _ in range(STEPS):
                loss = functional.binary_cross_entropy_with_logits(
                    odds() + offset, wanted, reduction="none"
                )
                steps.zero_grad()
                (loss * weights).sum().backward()  # type: ignore[no-untyped-call]
                steps.step()
            with torch.no_grad():
                found = directions().double().cpu().numpy()
        finally:
            hook.remove()
        return AdaptedPrompts("coop", found, np.zeros(len(found)), k, scale)
