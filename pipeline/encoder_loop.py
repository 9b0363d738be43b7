"""The encoder's loop: samples come in by message, wait for company, and leave as embeddings."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from pipeline.batching import Batcher
from pipeline.channel import Channel
from pipeline.encoder_lanes import Begun, EncoderLane, SightLane, SoundLane
from pipeline.encoders.base import EncoderError, SightEncoder, SoundEncoder
from pipeline.load_meter import LoadMeter
from pipeline.messages import (
    Embedded,
    EmbedTexts,
    FollowCameras,
    FrameReady,
    Heartbeat,
    SoundReady,
    StartEncoder,
    Stop,
)
from pipeline.metrics import Recorder
from pipeline.process import HEARTBEAT_S, Sweep
from pipeline.records import Modality
from pipeline.shared_slots import SharedSlots
from pipeline.text_requests import TextDesk

log = structlog.get_logger()

#: How often an answer of the texts' own thread is looked for, seconds.
_ASK_AGAIN_S = 0.02
#: Items held per batch slot before the oldest is dropped: hundreds of cameras may tick at once.
_QUEUE_BATCHES = 8
#: Embeddings of one sense wait so long (seconds) for those of the other, to wake the judge once.
_TOGETHER_S = 0.03
#: What has waited for so long (seconds), and for twice a batch's deadline, is given up, the oldest
#: first: newer pictures wait behind it.
_TOO_OLD_S = 2.0
#: How torch, cuBLAS and cuDNN say that a device has no memory left: the process can go on with
#: smaller batches. After any other error of a device nothing on it works until it is replaced.
_NO_MEMORY = ("out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED")


@dataclass(frozen=True, slots=True)
class Batches:
    """How samples of one sense are taken together.

    Args:
        size: most in one batch.
        deadline_s: how long the first waits for others, see `Batcher`.
    """

    size: int
    deadline_s: float

    def batcher(self) -> Batcher[Any]:
        """A queue of its own for a sense."""
        bound = self.size * _QUEUE_BATCHES
        return Batcher(size=self.size, deadline_s=self.deadline_s, bound=bound)


@dataclass(frozen=True, slots=True)
class _Queued:
    """A lane and what waits for it."""

    lane: EncoderLane[Any]
    batcher: Batcher[Any]


@dataclass(frozen=True, slots=True)
class _Flying:
    """A batch on its way."""

    queued: _Queued
    batch: Sequence[FrameReady | SoundReady]
    begun: Begun
    started: float


class EncoderLoop:
    """Takes samples out of slots, embeds them in batches across cameras, passes embeddings on.

    One batch is worked on by the device while the next is filled in; where the encoder works in
    this thread (torch on a CPU), each is done before the next is begun.
    """

    def __init__(
        self,
        channel: Channel,
        start: StartEncoder,
        batches: Batches,
        sight: SightEncoder | None,
        sound: SoundEncoder | None,
    ) -> None:
        self._channel = channel
        self._recorder = Recorder()
        self._progress = 0
        #: Counted with the next heartbeat: a dictionary's key for each embedding costs too much.
        self._sent = self._received = 0
        #: Embeddings that wait for those of the other sense, and since when.
        self._made, self._made_at = 0, 0.0
        self._flying: deque[_Flying] = deque()
        self._sweep = Sweep()
        self._landed_at = 0.0
        self._texts = TextDesk()
        self._queues: dict[type, _Queued] = {}
        self._encoders = {Modality.VIDEO.value: sight, Modality.AUDIO.value: sound}
        self._frames = SharedSlots(start.frames if sight is not None else {})
        self._sounds = SharedSlots(start.sounds if sound is not None else {})
        self._seeing: SightLane | None = None
        if sight is not None:
            self._seeing = SightLane(sight, self._frames, start.patches)
            self._queues[FrameReady] = _Queued(self._seeing, batches.batcher())
        if sound is not None:
            hearing = SoundLane(sound, self._sounds)
            self._queues[SoundReady] = _Queued(hearing, batches.batcher())
        stages = tuple(_stage(queued.lane) for queued in self._queues.values())
        self._too_old_s = max(_TOO_OLD_S, 2 * batches.deadline_s)
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
            message = self._channel.receive(timeout_s=self._patience_s(now, beat_at))
            while message is not None:
                if isinstance(message, Stop):
                    self._pass_on()
                    return
                if isinstance(message, (FrameReady, SoundReady)):
                    self._take_in(message)
                elif isinstance(message, EmbedTexts):
                    self._texts.ask(self._encoders.get(message.sense), message)
                elif isinstance(message, FollowCameras):
                    self._follow(message)
                message = self._channel.receive(timeout_s=0.0)
            for answer in self._texts.answers():
                self._channel.send(answer, timeout_s=1.0)
            if not self._begin_what_is_due():
                # Nothing to fill in meanwhile.
                self._land(0)
            if self._made and (not self._waiting or time.monotonic() - self._made_at > _TOGETHER_S):
                self._pass_on()

    def _follow(self, wanted: FollowCameras) -> None:
        """Take samples from these cameras from now on. Raises SlotsUnreachable."""
        # What is on its way was taken out of its slots.
        self._frames.follow(wanted.frames if self._seeing is not None else {})
        self._sounds.follow(wanted.sounds if SoundReady in self._queues else {})
        if self._seeing is not None:
            self._seeing.patched = frozenset(wanted.patches)

    @property
    def _waiting(self) -> bool:
        return any(len(queued.batcher) for queued in self._queues.values())

    def _patience_s(self, now: float, beat_at: float) -> float:
        if self._flying:
            return 0.0
        if self._waiting:
            return 0.0  # more than one batch takes
        wait_s = beat_at - now
        return min(wait_s, _ASK_AGAIN_S) if self._texts.waiting else wait_s

    def _begin_what_is_due(self) -> bool:
        begun = False
        for queued in self._queues.values():
            for _old in queued.batcher.expire(time.monotonic(), self._too_old_s):
                self._drop("too_old")
            if batch := queued.batcher.take(time.monotonic(), idle=not self._flying):
                self._begin(queued, batch)
                begun = True
        return begun

    def _take_in(self, message: FrameReady | SoundReady) -> None:
        queued = self._queues.get(type(message))
        self._received += 1
        if queued is None or message.camera not in queued.lane.cameras:
            self._drop("not_wanted")
            return
        if queued.batcher.add(message, time.monotonic()) is not None:
            self._drop("queue_full")

    def _begin(self, queued: _Queued, batch: Sequence[FrameReady | SoundReady]) -> None:
        """Start a batch; the one before it has been worked on while this was filled in."""
        started = time.monotonic()
        try:
            begun = queued.lane.begin(batch)
        except EncoderError as error:
            self._not_embedded(queued, error)
            return
        except RuntimeError as error:
            self._out_of_memory(queued, batch, error)
            return
        for _ in range(len(batch) - begun.kept):
            self._drop("overwritten")
        if begun.kept:
            self._flying.append(_Flying(queued, batch, begun, started))
            self._land(0 if begun.ready() else 1)

    def _land(self, most: int) -> None:
        """Wait until no more than so many batches are on their way; pass on what arrives."""
        while len(self._flying) > most:
            self._arrive(self._flying.popleft())

    def _arrive(self, flying: _Flying) -> None:
        lane = flying.queued.lane
        try:
            embeddings = flying.begun.finish()
        except EncoderError as error:
            self._not_embedded(flying.queued, error)
            return
        except RuntimeError as error:
            self._out_of_memory(flying.queued, flying.batch, error)
            return
        now = time.monotonic()
        # Two batches that overlap do not make a stage twice as busy.
        took = now - max(flying.started, self._landed_at)
        self._load.worked(_stage(lane), took)
        flying.queued.batcher.took(len(embeddings), took)
        self._landed_at = now
        self._recorder.observe(
            "hearsight_inference_duration_seconds", now - flying.started, model=lane.model_id
        )
        self._recorder.set("hearsight_batch_size", len(embeddings), model=lane.model_id)
        for embedding in embeddings:
            self._channel.post(Embedded(embedding))
        if not self._made:
            self._made_at = now
        self._made += len(embeddings)
        self._progress += len(embeddings)

    def _pass_on(self) -> None:
        made, self._made = self._made, 0
        lost = self._channel.flush(timeout_s=1.0)
        self._sent += made - lost
        for _ in range(lost):
            self._drop("judge_behind")

    def _not_embedded(self, queued: _Queued, error: EncoderError) -> None:
        self._recorder.count("hearsight_errors_total", stage="encoder", reason="encode")
        log.error("batch not embedded", modality=queued.lane.modality, error=str(error))

    def _out_of_memory(
        self,
        queued: _Queued,
        messages: Sequence[FrameReady | SoundReady],
        error: RuntimeError,
    ) -> None:
        if not any(words in str(error) for words in _NO_MEMORY):
            raise error
        self._land(0)
        self._recorder.count("hearsight_errors_total", stage="encoder", reason="out_of_memory")
        queued.batcher.halve()
        queued.lane.shrink(queued.batcher.size)
        log.warning("device out of memory: batches are smaller now", size=queued.batcher.size)
        if len(messages) > 1:
            while messages:
                # A part that fails too makes batches smaller still.
                size = queued.batcher.size
                self._begin(queued, messages[:size])
                self._land(0)
                messages = messages[size:]
        else:
            self._drop("out_of_memory")

    def _drop(self, reason: str) -> None:
        self._recorder.count("hearsight_dropped_total", stage="encoder", reason=reason)

    def _heartbeat(self) -> None:
        if self._received:
            self._recorder.count("hearsight_received_total", self._received, stage="encoder")
        if self._sent:
            self._recorder.count("hearsight_sent_total", self._sent, stage="encoder")
        self._received = self._sent = 0
        now = time.monotonic()
        self._sweep.look(now)
        waiting = {_stage(q.lane): q.batcher.age_s(now) for q in self._queues.values()}
        self._load.tell(self._recorder, now, waiting)
        self._channel.send(Heartbeat(self._progress, self._recorder.drain()), timeout_s=1.0)


def _stage(lane: EncoderLane[Any]) -> str:
    return f"encoder_{lane.modality}"
