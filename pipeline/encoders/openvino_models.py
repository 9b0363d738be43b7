"""The models that OpenVINO runs, by their names. Importing this brings in no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from pipeline.encoders import embedded_names
from pipeline.encoders.compiled_sight import CompiledSight, SightFacts, SightSource, TorchSight
from pipeline.encoders.compiled_sound import CompiledSound, SoundFacts, SoundSource, TorchSound
from pipeline.encoders.movement_reading import MovementReading
from pipeline.encoders.openvino_tower import open_tower
from pipeline.encoders.running import Running, choose
from pipeline.encoders.words import unknown_words

_EMBEDDED = "embedded"
#: First convolutions of the embedded pair that int8 leaves alone. A log-mel picture's range is wide
#: at the first three; the stem and the first stages of sight lose half of all that is lost.
_KEPT_SIGHT, _KEPT_SOUND = 12, 3


def open_compiled_sight(
    name: str, running: Running, threads: int | None, models_dir: Path | None = None
) -> CompiledSight:
    """A sight model on OpenVINO: see `pipeline.encoders.open_sight`."""
    choice = choose(running, "cpu")
    if name == _EMBEDDED:
        opener = partial(_embedded, threads)
        source = SightSource(embedded_names.sight_id(), False, _KEPT_SIGHT, opener)
        movement = MovementReading.load(embedded_names.SIGHT_MOVEMENT)
        unknown: Callable[[Sequence[str]], list[str]] = partial(unknown_words, "sight")
    else:
        from pipeline.encoders.store import locate

        stored = locate(name, models_dir=models_dir)
        clip = partial(_clip, name, stored.weights, stored.model_id, threads)
        source, movement = SightSource(stored.model_id, "ViT" in name, 0, clip), None
        unknown = _none
    tower, told = open_tower(
        source, choice.precision, threads=threads, most=running.batch, cache=running.cache
    )
    facts = msgspec.convert(told, SightFacts)
    return CompiledSight(tower, choice.names(source.name), facts, source, movement, unknown)


def open_compiled_sound(
    name: str, running: Running, threads: int | None, models_dir: Path | None = None
) -> CompiledSound:
    """A sound model on OpenVINO: see `pipeline.encoders.open_sound`."""
    choice = choose(running, "cpu")
    if name == _EMBEDDED:
        opener = partial(_embedded_sound, threads)
        source = SoundSource(embedded_names.sound_id(), False, True, _KEPT_SOUND, opener)
        unknown: Callable[[Sequence[str]], list[str]] = partial(unknown_words, "sound")
    else:
        from pipeline.encoders.store import locate_sound

        stored, tokenizer = locate_sound(name, models_dir=models_dir)
        clap = partial(_clap, stored.weights, tokenizer, stored.model_id, threads)
        source, unknown = SoundSource(stored.model_id, True, False, 0, clap), _none
    tower, told = open_tower(
        source, choice.precision, threads=threads, most=running.batch, cache=running.cache
    )
    facts = msgspec.convert(told, SoundFacts)
    return CompiledSound(tower, choice.names(source.name), facts, source, unknown)


def _embedded_sound(threads: int | None) -> TorchSound:
    from pipeline.encoders.embedded_sound import load_embedded_sound

    return load_embedded_sound(threads=threads)


def _clap(weights: Path, tokenizer: Path, model_id: str, threads: int | None) -> TorchSound:
    from pipeline.encoders.clap_hub import load_clap

    return load_clap(weights, tokenizer, model_id, threads=threads)


def _embedded(threads: int | None) -> TorchSight:
    from pipeline.encoders.embedded_sight import load_embedded_sight

    return load_embedded_sight(threads=threads)


def _clip(name: str, weights: Path, model_id: str, threads: int | None) -> TorchSight:
    from pipeline.encoders.clip_hub import load_clip

    return load_clip(name, weights, model_id, threads=threads)


def _none(prompts: Sequence[str]) -> list[str]:
    del prompts
    return []
