"""The supervisor's part: sends canaries down the line, and raises an alarm where none comes out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from numpy.typing import NDArray

from pipeline.canary.card import CAMERA, canary_id, picture, sound
from pipeline.log_mel import RATE, RollingMel
from pipeline.messages import (
    CanaryCame,
    FrameReady,
    HealthEvent,
    ModelsReady,
    SoundReady,
    StoreRef,
)
from pipeline.metrics import Exporter
from pipeline.records import NS_PER_S, WHOLE_VIEW, Modality
from pipeline.slots import SlotStore

log = structlog.get_logger()

SUBJECT = "canary"
#: The first one is sent so long after the models are ready.
FIRST_S = 10.0
#: A canary gets so long to come through before two intervals without one are an alarm.
_WAY_S = 30.0
#: Canaries that may still come out: those of hours in which a sink was away.
_REMEMBERED = 1000


class CanaryNotReady(RuntimeError):
    """No canary can be sent yet; the text says why."""


class CanarySender:
    """Sends canaries and waits for them. All methods belong to the event loop's thread.

    Args:
        every_s: interval in seconds; 0: only when asked for.
        stores: where its samples go, by modality.
        send: takes samples to the encoder.
        tell: takes what people should know.
        exporter: the site's metrics.
        clock: monotonic seconds; for tests.
        wall: UTC epoch seconds; for tests.
    """

    def __init__(
        self,
        every_s: float,
        stores: dict[Modality, StoreRef],
        send: Callable[[FrameReady | SoundReady], None],
        tell: Callable[[HealthEvent], None],
        exporter: Exporter,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._every_s = every_s
        self._refs = stores
        self._send = send
        self._tell = tell
        self._exporter = exporter
        self._clock = clock
        self._wall = wall
        self._models: ModelsReady | None = None
        self._slots: dict[Modality, SlotStore] = {}
        #: Card and log-mel picture of the sound, made once: the event loop has other things to do.
        self._shown: dict[Modality, NDArray[Any]] = {}
        self._length_ns = 0
        #: When each was sent: by the wall clock, which names it, and by the monotonic one.
        self._sent: dict[float, float] = {}
        self._due = 0.0
        #: When the newest that came out was sent (monotonic); at first, when waiting began.
        self._proved_at = 0.0
        self._trouble = ""
        #: When the newest one that came out wrong was sent.
        self._wrong_at = -math.inf

    def begin(self, models: ModelsReady) -> None:
        """The models are known: canaries can be sent from now on."""
        self._models = models
        self._slots = {
            modality: SlotStore(ref.fd, slots=ref.slots, slot_bytes=ref.slot_bytes)
            for modality, ref in self._refs.items()
        }
        if models.sight is not None and Modality.VIDEO in self._slots:
            self._shown[Modality.VIDEO] = picture(models.sight.image_size)
        if models.sound is not None and Modality.AUDIO in self._slots:
            assert models.sound.front is not None
            heard = RollingMel(models.sound.front)
            self._shown[Modality.AUDIO] = heard.whole(sound(models.sound.front.window))
            self._length_ns = models.sound.front.window * NS_PER_S // RATE
        self._due = self._proved_at = self._clock() + min(FIRST_S, self._every_s)

    def close(self) -> None:
        """Let go of the shared memory."""
        self._models = None
        for slots in self._slots.values():
            slots.close()
        self._slots = {}

    def look(self) -> None:
        """Send one if it is time, and see whether the others came out. About once a second."""
        if self._models is None or not self._every_s:
            return
        now = self._clock()
        if now >= self._due:
            self._due = now + self._every_s
            self.send()
        if not self._trouble and self._missing():
            self._troubled(
                "canary_missing",
                "no test of the way from the line to the sinks came through for "
                f"{now - self._proved_at:.0f} s: alerts may not come either. Look at the "
                "processes, the outbox and the sinks",
            )

    def _missing(self) -> bool:
        limit_s = 2 * self._every_s + min(_WAY_S, self._every_s)
        return self._every_s > 0 and self._clock() - self._proved_at > limit_s

    def send(self) -> str:
        """Send one now; return the id of the alert that is to come of it.

        Raises:
            CanaryNotReady: the models are not loaded yet.
        """
        if self._models is None:
            raise CanaryNotReady("the models are being loaded: ask again in a moment")
        # Its name: no two are alike.
        sent_at = max(round(self._wall(), 6), max(self._sent, default=0.0) + 1e-6)
        self._sent[sent_at] = self._clock()
        while len(self._sent) > _REMEMBERED:
            del self._sent[next(iter(self._sent))]
        for message in self._samples(sent_at):
            self._send(message)
        return canary_id(sent_at)

    def _samples(self, sent_at: float) -> Iterator[FrameReady | SoundReady]:
        at_ns = round(sent_at * NS_PER_S)
        if (shown := self._shown.get(Modality.VIDEO)) is not None:
            slot, generation = self._slots[Modality.VIDEO].write(shown)
            height, width, _ = shown.shape
            yield FrameReady(CAMERA, WHOLE_VIEW, slot, generation, height, width, at_ns, sent_at)
        if (heard := self._shown.get(Modality.AUDIO)) is not None:
            slot, generation = self._slots[Modality.AUDIO].write(heard)
            bands, columns = heard.shape
            yield SoundReady(
                CAMERA, slot, generation, bands, columns, at_ns, self._length_ns, sent_at
            )

    def came(self, message: CanaryCame) -> None:
        """One came out, or came out wrong."""
        if message.error:
            self._wrong_at = max(self._wrong_at, message.sent_at)
            self._troubled("canary_wrong", message.error)
            return
        sent = self._sent.get(message.sent_at)
        if sent is None:
            # Of a life before this one: what it proves is past.
            return
        self._exporter.set("hearsight_canary_timestamp_seconds", message.sent_at)
        self._exporter.set("hearsight_canary_duration_seconds", self._clock() - sent)
        self._proved_at = max(self._proved_at, sent)
        # One that was sent before the trouble does not end it.
        if self._trouble and message.sent_at > self._wrong_at and not self._missing():
            self._trouble = ""
            log.info("a canary came through again")
            self._tell(HealthEvent(None, "canary_works", "", self._wall(), subject=SUBJECT))

    def _troubled(self, kind: str, why: str) -> None:
        if why == self._trouble:
            return
        self._trouble = why
        log.error("the way through the line is in doubt", reason=why)
        self._tell(HealthEvent(None, kind, why, self._wall(), subject=SUBJECT, standing=True))
