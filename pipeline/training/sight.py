"""Train the embedded sight model: ``python -m pipeline.training.sight --out DIR --cache DIR``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders import vocabulary
from pipeline.encoders.embedded_sight import WEIGHTS_FILE, build_sight
from pipeline.encoders.torch_common import PixelNorm
from pipeline.scene.concepts import NORMAL_SIGHT, SIGHT_CONCEPTS
from pipeline.training.augment import augment_pictures
from pipeline.training.common import Plan, Towers, draw_curve, save_half, start_from, train
from pipeline.training.data import (
    CLOSE_SEED,
    HELD_OUT_SEED,
    TRAIN_SEED,
    LabelledData,
    fill_cache,
    load_cache,
    together,
)
from pipeline.training.evaluation import concept_aucs
from pipeline.training.generated import close_item, picture_item
from pipeline.training.grammar import phrases_of
from pipeline.training.objective import PhraseBook, PhraseSampler
from pipeline.training.sight_words import SIGHT_PATTERNS, SIGHT_TEMPLATES


def sight_book() -> PhraseBook:
    """Phrases and templates of sight."""
    return PhraseBook(tuple(phrases_of(SIGHT_PATTERNS)), SIGHT_TEMPLATES)


def towers_of(model: nn.Module) -> Towers:
    """The loop's view of an open_clip CLIP."""
    clip: Any = model
    norm = PixelNorm()
    split = vocabulary.tokenizer()

    def prepare(
        pixels: NDArray[np.uint8], labels: NDArray[np.float32], rng: np.random.Generator
    ) -> tuple[Tensor, NDArray[np.float32]]:
        return norm(torch.from_numpy(augment_pictures(pixels, rng))), labels

    def texts(written: list[str]) -> Tensor:
        out: Tensor = clip.encode_text(split(written))
        return out

    return Towers(model, prepare, clip.encode_image, texts, clip.logit_scale)


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
    parser.add_argument("--items", type=int, default=14_336)
    parser.add_argument("--close-items", type=int, default=8_192)
    parser.add_argument("--close-steps", type=int, default=600, help="on close-ups alone, first")
    parser.add_argument("--processes", type=int, default=2, help="that generate pictures")
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--rate", type=float, default=1.2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--phrases", type=int, default=64, help="phrases a step")
    parser.add_argument("--reading", type=float, default=10.0, help="weight of the linear reading")
    parser.add_argument("--init", type=Path, help="start from this checkpoint's weights")
    parser.add_argument("--weights", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    sets = (
        ("sight-close", close_item, options.close_items, CLOSE_SEED),
        ("sight-held", picture_item, 512, HELD_OUT_SEED),
        ("sight", picture_item, options.items, TRAIN_SEED),
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
    close = load_cache(options.cache / "sight-close")
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
    if options.close_steps:
        first = replace(plan, out=options.out / "close", steps=options.close_steps)
        train(first, towers_of(model), close, sampler, lambda: check_model(model, held))
    both = together(load_cache(options.cache / "sight"), close)
    train(plan, towers_of(model), both, sampler, lambda: check_model(model, held))
    save_half(model, options.weights)
    draw_curve(options.out / "history.json", options.out / "curve.png")


if __name__ == "__main__":
    main()
