"""A part of the sound model's training: words meet an audio tower that no longer changes.

The tower learns most from the teacher's labels, and those drown the phrases in a joint loss. So
its features are computed once, clean and augmented, and the text tower with the projection is
trained on them alone: twenty times the pairs for the same seconds (after LiT, Zhai et al. 2022,
which holds the image tower still).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders import vocabulary
from pipeline.scene.concepts import NORMAL_SOUND, SOUND_CONCEPTS
from pipeline.training.augment import augment_sounds
from pipeline.training.common import report
from pipeline.training.objective import PhraseSampler, contrastive_loss, overshadow, targets
from pipeline.training.sound_data import SoundShards, hushed

#: Features are blurred by this part of themselves: the tower has seen these very clips.
BLUR = 0.08


@dataclass(frozen=True, slots=True)
class Alignment:
    """Settings of this part."""

    steps: int = 900
    batch: int = 384
    phrases: int = 96
    rate: float = 1.5e-3
    seed: int = 3


def features_of(
    model: nn.Module, data: SoundShards, rng: np.random.Generator, batch: int = 64
) -> tuple[Tensor, NDArray[np.float32]]:
    """The tower's features (2n, d) of every clip, clean and augmented, and their labels (2n, c)."""
    tower: Any = model
    made: list[Tensor] = []
    labels: list[NDArray[np.float32]] = []
    model.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for changed in (False, True):
            for first in range(0, len(data), batch):
                rows = np.arange(first, min(first + batch, len(data)))
                mel, soft = data.inputs(rows).astype(np.float32), data.labels(rows)
                if changed:
                    mel, soft = augment_sounds(mel, soft, rng)
                made.append(tower.audio_branch.features(torch.from_numpy(mel)).float())
                labels.append(hushed(soft)[:, : len(SOUND_CONCEPTS)])
    return torch.cat(made), np.concatenate(labels)


def align(
    model: nn.Module, data: SoundShards, sampler: PhraseSampler, plan: Alignment | None = None
) -> None:
    """Train the model's text tower and projection against its audio tower, which stays as it is."""
    plan = plan or Alignment()
    clap: Any = model
    rng = np.random.default_rng(plan.seed)
    torch.manual_seed(plan.seed)
    features, labels = features_of(model, data, rng)
    split = vocabulary.tokenizer()
    bias = nn.Parameter(torch.tensor(-4.0))
    tower = {id(parameter) for parameter in clap.audio_branch.parameters()}
    taught = [p for p in model.parameters() if id(p) not in tower]
    optimiser = torch.optim.AdamW(
        [{"params": taught}, {"params": [bias]}],
        lr=plan.rate,
        betas=(0.9, 0.98),
        weight_decay=0.02,
    )
    model.train()
    mean, began = 0.0, time.monotonic()
    for step in range(plan.steps):
        cosine = 0.5 * (1 + math.cos(math.pi * step / plan.steps))
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * min(1.0, (step + 1) / 60) * (0.02 + 0.98 * cosine)
        rows = rng.integers(0, len(features), plan.batch)
        phrases = sampler.draw(rng, plan.phrases)
        wanted = targets(
            phrases, SOUND_CONCEPTS, overshadow(labels[rows], SOUND_CONCEPTS, NORMAL_SOUND)
        )
        with torch.autocast("cpu", torch.bfloat16):
            texts = clap.encode_text(split([phrase.text for phrase in phrases]), "cpu")
        blur = 1 + BLUR * torch.randn(1, features.shape[1])
        items = nn.functional.normalize(clap.audio_projection(features[rows] * blur), dim=-1)
        cosines = items @ nn.functional.normalize(texts.float(), dim=-1).T
        loss = contrastive_loss(cosines, clap.logit_scale_a.exp(), bias, wanted)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(taught, 2.0)
        optimiser.step()
        clap.logit_scale_a.data.clamp_(0.0, math.log(40.0))
        mean = loss.item() if step == 0 else 0.97 * mean + 0.03 * loss.item()
        if step % 50 == 0 or step == plan.steps - 1:
            report(f"align: step {step}, loss {mean:.3f}, {time.monotonic() - began:.0f} s")
