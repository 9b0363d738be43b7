"""What pictures and sounds of one camera go to the encoder as: memory that is shared, and word."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.config import AudioUse, Camera
from pipeline.gate import repeated
from pipeline.ingest.outlet import Outlet
from pipeline.log_mel import MelFront, RollingMel
from pipeline.messages import CameraPlan, FrameReady, NothingHappened, SoundReady, StoreRef
from pipeline.records import NS_PER_S, WHOLE_VIEW, AudioChunk, Modality, Quiet
from pipeline.slots import SlotStore
from pipeline.sources import SAMPLE_RATE, Held, Picture

#: A file read as fast as possible waits so long for the line before it drops a sample.
_FAST_PATIENCE_S = 10.0


class SampleWriter:
    """Writes samples into shared memory and says where they are.

    Args:
        plan: the camera as the supervisor describes it.
        settings: the same camera's, read.
        outlet: where word of them goes.
    """

    def __init__(self, plan: CameraPlan, settings: Camera, outlet: Outlet) -> None:
        self._plan = plan
        self._settings = settings
        self._outlet = outlet
        #: Whether pictures are looked at.
        self.shows = settings.video and plan.frames is not None and min(plan.frame_size) > 0
        #: What the sound model takes; None: nothing is listened to.
        self.front: MelFront | None = None
        if settings.audio is not AudioUse.OFF and plan.sounds is not None:
            self.front = plan.sound_front
        self._frames = open_store(plan.frames) if self.shows else None
        self._sounds = open_store(plan.sounds) if self.front is not None else None
        self._mel = RollingMel(self.front) if self.front is not None else None
        #: Seconds that a sample waits for the line before it is dropped.
        self.patience_s = _FAST_PATIENCE_S if settings.plays_fast else 0.0
        #: Width over height of the whole picture; 0 while it is not known.
        self.aspect = 0.0

    def picture(self, picture: Picture) -> None:
        """Hand on every view of a picture."""
        assert self._frames is not None
        for view, pixels in picture.views.items():
            slot, generation = self._frames.write(pixels)
            message = FrameReady(
                self._plan.camera,
                view,
                slot,
                generation,
                pixels.shape[0],
                pixels.shape[1],
                picture.pts_ns,
                picture.captured_at,
                _bytes_of(picture.movement.get(view)),
                _bytes_of(picture.change.get(view)) if self._plan.change else b"",
                aspect=self._aspect_of(view),
            )
            self._outlet.sample(message, patience_s=self.patience_s)

    def held(self, held: Held) -> None:
        """Say of every view that its last picture stands."""
        for view in (WHOLE_VIEW, *self._settings.regions):
            self.quiet(
                Quiet(
                    self._plan.camera,
                    view,
                    Modality.VIDEO,
                    held.pts_ns,
                    held.end_ns,
                    held.captured_at,
                )
            )

    def quiet(self, quiet: Quiet) -> None:
        """Say that nothing happened for a while."""
        self._outlet.sample(NothingHappened(quiet), patience_s=self.patience_s)

    def sound(self, chunk: AudioChunk) -> None:
        """Hand on a window of sound, as the log-mel picture that the model looks at."""
        assert self._sounds is not None
        assert self._mel is not None
        front = self._mel.front
        if chunk.samples.size == front.window:
            mel = self._mel.window(chunk.samples, chunk.end)
        else:
            mel = self._mel.whole(repeated(chunk.samples, front.window))
        slot, generation = self._sounds.write(mel)
        message = SoundReady(
            self._plan.camera,
            slot,
            generation,
            front.bands,
            front.columns,
            chunk.pts_ns,
            chunk.samples.size * NS_PER_S // SAMPLE_RATE,
            chunk.captured_at,
        )
        self._outlet.sample(message, patience_s=self.patience_s)

    def _aspect_of(self, view: str) -> float:
        region = self._settings.regions.get(view)
        return self.aspect * (region.width / region.height if region is not None else 1.0)


def open_store(ref: StoreRef | None) -> SlotStore | None:
    """The shared memory that a message names; None for none."""
    return None if ref is None else SlotStore(ref.fd, slots=ref.slots, slot_bytes=ref.slot_bytes)


def _bytes_of(told: NDArray[np.float32] | None) -> bytes:
    return b"" if told is None else told.tobytes()
