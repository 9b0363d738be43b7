"""Does the sound model know alarming sounds that it was never taught, and reworded prompts?

    python -m pipeline.training.sound_check [--data DIR]

Alarming sounds made by other means (``strangers``) against generated streets and rooms, and, with
``--data``, ESC-10's fold 4 by class names and by other wordings.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders import SoundEncoder, open_sound
from pipeline.encoders.background import ordinary_sounds
from pipeline.encoders.normal_prompts import NORMAL_HEAR
from pipeline.evaluation.splits import Part
from pipeline.scene.acoustics import Samples, normal, place
from pipeline.scene.sounds import backdrop, floor, microphone, mixed
from pipeline.training.common import report
from pipeline.training.evaluation import auc
from pipeline.training.real_sound import ESC_CONCEPTS, esc_recordings
from pipeline.training.strangers import STRANGERS

#: Seeds of this check alone.
SEED = 9_000_000
#: What a rule might ask for.
ASKED: dict[str, tuple[str, ...]] = {
    "glass_breaking": ("breaking glass", "a window is smashed"),
    "siren": ("a siren", "sirens of emergency vehicles"),
    "fire_alarm": ("a fire alarm is ringing", "a smoke alarm is beeping"),
    "gunshot": ("gunshots", "somebody is shooting"),
    "scream": ("a person screaming", "people shouting and screaming"),
    "explosion": ("an explosion", "a loud blast"),
}
#: ESC-10's classes in other words, in the order of ``ESC_CONCEPTS``.
REWORDED: dict[str, tuple[str, ...]] = {
    "plurals": (
        "barking dogs", "rainfall", "waves", "babies crying", "ticking clocks", "people sneezing",
        "helicopters", "chainsaws", "roosters", "crackling fires",
    ),
    "synonyms": (
        "a dog barks", "it is raining", "the sea", "an infant cries", "the ticking of a clock",
        "somebody sneezes", "the rotor of a helicopter", "someone sawing wood", "a cock crowing",
        "burning wood",
    ),
    "sentences": (
        "a dog is barking in the distance", "we hear heavy rain falling",
        "the sound of waves crashing on the shore", "a baby is crying", "an old clock is ticking",
        "a person sneezes", "a helicopter is flying in the sky",
        "a worker is sawing wood with a chainsaw", "a rooster crows in the morning",
        "a campfire is crackling",
    ),
}  # fmt: skip


def scores(
    encoder: SoundEncoder, rows: NDArray[np.float32], prompts: tuple[str, ...]
) -> NDArray[np.float32]:
    """A rule's raw scores (n,): its prompts against the normal ones, as the detectors do it."""

    def strength(texts: tuple[str, ...]) -> NDArray[np.float32]:
        logits = encoder.logit_scale * rows @ encoder.encode_texts(texts).T
        return np.asarray(np.logaddexp.reduce(logits, axis=1), np.float32)

    out: NDArray[np.float32] = strength(prompts) - strength(NORMAL_HEAR)
    return out


def stranger(concept: str, seed: int) -> Samples:
    """An alarming sound somewhere, 0 to 12 decibels over a street or a room: float32 (240000,)."""
    rng = np.random.default_rng(seed)
    event = normal(place(rng, STRANGERS[concept](rng)))
    _, under = backdrop(rng, 5.0)
    wave = normal(mixed(event, under, float(rng.uniform(0, 12))))
    level = np.float32(10 ** (rng.uniform(-24, -2) / 20))
    return microphone(rng, wave * level + floor(rng, len(wave)))


def embed(encoder: SoundEncoder, sounds: list[Samples]) -> NDArray[np.float32]:
    """Unit rows (n, d), one sound at a time as the line does."""
    return np.concatenate([encoder.encode_sounds(one[None, :240_000]) for one in sounds])


def main(arguments: list[str] | None = None) -> None:
    """Print one line per measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the real recordings")
    parser.add_argument("--sounds", type=int, default=60, help="sounds of each concept")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    encoder = open_sound(threads=options.threads)
    quiet = ordinary_sounds(SEED, 5.0)
    ordinary = embed(encoder, [next(quiet) for _ in range(3 * options.sounds)])
    for concept, prompts in ASKED.items():
        made = [stranger(concept, SEED + k) for k in range(options.sounds)]
        rows = np.concatenate([embed(encoder, made), ordinary])
        there = np.arange(len(rows)) < len(made)
        report(f"{concept:16s} AUC {auc(scores(encoder, rows, prompts), there):.3f}")
    if options.data:
        _esc(encoder, options.data)


def _esc(encoder: SoundEncoder, data: Path) -> None:
    classes = list(ESC_CONCEPTS.values())
    clips = [r for r in esc_recordings(data, Part.TEST) if r.path.name.startswith("4-")]
    rows = embed(encoder, [clip.samples for clip in clips])
    truth = np.array([classes.index(clip.concept or "") for clip in clips])
    names = tuple(name.lower() for name in ESC_CONCEPTS)
    for how, prompts in {"class names": names, **REWORDED}.items():
        found = (rows @ encoder.encode_texts(prompts).T).argmax(axis=1)
        missed = sorted({names[k] for k in truth[found != truth]})
        report(f"ESC-10 fold 4, {how:12s} {(found == truth).mean():.3f}  missed: {missed}")


if __name__ == "__main__":
    main()
