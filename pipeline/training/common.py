"""The training loop of both models: resumable, seeded, bounded by minutes, with a curve."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pipeline.training.data import LabelledData
from pipeline.training.grammar import Phrase
from pipeline.training.objective import (
    PhraseSampler,
    contrastive_loss,
    known_loss,
    overshadow,
    targets,
)


@dataclass(frozen=True)
class Plan:
    """Settings of one run."""

    out: Path
    minutes: float
    #: The learning-rate schedule spans this many steps; a run resumes within it.
    steps: int
    batch: int = 64
    phrases: int = 96
    rate: float = 1.2e-3
    decay: float = 0.05
    seed: int = 1
    ordinary: frozenset[str] = frozenset()
    #: Weight of the linear reading of concepts.
    reading: float = 4.0
    log_every: int = 50


@dataclass(frozen=True)
class Placed:
    """How the loop drives a tower that also tells where things are.

    Small things are learned far faster from a map of where they are than from the fact that they
    are somewhere.
    """

    #: What the maps hold, in order.
    names: tuple[str, ...]
    #: Channels of the tower's feature map.
    channels: int
    #: Augmented inputs, labels and maps (n, k, rows, columns) in [0, 1], NaN for unknown, from
    #: the raw inputs, labels and cells.
    prepare: Callable[[Any, Any, Any, np.random.Generator], tuple[Tensor, Any, Tensor]]
    #: Embeddings, and the feature map (n, channels, rows, columns) that they were pooled from.
    items: Callable[[Tensor], tuple[Tensor, Tensor]]
    #: Weight of the maps' loss.
    weight: float = 40.0


@dataclass(frozen=True)
class Towers:
    """How the loop drives a model: embeds inputs, embeds texts, names its scale."""

    model: nn.Module
    #: Augmented inputs and soft labels of a batch, from the raw ones.
    prepare: Callable[[Any, Any, np.random.Generator], tuple[Tensor, Any]]
    items: Callable[[Tensor], Tensor]
    texts: Callable[[list[str]], Tensor]
    log_scale: nn.Parameter
    #: Width of the embeddings.
    dim: int = 256
    placed: Placed | None = None


def train(
    plan: Plan,
    towers: Towers,
    data: LabelledData,
    sampler: PhraseSampler,
    check: Callable[[], dict[str, float]],
) -> Path:
    """Train until the schedule or the minutes end; returns the checkpoint's path.

    Interrupted runs resume from ``plan.out``: parameters, optimiser, step and random state.
    """
    plan.out.mkdir(parents=True, exist_ok=True)
    saved = plan.out / "checkpoint.pt"
    torch.manual_seed(plan.seed)
    concepts = list(data.concepts)
    bias = nn.Parameter(torch.tensor(-3.0))
    # A linear reading of every concept: a steadier signal for small things than drawn phrases are.
    heads = nn.ModuleDict({"reader": nn.Linear(towers.dim, len(concepts))})
    if towers.placed is not None:
        heads["map"] = nn.Conv2d(towers.placed.channels, len(towers.placed.names), 1)
    optimiser = torch.optim.AdamW(
        decay_groups(towers.model, plan.decay, bias, *heads.parameters()),
        lr=plan.rate,
        betas=(0.9, 0.98),
    )
    rng = np.random.default_rng(plan.seed)
    step = 0
    history: list[dict[str, float]] = []
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        towers.model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        bias.data.copy_(state["bias"])
        heads.load_state_dict(state["heads"])
        step, history = state["step"], state["history"]
        rng.bit_generator.state = state["rng"]

    def keep() -> None:
        partial = saved.with_suffix(f".{os.getpid()}.tmp")
        torch.save(
            {
                "model": towers.model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "bias": bias.data,
                "heads": heads.state_dict(),
                "step": step,
                "history": history,
                "rng": rng.bit_generator.state,
            },
            partial,
        )
        partial.replace(saved)
        (plan.out / "history.json").write_text(json.dumps(history), "utf-8")

    began, mean = time.monotonic(), 0.0
    while step < plan.steps and time.monotonic() - began < plan.minutes * 60:
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * _schedule(step, plan.steps)
        towers.model.train()
        rows = rng.integers(0, len(data), plan.batch)
        x, labels, maps = _prepared(towers, data, rows, rng)
        phrases: list[Phrase] = sampler.draw(rng, plan.phrases)
        wanted = targets(phrases, concepts, overshadow(labels, concepts, plan.ordinary))
        with torch.autocast("cpu", torch.bfloat16):
            items, features = (
                (towers.items(x), None) if towers.placed is None else towers.placed.items(x)
            )
            texts = towers.texts([phrase.text for phrase in phrases])
        cosines = (
            nn.functional.normalize(items.float(), dim=-1)
            @ nn.functional.normalize(texts.float(), dim=-1).T
        )
        loss = contrastive_loss(cosines, towers.log_scale.exp(), bias, wanted)
        loss = loss + plan.reading * known_loss(
            heads["reader"](items.float()), torch.from_numpy(labels)
        )
        if towers.placed is not None and features is not None and maps is not None:
            found = heads["map"](features.float())
            loss = loss + towers.placed.weight * known_loss(found, maps, positive=5.0)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"loss is {loss.item()} at step {step}: lower --rate")
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(towers.model.parameters(), 2.0)
        optimiser.step()
        towers.log_scale.data.clamp_(0.0, math.log(40.0))
        step += 1
        mean = loss.item() if mean == 0 else 0.97 * mean + 0.03 * loss.item()
        if step % plan.log_every == 0:
            line = {"step": step, "loss": mean, "seconds": time.monotonic() - began}
            if step % (plan.log_every * 8) == 0:
                line |= check()
                keep()
            history.append(line)
            report(json.dumps({k: round(v, 3) for k, v in line.items()}))
    history.append({"step": step, "loss": mean, **check()})
    report(json.dumps(history[-1]))
    keep()
    return saved


def _prepared(
    towers: Towers, data: LabelledData, rows: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Tensor, NDArray[np.float32], Tensor | None]:
    inputs, labels = data.inputs(rows), data.labels(rows)
    cells = data.cells(rows)
    if towers.placed is None or cells is None:
        x, labels = towers.prepare(inputs, labels, rng)
        return x, labels, None
    return towers.placed.prepare(inputs, labels, cells, rng)


def report(line: str) -> None:
    """A line of progress on standard output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def start_from(model: nn.Module, checkpoint: Path) -> None:
    """Take over the weights of a checkpoint or of ``save_half``, but none of its progress."""
    if checkpoint.suffix == ".safetensors":
        model.load_state_dict(load_file(checkpoint))
        return
    state = torch.load(checkpoint, weights_only=True)
    model.load_state_dict(state["model"])


def decay_groups(model: nn.Module, decay: float, *others: nn.Parameter) -> list[dict[str, Any]]:
    """Groups of an optimiser: a model's matrices decay, its vectors and the others do not."""
    taught = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in taught if p.ndim > 1], "weight_decay": decay},
        {"params": [*(p for p in taught if p.ndim <= 1), *others], "weight_decay": 0.0},
    ]


def eased(step: int, steps: int, warm: int) -> float:
    """Part of the rate at a step of a short training: up over ``warm``, by a cosine to 2 %."""
    cosine = 0.5 * (1 + math.cos(math.pi * step / steps))
    return min(1.0, (step + 1) / warm) * (0.02 + 0.98 * cosine)


def _schedule(step: int, steps: int) -> float:
    warm = max(1, min(200, steps // 10))
    if step < warm:
        return (step + 1) / warm
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def save_half(model: nn.Module, path: Path) -> None:
    """Write a model's parameters and buffers as float16 safetensors, at once."""
    state = {
        key: (value.half() if value.is_floating_point() else value).contiguous().clone()
        for key, value in model.state_dict().items()
    }
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    save_file(state, partial)
    partial.chmod(0o644)
    partial.replace(path)


def draw_curve(history: Path, picture: Path) -> None:
    """A PNG of loss and held-out accuracy over the steps (needs the ``train`` extra).

    Raises:
        ModuleNotFoundError: matplotlib is absent; install ``hearsight[train]``.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    lines: list[dict[str, float]] = json.loads(history.read_text("utf-8"))
    figure, left = plt.subplots(figsize=(7, 4))
    left.plot([one["step"] for one in lines], [one["loss"] for one in lines], color="tab:blue")
    left.set_xlabel("step")
    left.set_ylabel("loss")
    checked = [one for one in lines if "mean_auc" in one]
    right = left.twinx()
    right.plot(
        [one["step"] for one in checked],
        [one["mean_auc"] for one in checked],
        color="tab:orange",
        marker="o",
    )
    right.set_ylabel("held-out AUC, mean of concepts")
    figure.tight_layout()
    figure.savefig(picture, dpi=120)
    plt.close(figure)
