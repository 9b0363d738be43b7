"""The encoder's side of the shared memory: slots by camera, which come and go while it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from pipeline.messages import StoreRef
from pipeline.slots import SlotStore


class SlotsUnreachable(OSError):
    """A camera's slots cannot be opened; the text says why."""


def of_supervisor(descriptor: int) -> int:
    """Open a descriptor of the process that started this one; the caller closes it.

    What it made after our start was not inherited. Both belong to one user, so the kernel lets us
    open it by its name (proc_pid_fd(5)).

    Raises:
        OSError: it is closed, or the system hides it.
    """
    return os.open(f"/proc/{os.getppid()}/fd/{descriptor}", os.O_RDWR | os.O_CLOEXEC)


class SharedSlots(dict[str, SlotStore]):
    """Opened slots by camera.

    Args:
        inherited: those that this process was started with.
        reach: makes a descriptor of ours from one of the supervisor's; for tests.
    """

    def __init__(
        self, inherited: Mapping[str, StoreRef], *, reach: Callable[[int], int] = of_supervisor
    ) -> None:
        self._refs = dict(inherited)
        self._reach = reach
        super().__init__({camera: _opened(ref.fd, ref) for camera, ref in inherited.items()})

    def follow(self, wanted: Mapping[str, StoreRef]) -> None:
        """Open what is new, and let go of what is gone; the others stay as they are.

        Raises:
            SlotsUnreachable: one that is new cannot be opened.
        """
        for camera in self._refs.keys() - wanted.keys():
            self._drop(camera)
        for camera, ref in wanted.items():
            if self._refs.get(camera) == ref:
                continue
            if camera in self._refs:
                self._drop(camera)
            try:
                descriptor = self._reach(ref.fd)
            except OSError as error:
                raise SlotsUnreachable(
                    f"the shared memory of camera {camera} cannot be opened: {error.strerror}"
                ) from error
            try:
                self[camera] = _opened(descriptor, ref)
            finally:
                os.close(descriptor)
            self._refs[camera] = ref

    def _drop(self, camera: str) -> None:
        del self._refs[camera]
        self.pop(camera).close()


def _opened(descriptor: int, ref: StoreRef) -> SlotStore:
    return SlotStore(descriptor, slots=ref.slots, slot_bytes=ref.slot_bytes)
