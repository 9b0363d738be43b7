"""The supervisor's side of live pictures: who is looked at, and the newest picture of each."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from pipeline.messages import LivePicture, StoreRef
from pipeline.slots import SlotOverwritten, SlotStore

#: Room for a JPEG; the newest can be read while the next two are written.
PICTURE_BYTES, PICTURE_SLOTS = 256 << 10, 3
#: A worker makes pictures for ten seconds after it was told: it is told again in time.
_TELL_AGAIN_S = 4.0
#: Who comes back after so long looks anew: what is held is old by then.
_ANEW_S = 10.0
#: The first picture is waited for so long.
_PATIENCE_S = 2.0


class NoPicture(Exception):
    """There is no picture of a camera; the text says why."""


@dataclass(slots=True)
class _Watched:
    told_at: float = float("-inf")
    asked_at: float = float("-inf")
    began_at: float = float("-inf")
    came_at: float = float("-inf")
    newest: LivePicture | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class LivePictures:
    """Copies pictures out of the slots, and only when somebody asks. Belongs to the event loop.

    Args:
        stores: by camera, where its worker writes; cameras without one have no pictures.
        tell: told of a camera that somebody looks at, every few seconds.
        delivers: whether a camera is online: only then is its first picture waited for.
        patience_s: how long at most.
        clock: monotonic seconds; for tests.
    """

    def __init__(
        self,
        stores: Mapping[str, StoreRef],
        tell: Callable[[str], None],
        delivers: Callable[[str], bool],
        *,
        patience_s: float = _PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._refs = stores
        self._tell = tell
        self._delivers = delivers
        self._patience_s = patience_s
        self._clock = clock
        self._watched: dict[str, _Watched] = {}
        self._stores: dict[str, SlotStore] = {}

    def close(self) -> None:
        """Unmap the stores."""
        for camera in list(self._stores):
            self.forget(camera)

    def forget(self, camera: str) -> None:
        """Its slots are other ones from now on, or none."""
        self._watched.pop(camera, None)
        if (store := self._stores.pop(camera, None)) is not None:
            store.close()

    def took(self, picture: LivePicture) -> None:
        """A worker made a picture."""
        if picture.camera not in self._refs:
            return  # its last word
        watched = self._watched.setdefault(picture.camera, _Watched())
        watched.newest, watched.came_at = picture, self._clock()
        watched.arrived.set()

    async def newest(self, camera: str) -> tuple[bytes, float]:
        """The newest picture as JPEG and its time of arrival, UTC epoch seconds.

        Who is the first to look waits for it, for two seconds at most.

        Raises:
            NoPicture: there is none, and why.
        """
        if camera not in self._refs:
            raise NoPicture(f"of {camera} only the sound is used")
        watched = self._watched.setdefault(camera, _Watched())
        now = self._clock()
        if now - watched.asked_at > _ANEW_S:
            watched.began_at = now
        watched.asked_at = now
        if now - watched.told_at >= _TELL_AGAIN_S:
            watched.told_at = now
            self._tell(camera)
        if watched.came_at < watched.began_at and self._delivers(camera):
            await _another(watched, watched.began_at + self._patience_s - now)
        for last in (False, True):
            if watched.newest is None:
                break
            try:
                return self._copy(watched.newest), watched.newest.captured_at
            except SlotOverwritten:
                # Word of newer ones was dropped, or is still on its way.
                if not last:
                    await _another(watched, self._patience_s)
        raise NoPicture(f"{camera} has sent no picture yet: see its state")

    def _copy(self, picture: LivePicture) -> bytes:
        store = self._store(picture.camera)
        data = store.read(picture.slot, picture.generation, (picture.size,), np.uint8)
        return data.tobytes()

    def _store(self, camera: str) -> SlotStore:
        if camera not in self._stores:
            ref = self._refs[camera]
            opened = SlotStore(ref.fd, slots=ref.slots, slot_bytes=ref.slot_bytes)
            self._stores[camera] = opened
        return self._stores[camera]


async def _another(watched: _Watched, timeout_s: float) -> None:
    """Wait for the next picture, or until the time is over."""
    watched.arrived.clear()
    if timeout_s > 0:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(watched.arrived.wait(), timeout_s)
