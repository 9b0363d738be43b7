"""Train the embedded sight model: ``python -m pipeline.training.sight --out DIR --cache DIR``.

``--init FILE --steps 0 --align 2000`` teaches new words alone to a model whose picture tower stays
as it is: no embedding of a picture changes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders import vocabulary
from pipeline.encoders.embedded_sight import WEIGHTS_FILE, build_sight
from pipeline.encoders.sight_tower import CHANNELS, SightTower
from pipeline.encoders.torch_common import PixelNorm
from pipeline.scene.concepts import NORMAL_SIGHT, SIGHT_CONCEPTS
from pipeline.training.align import Alignment, Still, align
from pipeline.training.augment import augment_pictures
from pipeline.training.common import (
    Placed,
    Plan,
    Towers,
    draw_curve,
    report,
    save_half,
    start_from,
    train,
)
from pipeline.training.data import (
    CLOSE_SEED,
    HELD_OUT_SEED,
    STORY_SEED,
    TRAIN_SEED,
    LabelledData,
    Together,
    fill_cache,
    load_cache,
    repeats,
)
from pipeline.training.evaluation import concept_aucs
from pipeline.training.generated import (
    CELLS,
    MOMENTS,
    PLACED,
    close_item,
    picture_item,
    story_item,
)
from pipeline.training.grammar import phrases_of
from pipeline.training.objective import PhraseBook, PhraseSampler
from pipeline.training.real_sight import real_pictures
from pipeline.training.sight_words import SIGHT_PATTERNS, SIGHT_TEMPLATES


@lru_cache(maxsize=1)
def sight_book() -> PhraseBook:
    """Phrases and templates of sight."""
    return PhraseBook(tuple(phrases_of(SIGHT_PATTERNS)), SIGHT_TEMPLATES)


def towers_of(model: nn.Module) -> Towers:
    """The loop's view of an open_clip CLIP with our picture tower."""
    clip: Any = model
    tower: SightTower = clip.visual
    norm = PixelNorm()

    def prepare(
        pixels: NDArray[np.uint8],
        labels: NDArray[np.float32],
        cells: NDArray[np.uint16],
        rng: np.random.Generator,
    ) -> tuple[Tensor, NDArray[np.float32], Tensor]:
        changed, moved = augment_pictures(pixels, cells[:, :CELLS], rng)
        return norm(torch.from_numpy(changed)), labels, maps_of(moved, cells[:, CELLS, 0])

    def refuse(*_: Any) -> tuple[Tensor, Any]:
        raise ValueError("pictures are trained with maps of their things: data without cells")

    def both(x: Tensor) -> tuple[Tensor, Tensor]:
        features = tower.map(x)
        return tower.pooled(features), features

    placed = Placed(PLACED, CHANNELS, prepare, both)
    texts = _texts_of(clip)
    return Towers(model, refuse, clip.encode_image, texts, clip.logit_scale, placed=placed)


def _texts_of(clip: Any) -> Callable[[list[str]], Tensor]:
    split = vocabulary.tokenizer()

    def texts(written: list[str]) -> Tensor:
        out: Tensor = clip.encode_text(split(written))
        return out

    return texts


def still_of(model: nn.Module) -> Still:
    """The alignment's view: the whole picture tower stays, and with it every embedding."""
    clip: Any = model
    norm = PixelNorm()

    def prepare(
        pixels: NDArray[np.uint8], labels: NDArray[np.float32], rng: np.random.Generator | None
    ) -> tuple[Tensor, NDArray[np.float32]]:
        if rng is not None:
            nowhere = np.zeros((len(pixels), 1, 1), np.uint16)
            pixels, _ = augment_pictures(pixels, nowhere, rng)
        return norm(torch.from_numpy(pixels)), labels

    tower, texts = clip.visual, _texts_of(clip)
    return Still(model, tower, prepare, tower, nn.Identity(), texts, clip.logit_scale)


def maps_of(cells: NDArray[np.uint16], unknown: NDArray[np.uint16]) -> Tensor:
    """Targets (n, k, 10, 10) of the tower's map: how much of its cell a thing covers.

    A cell that a thing merely touches (a quarter of it) is left open, NaN, as is everything of a
    concept in ``unknown`` (n,).
    """
    n, rows, columns = cells.shape
    bits = 1 << np.arange(len(PLACED), dtype=np.uint16)
    there = (cells[:, None] & bits[None, :, None, None]) > 0
    blocks = there.reshape(n, len(PLACED), rows // 2, 2, columns // 2, 2)
    share = blocks.mean(axis=(3, 5), dtype=np.float32)
    maps = np.where(share >= 0.5, np.float32(1), np.where(share > 0, np.float32(np.nan), share))
    maps[(unknown[:, None] & bits) > 0] = np.nan
    return torch.from_numpy(maps)


def embed_all(model: nn.Module, pixels: NDArray[np.uint8], batch: int = 64) -> NDArray[np.float32]:
    """Unit rows (n, d) of uint8 pictures (n, H, W, 3)."""
    clip: Any = model
    norm = PixelNorm()
    model.eval()
    with torch.inference_mode():
        parts = [
            nn.functional.normalize(
                clip.encode_image(norm(torch.from_numpy(pixels[i : i + batch]))).float(), dim=-1
            )
            for i in range(0, len(pixels), batch)
        ]
    out: NDArray[np.float32] = torch.cat(parts).numpy()
    return out


def prompt_rows(model: nn.Module, per_concept: int = 8) -> dict[str, NDArray[np.float32]]:
    """Embeddings of a few phrases of each single concept."""
    clip: Any = model
    split = vocabulary.tokenizer()
    rows: dict[str, NDArray[np.float32]] = {}
    model.eval()
    rng = np.random.default_rng(7)
    for name in SIGHT_CONCEPTS:
        own = [p.text for p in sight_book().phrases if p.any_of == (frozenset({name}),)]
        chosen = [own[i] for i in rng.permutation(len(own))[:per_concept]]
        with torch.inference_mode():
            rows[name] = nn.functional.normalize(clip.encode_text(split(chosen)), dim=-1).numpy()
    return rows


def check_model(model: nn.Module, held: LabelledData) -> dict[str, float]:
    """AUC of each concept on held-out pictures, and their mean."""
    rows = np.arange(len(held))
    items = embed_all(model, held.inputs(rows))
    scores = concept_aucs(items, prompt_rows(model), held.labels(rows), list(held.concepts))
    return {"mean_auc": float(np.nanmean(list(scores.values()))), **scores}


def main(arguments: list[str] | None = None) -> None:
    """Fill the cache where needed, train or resume, write weights and curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="checkpoints and curve")
    parser.add_argument("--cache", type=Path, required=True, help="generated pictures")
    parser.add_argument("--data", type=Path, help="folder of real sets; default: none")
    parser.add_argument("--real-times", type=int, default=4, help="how often a real picture counts")
    parser.add_argument(
        "--share", type=float, default=0.25, help="no kind of thing is in fewer of the pictures"
    )
    parser.add_argument("--items", type=int, default=40_960)
    parser.add_argument("--close-items", type=int, default=12_288)
    parser.add_argument("--story-items", type=int, default=8_192)
    parser.add_argument("--processes", type=int, default=2, help="that generate pictures")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=1.2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--phrases", type=int, default=64, help="phrases a step")
    parser.add_argument("--reading", type=float, default=10.0, help="weight of the linear reading")
    parser.add_argument("--align", type=int, default=0, help="steps of words alone, after that")
    parser.add_argument("--align-items", type=int, default=20_480, help="pictures for these steps")
    parser.add_argument("--init", type=Path, help="start from a checkpoint's or shipped weights")
    parser.add_argument("--weights", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    sets = (
        ("sight-close", close_item, options.close_items, CLOSE_SEED),
        ("sight-held", picture_item, 1024, HELD_OUT_SEED),
        ("sight", picture_item, options.items, TRAIN_SEED),
        ("sight-story", story_item, options.story_items, STORY_SEED * MOMENTS),
    )
    for name, make, count, seed in sets:
        fill_cache(
            options.cache / name,
            make,
            SIGHT_CONCEPTS,
            count=count,
            first_seed=seed,
            processes=options.processes,
        )
    torch.manual_seed(options.seed)
    model = build_sight().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if options.init:
        start_from(model, options.init)
    held = load_cache(options.cache / "sight-held")
    plan = Plan(
        options.out,
        options.minutes,
        options.steps,
        phrases=options.phrases,
        reading=options.reading,
        rate=options.rate,
        seed=options.seed,
        ordinary=NORMAL_SIGHT,
    )
    sampler = PhraseSampler(sight_book())
    generated = [load_cache(options.cache / name) for name, *_ in sets if name != "sight-held"]
    parts: list[tuple[LabelledData, int | NDArray[np.int64]]] = [
        (part, repeats(part, PLACED, options.share)) for part in generated
    ]
    if options.data:
        parts.append((real_pictures(options.data, SIGHT_CONCEPTS), options.real_times))
    pictures = Together(parts)
    train(plan, towers_of(model), pictures, sampler, lambda: check_model(model, held))
    if options.align:
        settings = Alignment(steps=options.align, items=options.align_items)
        align(still_of(model), pictures, sampler, SIGHT_CONCEPTS, NORMAL_SIGHT, settings)
        report(json.dumps(check_model(model, held)))
    save_half(model, options.weights)
    draw_curve(options.out / "history.json", options.out / "curve.png")


if __name__ == "__main__":
    main()
