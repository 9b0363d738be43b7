"""The encoder process: the models' only holder. Stateless: it can be replaced at any time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from pipeline.channel import Channel, ChannelClosed
from pipeline.config import Models
from pipeline.encoder_loop import Batches, EncoderLoop
from pipeline.encoders.base import EncoderError, SightEncoder, SoundEncoder
from pipeline.encoders.running import pick_device, running_of, threads_of
from pipeline.messages import Failed, ModelInfo, ModelsReady, StartEncoder
from pipeline.process import child_main

log = structlog.get_logger()


def _prepare(
    encoder: SightEncoder | SoundEncoder, prompts: list[str], cache_dir: Path
) -> tuple[str, str, list[str]]:
    """Embed the prompts and the background; return their files and the words never met."""
    from pipeline.encoders.background import background
    from pipeline.encoders.text_cache import TextCache

    texts = TextCache(cache_dir).embed(encoder, prompts)
    stem = encoder.model_id.replace("/", "_")
    texts_path = cache_dir / f"{stem}.site-texts.npz"
    _write_atomic(texts_path, lambda f: np.savez(f, prompts=np.array(prompts), vectors=texts))
    bank = background(encoder, cache_dir)
    bank_path = cache_dir / f"{stem}.background.npy"
    _write_atomic(bank_path, lambda f: np.save(f, bank))
    return str(texts_path), str(bank_path), encoder.unknown_words(prompts)


def _write_atomic(path: Path, write: Callable[[Any], None]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        write(file)
    temporary.replace(path)


def run(channel: Channel, start: StartEncoder) -> None:
    """Load the models, say what they are, then embed until told to stop."""
    from pipeline.encoders import open_sight, open_sound

    settings = Models.model_validate_json(start.models)
    threads = threads_of(settings)
    cache_dir = Path(start.cache_dir)
    cache_dir.mkdir(parents=True, exist_ok=True)
    sight = sound = None
    sight_info = sound_info = None
    try:
        device = pick_device(settings.device)
        running = running_of(settings, device, cache_dir)
        if start.sight:
            sight = open_sight(settings.sight, device=device, threads=threads, running=running)
            texts, bank, unknown = _prepare(sight, start.see, cache_dir)
            sight_info = ModelInfo(
                sight.model_id,
                sight.dim,
                sight.logit_scale,
                sight.image_size,
                0.0,
                texts,
                bank,
                unknown,
                sight.reads_movement,
                sight.patch_id,
            )
        if start.sound:
            sound = open_sound(settings.sound, device=device, threads=threads, running=running)
            texts, bank, unknown = _prepare(sound, start.hear, cache_dir)
            sound_info = ModelInfo(
                sound.model_id,
                sound.dim,
                sound.logit_scale,
                (0, 0),
                sound.window_s,
                texts,
                bank,
                unknown,
                front=sound.front,
            )
    except EncoderError as error:
        channel.send(Failed(str(error)), timeout_s=1.0)
        return
    for info in filter(None, (sight_info, sound_info)):
        if info.unknown_words:
            log.warning(
                "the model never met these words", model=info.model_id, words=info.unknown_words
            )
    channel.send(ModelsReady(sight_info, sound_info, device), timeout_s=5.0)
    with contextlib.suppress(ChannelClosed):
        batches = Batches(running.batch, settings.deadline)
        EncoderLoop(channel, start, batches, sight, sound).run()


if __name__ == "__main__":
    child_main("encoder", StartEncoder, run)
