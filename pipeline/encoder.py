"""The encoder process: the models' only holder. Stateless: it can be replaced at any time."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from pipeline.batching import Batcher
from pipeline.channel import Channel, ChannelClosed
from pipeline.config import Models
from pipeline.encoder_lanes import EncoderLane, SightLane, SoundLane
from pipeline.encoders.base import EncoderError, SightEncoder, SoundEncoder
from pipeline.encoders.running import pick_device, running_of
from pipeline.load_meter import LoadMeter
from pipeline.messages import (
    Embedded,
    EmbedTexts,
    Failed,
    FrameReady,
    Heartbeat,
    ModelInfo,
    ModelsReady,
    SoundReady,
    StartEncoder,
    Stop,
    StoreRef,
)
from pipeline.metrics import Recorder
from pipeline.process import HEARTBEAT_S, child_main
from pipeline.records import Modality
from pipeline.slots import SlotOverwritten, SlotStore
from pipeline.text_requests import embed_texts

log = structlog.get_logger()

#: Items held per batch slot before the oldest is dropped.
_QUEUE_BATCHES = 4
#: What has waited for so long (seconds), and for twice a batch's deadline, is given up, the oldest
#: first: newer pictures wait behind it.
_TOO_OLD_S = 2.0


@dataclass(frozen=True, slots=True)
class _Queued:
    """A lane and what waits for it."""

    lane: EncoderLane[Any]
    batcher: Batcher[Any]


class EncoderLoop:
    """Takes samples out of slots, embeds them in batches across cameras, passes embeddings on."""

    def __init__(
        self,
        channel: Channel,
        start: StartEncoder,
        settings: Models,
        sight: SightEncoder | None,
        sound: SoundEncoder | None,
    ) -> None:
        self._channel = channel
        self._recorder = Recorder()
        self._progress = 0
        self._queues: dict[type, _Queued] = {}
        self._encoders = {Modality.VIDEO.value: sight, Modality.AUDIO.value: sound}
        if sight is not None:
            lane = SightLane(sight, _open_stores(start.frames), start.patches)
            self._queues[FrameReady] = _Queued(lane, _batcher(settings))
        if sound is not None:
            hearing = SoundLane(sound, _open_stores(start.sounds))
            self._queues[SoundReady] = _Queued(hearing, _batcher(settings))
        stages = tuple(_stage(queued.lane) for queued in self._queues.values())
        self._too_old_s = max(_TOO_OLD_S, 2 * settings.deadline)
        self._load = LoadMeter(stages, time.monotonic())

    def run(self) -> None:
        """Work until told to stop.

        Raises:
            ChannelClosed: the supervisor is gone.
        """
        beat_at = 0.0
        while True:
            now = time.monotonic()
            if now >= beat_at:
                self._heartbeat()
                beat_at = now + HEARTBEAT_S
            due = [w for q in self._queues.values() if (w := q.batcher.wait_s(now)) is not None]
            message = self._channel.receive(timeout_s=min([beat_at - now, *due]))
            while message is not None:
                if isinstance(message, Stop):
                    return
                if isinstance(message, (FrameReady, SoundReady)):
                    self._take_in(message)
                elif isinstance(message, EmbedTexts):
                    answer = embed_texts(self._encoders.get(message.sense), message)
                    self._channel.send(answer, timeout_s=1.0)
                message = self._channel.receive(timeout_s=0.0)
            for queued in self._queues.values():
                for _old in queued.batcher.expire(time.monotonic(), self._too_old_s):
                    self._drop("too_old")
                if batch := queued.batcher.take(time.monotonic()):
                    self._embed(queued, batch)

    def _take_in(self, message: FrameReady | SoundReady) -> None:
        queued = self._queues.get(type(message))
        self._recorder.count("hearsight_received_total", stage="encoder")
        if queued is None or message.camera not in queued.lane.cameras:
            self._drop("not_wanted")
            return
        if queued.batcher.add(message, time.monotonic()) is not None:
            self._drop("queue_full")

    def _embed(self, queued: _Queued, batch: Sequence[FrameReady | SoundReady]) -> None:
        lane = queued.lane
        messages, samples = [], []
        for message in batch:
            try:
                samples.append(lane.load(message))
                messages.append(message)
            except SlotOverwritten:
                self._drop("overwritten")
        if not samples:
            return
        started = time.monotonic()
        try:
            embeddings = lane.embed(messages, np.stack(samples))
        except EncoderError as error:
            self._recorder.count("hearsight_errors_total", stage="encoder", reason="encode")
            log.error("batch not embedded", modality=lane.modality, error=str(error))
            return
        except RuntimeError as error:
            if "out of memory" not in str(error):
                raise
            self._out_of_memory(queued, messages)
            return
        took = time.monotonic() - started
        self._load.worked(_stage(lane), took)
        queued.batcher.took(len(samples), took)
        self._recorder.observe("hearsight_inference_duration_seconds", took, model=lane.model_id)
        self._recorder.set("hearsight_batch_size", len(samples), model=lane.model_id)
        for embedding in embeddings:
            self._progress += 1
            if self._channel.send(Embedded(embedding), timeout_s=1.0):
                self._recorder.count("hearsight_sent_total", stage="encoder")
            else:
                self._drop("judge_behind")

    def _out_of_memory(self, queued: _Queued, messages: Sequence[FrameReady | SoundReady]) -> None:
        import torch

        self._recorder.count("hearsight_errors_total", stage="encoder", reason="out_of_memory")
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        queued.batcher.halve()
        log.warning("device out of memory: batches are smaller now", size=queued.batcher.size)
        if len(messages) > 1:
            while messages:
                # A part that fails too makes batches smaller still.
                size = queued.batcher.size
                self._embed(queued, messages[:size])
                messages = messages[size:]
        else:
            self._drop("out_of_memory")

    def _drop(self, reason: str) -> None:
        self._recorder.count("hearsight_dropped_total", stage="encoder", reason=reason)

    def _heartbeat(self) -> None:
        now = time.monotonic()
        waiting = {_stage(q.lane): q.batcher.age_s(now) for q in self._queues.values()}
        self._load.tell(self._recorder, now, waiting)
        self._channel.send(Heartbeat(self._progress, self._recorder.drain()), timeout_s=1.0)


def _stage(lane: EncoderLane[Any]) -> str:
    return f"encoder_{lane.modality}"


def _batcher(settings: Models) -> Batcher[Any]:
    return Batcher(
        size=settings.batch, deadline_s=settings.deadline, bound=settings.batch * _QUEUE_BATCHES
    )


def _open_stores(refs: dict[str, StoreRef]) -> dict[str, SlotStore]:
    return {
        camera: SlotStore(ref.fd, slots=ref.slots, slot_bytes=ref.slot_bytes)
        for camera, ref in refs.items()
    }


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
    threads = settings.threads or max(1, (os.cpu_count() or 2) - 1)
    cache_dir = Path(start.cache_dir)
    cache_dir.mkdir(parents=True, exist_ok=True)
    sight = sound = None
    sight_info = sound_info = None
    try:
        device = pick_device(settings.device)
        if start.sight:
            running = running_of(settings, cache_dir)
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
            sound = open_sound(settings.sound, device=device, threads=threads)
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
        EncoderLoop(channel, start, settings, sight, sound).run()


if __name__ == "__main__":
    child_main("encoder", StartEncoder, run)
