"""The shared memory of a site: who writes what into which slots."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Self

from pipeline.config import AudioUse, Camera
from pipeline.live_pictures import PICTURE_BYTES, PICTURE_SLOTS
from pipeline.messages import StoreRef
from pipeline.records import Modality
from pipeline.slots import SlotStore

#: Largest picture an encoder may ask for; memory is only taken where a slot is written.
_FRAME_BYTES = 512 * 512 * 3
_FRAME_SLOTS_PER_VIEW = 8
#: The largest log-mel picture a sound model may ask for: 128 bands, 1024 columns of float32.
_SOUND_BYTES = 128 * 1024 * 4
_SOUND_SLOTS = 6
_CANARY_SLOTS = 4


class Stores:
    """By camera, the slots of its frames, its sound and its live pictures; and the canary's own.

    The descriptors are made when it is entered, and closed when it is left.

    Args:
        cameras: their settings, by name.
    """

    def __init__(self, cameras: Mapping[str, Camera]) -> None:
        self._cameras = cameras
        self._open: set[int] = set()
        self.frames: dict[str, StoreRef] = {}
        self.sounds: dict[str, StoreRef] = {}
        self.lives: dict[str, StoreRef] = {}
        #: Of each sense that the site had when it was started: `pipeline.canary` writes them.
        self.canary: dict[Modality, StoreRef] = {}

    def __enter__(self) -> Self:
        for camera, settings in self._cameras.items():
            self.add(camera, settings)
        for modality, refs, size in (
            (Modality.VIDEO, self.frames, _FRAME_BYTES),
            (Modality.AUDIO, self.sounds, _SOUND_BYTES),
        ):
            if refs:
                self.canary[modality] = self._make(f"canary-{modality}", _CANARY_SLOTS, size)
        return self

    def __exit__(self, *exc: object) -> None:
        self.close(list(self._open))

    def add(self, camera: str, settings: Camera) -> None:
        """Make a camera's slots."""
        if settings.video:
            slots = _FRAME_SLOTS_PER_VIEW * (1 + len(settings.regions))
            self.frames[camera] = self._make(f"{camera}-frames", slots, _FRAME_BYTES)
            self.lives[camera] = self._make(f"{camera}-live", PICTURE_SLOTS, PICTURE_BYTES)
        if settings.audio is not AudioUse.OFF:
            self.sounds[camera] = self._make(f"{camera}-sound", _SOUND_SLOTS, _SOUND_BYTES)

    def forget(self, camera: str) -> list[int]:
        """Name a camera's slots no more; return their descriptors, for `close` in time."""
        kinds = (self.frames, self.sounds, self.lives)
        return [refs.pop(camera).fd for refs in kinds if camera in refs]

    def close(self, descriptors: Iterable[int]) -> None:
        """Close descriptors: whoever has mapped the memory keeps it."""
        for descriptor in descriptors:
            self._open.remove(descriptor)
            os.close(descriptor)

    def of_encoder(self) -> list[int]:
        """The descriptors that the encoder reads from."""
        kinds = (self.frames, self.sounds, self.canary)
        return [ref.fd for refs in kinds for ref in refs.values()]

    def of_workers(self, cameras: Iterable[str]) -> list[int]:
        """The descriptors that the worker of these cameras writes to."""
        kinds = (self.frames, self.sounds, self.lives)
        return [refs[camera].fd for refs in kinds for camera in cameras if camera in refs]

    def _make(self, name: str, slots: int, slot_bytes: int) -> StoreRef:
        fd = SlotStore.create(name, slots=slots, slot_bytes=slot_bytes)
        self._open.add(fd)
        return StoreRef(fd, slots, slot_bytes)
