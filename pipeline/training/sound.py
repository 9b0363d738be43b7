"""Train the embedded sound model.

    python -m pipeline.training.sound --out DIR --cache DIR --data DIR

``--data`` names the folder of real recordings and of the teacher (see ``real_sound`` and
``teacher``); without it the model learns from generated sounds alone. The shipped weights are of
several runs: one as above, and more from its checkpoint (``--init``) that listen to the words more
than to the teacher (``--reading 2``).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders import vocabulary
from pipeline.encoders.embedded_sound import WEIGHTS_FILE, build_sound
from pipeline.scene.concepts import NORMAL_SOUND, SOUND_CONCEPTS
from pipeline.training.align import Alignment, Still, align
from pipeline.training.augment import augment_sounds
from pipeline.training.common import Plan, Towers, draw_curve, report, save_half, start_from, train
from pipeline.training.data import (
    HELD_OUT_SEED,
    LIFELIKE_SEED,
    STORY_SEED,
    TRAIN_SEED,
    LabelledData,
)
from pipeline.training.evaluation import concept_aucs
from pipeline.training.generated import MOMENTS
from pipeline.training.grammar import phrases_of
from pipeline.training.objective import PhraseBook, PhraseSampler
from pipeline.training.sound_data import TEACHER_COLUMNS, fill_sounds, hushed, load_sounds
from pipeline.training.sound_items import SoftItem, Studio, lifelike_item, make_item, open_studio
from pipeline.training.sound_words import SOUND_PATTERNS, SOUND_TEMPLATES
from pipeline.training.story_sounds import story_sound


@lru_cache(maxsize=1)
def sound_book() -> PhraseBook:
    """Phrases and templates of sound."""
    return PhraseBook(tuple(phrases_of(SOUND_PATTERNS)), SOUND_TEMPLATES)


def lay_out(model: nn.Module) -> None:
    """Channels last: a quarter less time for a step on a CPU that multiplies in bfloat16."""
    tower: Any = model.audio_branch
    tower.body = tower.body.to(memory_format=torch.channels_last)


def towers_of(model: nn.Module) -> Towers:
    """The loop's view of a laion_clap CLAP."""
    clap: Any = model
    return Towers(model, _prepared, _items_of(clap), _texts_of(clap), clap.logit_scale_a)


def _prepared(
    mel: NDArray[np.float16], labels: NDArray[np.float32], rng: np.random.Generator | None
) -> tuple[Tensor, NDArray[np.float32]]:
    x, soft = mel.astype(np.float32), labels
    if rng is not None:
        x, soft = augment_sounds(x, soft, rng)
    return torch.from_numpy(x), hushed(soft)


def _texts_of(clap: Any) -> Callable[[list[str]], Tensor]:
    split = vocabulary.tokenizer()

    def texts(written: list[str]) -> Tensor:
        out: Tensor = clap.encode_text(split(written), "cpu")
        return out

    return texts


def _items_of(clap: Any) -> Callable[[Tensor], Tensor]:
    def items(mel: Tensor) -> Tensor:
        out: Tensor = clap.audio_projection(clap.audio_branch.features(mel))
        return out

    return items


def still_of(model: nn.Module) -> Still:
    """The alignment's view: the audio tower stays, its projection learns with the words."""
    clap: Any = model
    tower, reading = clap.audio_branch, clap.audio_projection
    texts = _texts_of(clap)
    return Still(model, tower, _prepared, tower.features, reading, texts, clap.logit_scale_a)


def embed_all(model: nn.Module, mel: NDArray[np.float16], batch: int = 64) -> NDArray[np.float32]:
    """Unit rows (n, d) of log-mel (n, 64, columns)."""
    items = _items_of(model)
    model.eval()
    with torch.inference_mode():
        parts = [
            nn.functional.normalize(
                items(torch.from_numpy(mel[i : i + batch].astype(np.float32))), dim=-1
            )
            for i in range(0, len(mel), batch)
        ]
    out: NDArray[np.float32] = torch.cat(parts).numpy()
    return out


def prompt_rows(model: nn.Module, per_concept: int = 8) -> dict[str, NDArray[np.float32]]:
    """Embeddings of a few phrases of each single concept."""
    clap: Any = model
    split = vocabulary.tokenizer()
    rows: dict[str, NDArray[np.float32]] = {}
    model.eval()
    rng = np.random.default_rng(7)
    for name in SOUND_CONCEPTS:
        own = [p.text for p in sound_book().phrases if p.any_of == (frozenset({name}),)]
        chosen = [own[i] for i in rng.permutation(len(own))[:per_concept]]
        with torch.inference_mode():
            rows[name] = nn.functional.normalize(
                clap.encode_text(split(chosen), "cpu"), dim=-1
            ).numpy()
    return rows


def check_model(model: nn.Module, held: LabelledData) -> dict[str, float]:
    """AUC of each concept on held-out sounds, and their mean."""
    rows = np.arange(len(held))
    items = embed_all(model, held.inputs(rows))
    labels = held.labels(rows)[:, : len(SOUND_CONCEPTS)]
    scores = concept_aucs(items, prompt_rows(model), labels, SOUND_CONCEPTS)
    return {"mean_auc": float(np.nanmean(list(scores.values()))), **scores}


def main(arguments: list[str] | None = None) -> None:
    """Fill the cache where needed, train or resume, write weights and curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="checkpoints and curve")
    parser.add_argument("--cache", type=Path, required=True, help="made sounds")
    parser.add_argument("--data", type=Path, help="real recordings and the teacher")
    parser.add_argument("--items", type=int, default=7424)
    parser.add_argument("--lifelike-items", type=int, default=1792)
    parser.add_argument("--story-items", type=int, default=4096)
    parser.add_argument(
        "--plain-items", type=int, default=3584, help="generated, not heard by a teacher"
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--align", type=int, default=0, help="steps of words alone, after that")
    parser.add_argument("--reading", type=float, default=40.0, help="weight of the linear reading")
    parser.add_argument("--rate", type=float, default=1.3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--phrases", type=int, default=64, help="phrases a step")
    parser.add_argument("--init", type=Path, help="start from a checkpoint's or shipped weights")
    parser.add_argument("--weights", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    sets: tuple[tuple[str, Callable[[int], SoftItem], int, int], ...] = (
        ("sound", partial(make_item, open_studio(options.data)), options.items, TRAIN_SEED),
        (
            "sound-lifelike",
            partial(lifelike_item, open_studio(options.data)),
            options.lifelike_items,
            LIFELIKE_SEED,
        ),
        ("sound-plain", partial(make_item, Studio()), options.plain_items, STORY_SEED),
        ("sound-story", story_sound, options.story_items, STORY_SEED * MOMENTS),
        ("sound-held", partial(make_item, Studio()), 512, HELD_OUT_SEED),
    )
    for name, make, count, seed in sets:
        fill_sounds(options.cache / name, make, count=count, first_seed=seed)
    torch.manual_seed(options.seed)
    model = build_sound()
    lay_out(model)
    if options.init:
        start_from(model, options.init)
    held = load_sounds(options.cache / "sound-held")
    plan = Plan(
        options.out,
        options.minutes,
        options.steps,
        batch=options.batch,
        phrases=options.phrases,
        rate=options.rate,
        seed=options.seed,
        ordinary=NORMAL_SOUND | frozenset(TEACHER_COLUMNS),
        reading=options.reading,
    )
    sounds = load_sounds(*(options.cache / name for name, *_ in sets if name != "sound-held"))
    sampler = PhraseSampler(sound_book())
    train(plan, towers_of(model), sounds, sampler, lambda: check_model(model, held))
    if options.align:
        settings = Alignment(steps=options.align)
        align(still_of(model), sounds, sampler, SOUND_CONCEPTS, NORMAL_SOUND, settings)
    report(json.dumps(check_model(model, held)))
    save_half(model, options.weights)
    draw_curve(options.out / "history.json", options.out / "curve.png")


if __name__ == "__main__":
    main()
