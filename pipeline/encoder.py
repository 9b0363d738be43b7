"""The encoder process: the models' only holder. Stateless: it can be replaced at any time."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from pipeline.batching import Batcher
from pipeline.channel import Channel, ChannelClosed
from pipeline.config import Models
from pipeline.encoders.base import EncoderError, SightEncoder, SoundEncoder
from pipeline.messages import (
    Embedded,
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
from pipeline.movement import UNKNOWN
from pipeline.process import HEARTBEAT_S, child_main
from pipeline.records import WHOLE_VIEW, Embedding, Modality
from pipeline.slots import SlotOverwritten, SlotStore
from pipeline.thumbnails import ThumbnailPicker, small_jpeg

log = structlog.get_logger()

#: Items held per batch slot before the oldest is dropped.
_QUEUE_BATCHES = 4

Item = TypeVar("Item", FrameReady, SoundReady)


@dataclass(frozen=True, slots=True)
class _Lane(Generic[Item]):
    """One modality's way through the encoder."""

    modality: Modality
    model_id: str
    batcher: Batcher[Item]
    stores: dict[str, SlotStore]
    encode: Callable[[NDArray[Any]], NDArray[np.float32]]
    load: Callable[[SlotStore, Item], NDArray[Any]]
    #: What the messages tell beside their samples, put to the vectors.
    add: Callable[[NDArray[np.float32], Sequence[Item]], NDArray[np.float32]] | None = None


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
        self._thumbnails = ThumbnailPicker()
        self._lanes: dict[type, _Lane[Any]] = {}
        if sight is not None:
            self._lanes[FrameReady] = _Lane(
                Modality.VIDEO,
                sight.model_id,
                _batcher(settings),
                _open_stores(start.frames),
                sight.encode_images,
                _load_frame,
                partial(_add_movement, sight) if sight.reads_movement else None,
            )
        if sound is not None:
            self._lanes[SoundReady] = _Lane(
                Modality.AUDIO,
                sound.model_id,
                _batcher(settings),
                _open_stores(start.sounds),
                sound.encode_sounds,
                _load_sound,
            )

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
            due = [
                w for lane in self._lanes.values() if (w := lane.batcher.wait_s(now)) is not None
            ]
            message = self._channel.receive(timeout_s=min([beat_at - now, *due]))
            while message is not None:
                if isinstance(message, Stop):
                    return
                if isinstance(message, (FrameReady, SoundReady)):
                    self._take_in(message)
                message = self._channel.receive(timeout_s=0.0)
            for lane in self._lanes.values():
                if batch := lane.batcher.take(time.monotonic()):
                    self._embed(lane, batch)

    def _take_in(self, message: FrameReady | SoundReady) -> None:
        lane = self._lanes.get(type(message))
        self._recorder.count("hearsight_received_total", stage="encoder")
        if lane is None or message.camera not in lane.stores:
            self._drop("not_wanted")
            return
        if lane.batcher.add(message, time.monotonic()) is not None:
            self._drop("queue_full")

    def _embed(self, lane: _Lane[Any], batch: Sequence[FrameReady | SoundReady]) -> None:
        samples, arrays = [], []
        for message in batch:
            try:
                arrays.append(lane.load(lane.stores[message.camera], message))
                samples.append(message)
            except SlotOverwritten:
                self._drop("overwritten")
        if not arrays:
            return
        started = time.monotonic()
        try:
            vectors = lane.encode(np.stack(arrays))
            if lane.add is not None:
                vectors = lane.add(vectors, samples)
        except EncoderError as error:
            self._recorder.count("hearsight_errors_total", stage="encoder", reason="encode")
            log.error("batch not embedded", modality=lane.modality, error=str(error))
            return
        except RuntimeError as error:
            if "out of memory" not in str(error):
                raise
            self._out_of_memory(lane, samples)
            return
        self._recorder.observe(
            "hearsight_inference_duration_seconds", time.monotonic() - started, model=lane.model_id
        )
        self._recorder.set("hearsight_batch_size", len(arrays), model=lane.model_id)
        for message, vector, sample in zip(samples, vectors, arrays, strict=True):
            self._pass_on(lane, message, vector, self._thumbnail(message, vector, sample))

    def _thumbnail(
        self,
        message: FrameReady | SoundReady,
        vector: NDArray[np.float32],
        sample: NDArray[Any],
    ) -> bytes:
        if not isinstance(message, FrameReady):
            return b""
        wanted = self._thumbnails.wanted(message.camera, message.view, message.pts_ns, vector)
        return small_jpeg(sample, message.aspect) if wanted else b""

    def _pass_on(
        self,
        lane: _Lane[Any],
        message: FrameReady | SoundReady,
        vector: NDArray[np.float32],
        thumbnail: bytes,
    ) -> None:
        embedding = Embedding(
            camera=message.camera,
            view=message.view if isinstance(message, FrameReady) else WHOLE_VIEW,
            modality=lane.modality,
            model=lane.model_id,
            pts_ns=message.pts_ns,
            duration_ns=message.duration_ns if isinstance(message, SoundReady) else 0,
            captured_at=message.captured_at,
            vector=vector,
            thumbnail=thumbnail,
        )
        self._progress += 1
        if self._channel.send(Embedded(embedding), timeout_s=1.0):
            self._recorder.count("hearsight_sent_total", stage="encoder")
        else:
            self._drop("judge_behind")

    def _out_of_memory(self, lane: _Lane[Any], samples: Sequence[FrameReady | SoundReady]) -> None:
        import torch

        self._recorder.count("hearsight_errors_total", stage="encoder", reason="out_of_memory")
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        lane.batcher.halve()
        log.warning("device out of memory: batches are smaller now", size=lane.batcher.size)
        if len(samples) > 1:
            while samples:
                # A part that fails too makes batches smaller still.
                size = lane.batcher.size
                self._embed(lane, samples[:size])
                samples = samples[size:]
        else:
            self._drop("out_of_memory")

    def _drop(self, reason: str) -> None:
        self._recorder.count("hearsight_dropped_total", stage="encoder", reason=reason)

    def _heartbeat(self) -> None:
        self._channel.send(Heartbeat(self._progress, self._recorder.drain()), timeout_s=1.0)


def _batcher(settings: Models) -> Batcher[Any]:
    return Batcher(
        size=settings.batch, deadline_s=settings.deadline, bound=settings.batch * _QUEUE_BATCHES
    )


def _open_stores(refs: dict[str, StoreRef]) -> dict[str, SlotStore]:
    return {
        camera: SlotStore(ref.fd, slots=ref.slots, slot_bytes=ref.slot_bytes)
        for camera, ref in refs.items()
    }


def _load_frame(store: SlotStore, message: FrameReady) -> NDArray[np.uint8]:
    shape = (message.height, message.width, 3)
    return store.read(message.slot, message.generation, shape, np.uint8).view(np.uint8)


def _add_movement(
    sight: SightEncoder, rows: NDArray[np.float32], messages: Sequence[FrameReady]
) -> NDArray[np.float32]:
    told = [np.frombuffer(m.movement, np.float32) if m.movement else UNKNOWN for m in messages]
    return sight.with_movement(rows, np.stack(told))


def _load_sound(store: SlotStore, message: SoundReady) -> NDArray[np.float32]:
    shape = (message.samples,)
    return store.read(message.slot, message.generation, shape, np.float32).view(np.float32)


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


def pick_device(wanted: str) -> str:
    """Return ``cpu`` or ``cuda`` for a site's ``device``.

    Raises:
        EncoderError: CUDA is asked for and not there.
    """
    import torch

    if wanted == "cpu":
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise EncoderError("device: cuda, but no CUDA device is usable: write auto or cpu")
    return "cpu"


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
            sight = open_sight(settings.sight, device=device, threads=threads)
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
