"""Train the patches of the sight model: ``python -m pipeline.training.patches``.

    python -m pipeline.training.patches --cache DIR --data DIR --device cuda

The sight model stays as it is; a small head (`pipeline.encoders.patch_head`) learns vectors of
patches for the use that they are put to: in every step it gets lots of pictures
(`pipeline.training.surfaces`), some of each lot as its memory of what is ordinary, the others as
what comes later, some of these with flaws (`pipeline.training.flaws`). The distance to the nearest
patch of the memory has to tell flawed patches from ordinary ones: learning by episodes that are
like the task (matching networks, Vinyals et al. 2016), here for PatchCore. Some lots have marks
that are ordinary in them.

Run it after the sight model's weights changed. Without ``--data`` it knows generated surfaces and
films alone. Numbers drawn on a GPU are others than those drawn on a CPU.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from pipeline.encoders.embedded_files import load_strictly
from pipeline.encoders.embedded_sight import PATCHES_FILE, WEIGHTS_FILE, build_sight, tower_of
from pipeline.encoders.patch_head import AROUND, PatchHead
from pipeline.encoders.sight_tower import SightTower
from pipeline.encoders.torch_common import PixelNorm
from pipeline.training.common import decay_groups, eased, report, save_half
from pipeline.training.evaluation import auc
from pipeline.training.flaws import SHAPES, flaw
from pipeline.training.surfaces import SIDE, Dice, Films, films, surfaces, taken

_FILMS_FILE = "patches-films.npz"
#: Pictures of a film that are used at most.
_A_FILM = 8
#: Spread of a number of what is around a patch, where that of a learned one is 1.
_AROUND_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Lesson:
    """Settings of the head's training."""

    steps: int = 3000
    #: Lots a step, and pictures of each: to remember, and to judge.
    lots: int = 24
    known: int = 8
    judged: int = 8
    #: Part of the lots that are of films.
    filmed: float = 0.35
    #: Part of the lots in which marks of one kind are ordinary.
    marked: float = 0.35
    rate: float = 3e-3
    decay: float = 0.02
    #: Tasks of a check.
    checks: int = 6
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Task:
    """Lots of pictures, and where those that are judged have flaws."""

    #: float32 (lots, known + judged, 3, SIDE, SIDE) in [0, 1].
    pictures: Tensor
    #: float32 (lots, judged, SIDE, SIDE) in [0, 1]: how much of a flaw covers a pixel.
    cover: Tensor
    #: bool (lots, judged): its flaws can be seen.
    plain: Tensor


def make_task(dice: Dice, lesson: Lesson, source: Films | None) -> Task:
    """Draw the pictures of a step."""
    each = lesson.known + lesson.judged
    filmed = round(lesson.lots * lesson.filmed) if source is not None else 0
    pictures = surfaces(dice, lesson.lots - filmed, each)
    if source is not None and filmed:
        pictures = torch.cat([pictures, films(dice, source, filmed, each)])
    # Marks that belong here, in some of all pictures.
    mark = dice.below(SHAPES, lesson.lots, 1).expand(lesson.lots, each).reshape(-1)
    here = dice.chance(lesson.marked, lesson.lots, 1) & dice.chance(0.7, lesson.lots, each)
    marked = flaw(dice, pictures.flatten(0, 1), mark, here.reshape(-1)).pictures
    pictures = marked.view_as(pictures)
    known, judged = pictures[:, : lesson.known], pictures[:, lesson.known :].flatten(0, 1)
    n = len(judged)
    kept = mark.view(lesson.lots, each)[:, : lesson.judged].reshape(-1)
    cover = torch.zeros(n, SIDE, SIDE, device=dice.device)
    plain = torch.ones(n, dtype=torch.bool, device=dice.device)
    bad = dice.chance(0.7, n)
    for again in (bad, bad & dice.chance(0.4, n)):
        shape = (kept + 1 + dice.below(SHAPES - 1, n)) % SHAPES
        made = flaw(dice, judged, shape, again)
        judged, plain = made.pictures, plain & made.plain
        cover = torch.maximum(cover, made.cover)
    shown = torch.cat([known, judged.view(lesson.lots, lesson.judged, *judged.shape[1:])], dim=1)
    wide = (lesson.lots, lesson.judged)
    return Task(taken(dice, shown), cover.view(*wide, SIDE, SIDE), plain.view(wide))


def scales_of(tower: SightTower, norm: PixelNorm, pictures: Tensor) -> list[Tensor]:
    """The trunk's maps of pictures (..., 3, SIDE, SIDE) in [0, 1], in single precision."""
    flat = pictures.flatten(0, -4).permute(0, 2, 3, 1) * 255
    with torch.no_grad(), torch.autocast(flat.device.type, torch.bfloat16):
        return [scale.float() for scale in tower.scales(norm(flat))]


def answers(task: Task, cells: int) -> tuple[Tensor, Tensor]:
    """Of the cells (lots, judged, cells, cells) of the pictures that are judged: flawed, ordinary.

    What is covered a little is neither, and so is a picture whose flaw cannot be seen.
    """
    size = SIDE // cells
    core = functional.avg_pool2d((task.cover > 0.5).float(), size)
    any_ = functional.max_pool2d(task.cover, size)
    plain = task.plain[:, :, None, None]
    return (core > 12 / size**2) & plain, (any_ < 0.1) & plain


class Judge(nn.Module):
    """Distances as log-odds of a flaw, for a cell and for a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([3.0, 3.0]))
        self.middle = nn.Parameter(torch.tensor([2.0, 2.0]))

    def forward(self, apart: Tensor) -> tuple[Tensor, Tensor]:
        """Of distances (lots, judged, cells, cells)."""
        flat = apart.flatten(2)
        top = flat.topk(max(1, flat.shape[2] // 10), dim=2).values.mean(dim=2)
        return (
            self.slope[0] * (apart - self.middle[0]),
            self.slope[1] * (top - self.middle[1]),
        )


def distances(vectors: Tensor, known: int, rows: int = 800) -> Tensor:
    """Distances (lots, judged, cells, cells) to the nearest patch of the lot's memory.

    Args:
        vectors: (lots, known + judged, cells, cells, p).
        known: pictures that are the memory.
        rows: of the memory that are used, evenly.
    """
    lots = len(vectors)
    bank = vectors[:, :known].flatten(1, 3)
    bank = bank[:, :: max(1, bank.shape[1] // rows)]
    asked = vectors[:, known:].flatten(1, 3)
    squared = (
        asked.square().sum(dim=2, keepdim=True)
        + bank.square().sum(dim=2)[:, None]
        - 2 * asked @ bank.transpose(1, 2)
    )
    nearest = squared.amin(dim=2).clamp_min(0) + 1e-3
    return nearest.sqrt().view(lots, -1, *vectors.shape[2:4])


def loss_of(judge: Judge, vectors: Tensor, task: Task, known: int) -> Tensor:
    """How badly distances tell flaws, in cells (large flaws count like small ones) and pictures."""
    apart = distances(vectors, known)
    flawed, ordinary = answers(task, vectors.shape[2])
    cell, picture = judge(apart)
    missed = functional.softplus(-cell) * flawed
    of_each = missed.sum(dim=(2, 3)) / flawed.sum(dim=(2, 3)).clamp_min(1)
    bad = flawed.any(dim=3).any(dim=2)
    found = of_each.sum() / bad.sum().clamp_min(1)
    false = (functional.softplus(cell) * ordinary).sum() / ordinary.sum().clamp_min(1)
    good = ordinary.all(dim=3).all(dim=2)
    wrong = functional.softplus(-picture) * bad + functional.softplus(picture) * good
    of_pictures = wrong.sum() / (bad | good).sum().clamp_min(1)
    out: Tensor = found + 3 * false + 0.5 * of_pictures
    return out


def check(
    heads: Sequence[PatchHead],
    tower: SightTower,
    source: Films | None,
    dice: Dice,
    lesson: Lesson,
) -> list[dict[str, float]]:
    """AUC of cells (mean of lots) and pictures of lots that no step has shown, for each head."""
    norm = PixelNorm().to(dice.device)
    cells: list[list[float]] = [[] for _ in heads]
    images: list[list[float]] = [[] for _ in heads]
    for _ in range(lesson.checks):
        task = make_task(dice, lesson, source)
        scales = scales_of(tower, norm, task.pictures)
        for k, head in enumerate(heads):
            with torch.no_grad():
                vectors = head.eval().learned(scales)
            vectors = vectors.view(lesson.lots, -1, *vectors.shape[1:])
            apart = distances(vectors, lesson.known, 100_000)
            flawed, ordinary = (a.cpu().numpy() for a in answers(task, vectors.shape[2]))
            far = apart.cpu().numpy().astype(np.float64)
            for lot in range(lesson.lots):
                known = flawed[lot] | ordinary[lot]
                cells[k].append(auc(far[lot][known], flawed[lot][known]))
                bad = flawed[lot].any(axis=(1, 2))
                sure = bad | ordinary[lot].all(axis=(1, 2))
                top = np.sort(far[lot].reshape(len(bad), -1), axis=1)
                top = top[:, -max(1, top.shape[1] // 10) :].mean(axis=1)
                images[k].append(auc(top[sure], bad[sure]))
    return [
        {"cells": float(np.nanmean(c)), "pictures": float(np.nanmean(i))}
        for c, i in zip(cells, images, strict=True)
    ]


def learn(
    heads: Sequence[PatchHead],
    tower: SightTower,
    device: torch.device,
    source: Films | None,
    lesson: Lesson,
) -> list[PatchHead]:
    """Train heads side by side, on the same pictures; what is returned is the mean of late weights.

    Raises:
        FloatingPointError: a loss is not finite.
    """
    dice = Dice(lesson.seed, device)
    norm = PixelNorm().to(device)
    tower = tower.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    tower = tower.eval().requires_grad_(False)
    judges = [Judge().to(device) for _ in heads]
    groups = [
        group
        for head, judge in zip(heads, judges, strict=True)
        for group in decay_groups(head.to(device).train(), lesson.decay, *judge.parameters())
    ]
    optimiser = torch.optim.AdamW(groups, lr=lesson.rate, betas=(0.9, 0.98))
    slow = [copy.deepcopy(head) for head in heads]
    means = [0.0] * len(heads)
    for step in range(lesson.steps):
        for group in optimiser.param_groups:
            group["lr"] = lesson.rate * eased(step, lesson.steps, 100)
        with torch.no_grad():
            task = make_task(dice, lesson, source)
        scales = scales_of(tower, norm, task.pictures)
        losses = []
        for head, judge in zip(heads, judges, strict=True):
            vectors = head.learned(scales)
            vectors = vectors.view(lesson.lots, -1, *vectors.shape[1:])
            losses.append(loss_of(judge, vectors, task, lesson.known))
        total = torch.stack(losses).sum()
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(total)
        for head in heads:
            nn.utils.clip_grad_norm_(head.parameters(), 2.0)
        optimiser.step()
        keep = min(0.998, 1 - 10 / (step + 10))
        for kept, head in zip(slow, heads, strict=True):
            for name, value in head.state_dict().items():
                into = kept.state_dict()[name]
                if value.is_floating_point():
                    into.lerp_(value, 1 - keep)
                else:
                    into.copy_(value)
        if step % 100 == 0 or step == lesson.steps - 1:
            told = [float(one.detach()) for one in losses]
            if not np.isfinite(told).all():
                raise FloatingPointError(f"loss is {told} at step {step}: lower the rate")
            means = [
                t if step == 0 else 0.7 * m + 0.3 * t for m, t in zip(means, told, strict=True)
            ]
            report(f"patches: step {step}, loss {' '.join(f'{m:.3f}' for m in means)}")
        if (step + 1) % 1000 == 0 or step == lesson.steps - 1:
            with torch.no_grad():
                found = check(slow, tower, source, Dice(lesson.seed + 1000, device), lesson)
            report(f"patches: held out {found}")
    return [head.eval() for head in slow]


def measure_around(head: PatchHead, tower: SightTower, source: Films) -> None:
    """Set what is not trained: the coarsest scale's main directions over the films' pictures.

    They count half as much as the learned numbers: what is around a patch is not the patch.
    """
    device = source.pictures.device
    norm = PixelNorm().to(device)
    parts, learned = [], []
    with torch.no_grad():
        for pictures in torch.split(source.pictures, 64):
            scales = scales_of(tower, norm, pictures.permute(0, 3, 1, 2).float() / 255)
            parts.append(scales[3])
            learned.append(head.learned(scales).std(dim=(0, 1, 2)))
        coarse = torch.cat(parts)
        head.usual.copy_(coarse.std(dim=(0, 2, 3))[:, None, None])
        flat = head.against_others(coarse).permute(0, 2, 3, 1).flatten(0, 2).double()
        mean, spread = flat.mean(dim=0), flat.std(dim=0) + 1e-6
        z = (flat - mean) / spread
        values, vectors = torch.linalg.eigh(z.T @ z / len(z))
        main = vectors[:, -AROUND:].flip(1)
        size = torch.stack(learned).mean() / values[-AROUND:].mean().sqrt()
        weight = _AROUND_WEIGHT * size * (main / spread[:, None]).T
        head.directions.weight.copy_(weight[:, :, None, None])
        head.directions.bias.copy_(-(weight @ mean))  # type: ignore[union-attr]


def fill_films(path: Path, cache: Path, data: Path | None, stories: int) -> None:
    """Write the pictures of generated films, and of clips that may be trained on, as JPEG."""
    import cv2

    from pipeline.training.movement import FIRST_STORY
    from pipeline.training.movement_items import fill_moments, load_moments, real_moments

    folder = cache / "movement"
    fill_moments(folder, FIRST_STORY, stories)
    jpegs: list[NDArray[np.uint8]] = []
    film: list[int] = []
    sets = [load_moments(folder)] + ([real_moments(data)] if data is not None else [])
    for number, moments in enumerate(sets):
        for one in np.unique(moments.films):
            rows = np.flatnonzero(moments.films == one)
            rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _A_FILM)).astype(int)]
            for row in rows:
                bgr = cv2.cvtColor(moments.pictures[row], cv2.COLOR_RGB2BGR)
                ok, made = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
                if not ok:
                    raise OSError("a picture cannot be encoded as JPEG")
                jpegs.append(np.asarray(made, np.uint8).ravel())
                film.append(number * 1_000_000 + int(one))
    sizes = np.array([len(one) for one in jpegs])
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, jpegs=np.concatenate(jpegs), sizes=sizes, film=np.array(film))


def load_films(path: Path, device: torch.device) -> Films:
    """What `fill_films` wrote."""
    import cv2

    with np.load(path) as stored:
        parts = np.split(stored["jpegs"], stored["sizes"].cumsum()[:-1])
        _, first, count = np.unique(stored["film"], return_index=True, return_counts=True)
    pictures = [cv2.cvtColor(cv2.imdecode(p, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB) for p in parts]
    return Films(
        torch.from_numpy(np.stack(pictures)).to(device),
        torch.from_numpy(first).to(device),
        torch.from_numpy(count).to(device),
    )


def load_tower(weights: Path = WEIGHTS_FILE) -> SightTower:
    """The shipped sight model's picture tower."""
    model = build_sight()
    load_strictly(model, weights, load_file)
    return tower_of(model)


def main(arguments: list[str] | None = None) -> None:
    """Make films where needed, train, write the head."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="filmed stories")
    parser.add_argument("--data", type=Path, help="folder of real sets; default: none")
    parser.add_argument("--stories", type=int, default=160)
    parser.add_argument("--steps", type=int, default=Lesson().steps)
    parser.add_argument("--lots", type=int, default=Lesson().lots)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--weights", type=Path, default=PATCHES_FILE)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    path = options.cache / _FILMS_FILE
    if not path.exists():
        fill_films(path, options.cache, options.data, options.stories)
    source = load_films(path, device)
    torch.manual_seed(options.seed)
    tower = load_tower()
    head = PatchHead(tower.trunk_widths)
    lesson = Lesson(steps=options.steps, lots=options.lots, seed=options.seed)
    (taught,) = learn([head], tower, device, source, lesson)
    measure_around(taught, tower, source)
    save_half(taught.cpu(), options.weights)


if __name__ == "__main__":
    main()
