"""Train what movement adds to the sight model: ``python -m pipeline.training.movement``.

    python -m pipeline.training.movement --cache DIR --data DIR

The sight model stays as it is; a small head learns from how films move (`pipeline.movement`),
against the same phrases. Run it after the sight model's weights changed, and the bank after it.

What a picture suggests is right far more often in scenes that the sight model was trained on than
in new ones. So the moments of real clips are given pictures of other real clips: the head learns
what movement tells, and how little a picture does.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders import SightEncoder
from pipeline.encoders.base import in_parts
from pipeline.encoders.embedded_sight import MOVEMENT_FILE, load_embedded_sight
from pipeline.encoders.movement_head import MovementHead
from pipeline.scene.concepts import NORMAL_SIGHT, SIGHT_CONCEPTS
from pipeline.training.common import decay_groups, eased, report, save_half
from pipeline.training.data import STORY_SEED
from pipeline.training.movement_items import Moments, fill_moments, load_moments, real_moments
from pipeline.training.objective import PhraseSampler, contrastive_loss, overshadow, targets
from pipeline.training.sight import sight_book

#: Films for this part: none of the seeds that the sight model's pictures are of.
FIRST_STORY = STORY_SEED + 5000


@dataclass(frozen=True, slots=True)
class Lesson:
    """Settings of the head's training."""

    steps: int = 1500
    batch: int = 256
    phrases: int = 96
    rate: float = 2e-3
    decay: float = 0.1
    #: Share of a batch that is of real clips.
    real: float = 0.7
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """Moments as the head meets them."""

    #: float32 (n, d): unit embeddings of the pictures alone.
    rows: Tensor
    readings: Tensor
    labels: NDArray[np.float32]
    films: NDArray[np.int64]


def seen(encoder: SightEncoder, moments: Moments) -> Seen:
    """Embed the moments' pictures."""
    return Seen(
        torch.from_numpy(in_parts(encoder.encode_images, moments.pictures)),
        torch.from_numpy(moments.readings),
        moments.labels,
        moments.films,
    )


def learn(
    encoder: SightEncoder,
    stories: Seen,
    real: Seen | None,
    sampler: PhraseSampler,
    lesson: Lesson | None = None,
) -> MovementHead:
    """Train a head for the encoder. Without ``real`` it knows the generated world alone."""
    lesson = lesson or Lesson()
    rng = np.random.default_rng(lesson.seed)
    torch.manual_seed(lesson.seed)
    head = MovementHead(encoder.dim)
    sets = [stories] if real is None else [stories, real]
    every = torch.cat([one.readings for one in sets])
    head.mean.copy_(every.mean(dim=0))
    head.spread.copy_(every.std(dim=0).clamp_min(1e-3))
    bias = nn.Parameter(torch.tensor(-4.0))
    optimiser = torch.optim.AdamW(decay_groups(head, lesson.decay, bias), lr=lesson.rate)
    pool = sampler.draw(rng, 60 * lesson.phrases)
    texts = torch.from_numpy(encoder.encode_texts([phrase.text for phrase in pool]))
    scale = torch.tensor(encoder.logit_scale)
    films = [_by_film(one) for one in sets]
    mean = 0.0
    for step in range(lesson.steps):
        for group in optimiser.param_groups:
            group["lr"] = lesson.rate * eased(step, lesson.steps, 50)
        rows, readings, labels = _batch(sets, films, lesson, rng)
        drawn = rng.integers(0, len(pool), lesson.phrases)
        phrases = [pool[int(k)] for k in drawn]
        wanted = targets(phrases, SIGHT_CONCEPTS, overshadow(labels, SIGHT_CONCEPTS, NORMAL_SIGHT))
        items = head.train()(rows, readings)
        loss = contrastive_loss(items @ texts[drawn].T, scale, bias, wanted)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        mean = loss.item() if step == 0 else 0.98 * mean + 0.02 * loss.item()
        if step % 250 == 0 or step == lesson.steps - 1:
            report(f"movement: step {step}, loss {mean:.3f}")
    return head.eval()


def _by_film(one: Seen) -> list[NDArray[np.int64]]:
    return [np.flatnonzero(one.films == film) for film in np.unique(one.films)]


def _batch(
    sets: list[Seen],
    films: list[list[NDArray[np.int64]]],
    lesson: Lesson,
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor, NDArray[np.float32]]:
    """Rows, readings and labels; every film of a set counts alike."""
    counts = [lesson.batch]
    if len(sets) > 1:
        real = round(lesson.batch * lesson.real)
        counts = [lesson.batch - real, real]
    parts: list[tuple[Any, Any, Any]] = []
    for k, (one, count) in enumerate(zip(sets, counts, strict=True)):
        chosen = [films[k][int(f)] for f in rng.integers(0, len(films[k]), count)]
        rows = np.array([int(of[rng.integers(len(of))]) for of in chosen])
        pictures = rng.permutation(rows) if k else rows
        parts.append((one.rows[pictures], one.readings[rows], one.labels[rows]))
    rows_, readings, labels = zip(*parts, strict=True)
    return torch.cat(rows_), torch.cat(readings), np.concatenate(labels)


def main(arguments: list[str] | None = None) -> None:
    """Film stories where needed, train, write the head."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="filmed stories")
    parser.add_argument("--data", type=Path, help="folder of real sets; default: none")
    parser.add_argument("--stories", type=int, default=160)
    parser.add_argument("--steps", type=int, default=Lesson().steps)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--weights", type=Path, default=MOVEMENT_FILE)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    folder = options.cache / "movement"
    fill_moments(folder, FIRST_STORY, options.stories)
    encoder = load_embedded_sight(threads=options.threads, movement=None)
    stories = seen(encoder, load_moments(folder))
    real = seen(encoder, real_moments(options.data)) if options.data else None
    lesson = Lesson(steps=options.steps, seed=options.seed)
    head = learn(encoder, stories, real, PhraseSampler(sight_book()), lesson)
    save_half(head, options.weights)


if __name__ == "__main__":
    main()
