"""The encoder's side of the shared memory, while cameras come and go."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from pipeline.config import Camera
from pipeline.messages import StoreRef
from pipeline.shared_slots import SharedSlots, SlotsUnreachable, of_supervisor
from pipeline.slots import SlotStore
from pipeline.stores import Stores

CAMERA = Camera.model_validate({"url": "rtsp://camera/yard"})
PICTURE = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)


@pytest.fixture
def stores() -> Iterator[Stores]:
    with Stores({"yard": CAMERA, "gate": CAMERA}) as stores:
        yield stores


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def write(ref: StoreRef) -> tuple[int, int]:
    with SlotStore(ref.fd, slots=ref.slots, slot_bytes=ref.slot_bytes) as store:
        return store.write(PICTURE)


def test_what_is_new_is_opened_and_what_stays_is_left_alone(stores: Stores) -> None:
    slots = SharedSlots(stores.frames, reach=os.dup)
    yard = slots["yard"]
    gone = stores.forget("gate")
    stores.add("hall", CAMERA)

    slots.follow(stores.frames)
    stores.close(gone)

    assert set(slots) == {"yard", "hall"}
    assert slots["yard"] is yard
    slot, generation = write(stores.frames["hall"])
    assert (slots["hall"].read(slot, generation, (2, 2, 3), np.uint8) == PICTURE).all()


def test_a_camera_that_got_other_slots_is_read_from_them(stores: Stores) -> None:
    slots = SharedSlots(stores.frames, reach=os.dup)
    old = stores.forget("yard")
    stores.add("yard", CAMERA)
    slots.follow(stores.frames)
    stores.close(old)

    slot, generation = write(stores.frames["yard"])

    assert (slots["yard"].read(slot, generation, (2, 2, 3), np.uint8) == PICTURE).all()


def test_no_descriptor_stays_behind(stores: Stores) -> None:
    before = descriptors()
    slots = SharedSlots({}, reach=os.dup)

    slots.follow(stores.frames)
    slots.follow({})

    assert not slots
    assert descriptors() == before


def test_slots_that_cannot_be_reached_are_named(stores: Stores) -> None:
    with pytest.raises(SlotsUnreachable, match="camera yard cannot be opened: Bad file"):
        SharedSlots({}, reach=lambda _fd: os.dup(9999)).follow(stores.frames)


def test_a_child_reaches_what_its_parent_made_after_its_start() -> None:
    code = (
        "import sys; from pipeline.shared_slots import of_supervisor; import os; "
        "fd = of_supervisor(int(sys.stdin.readline())); print(os.pread(fd, 5, 0).decode())"
    )
    command = [sys.executable, "-c", code]
    with ExitStack() as stack:
        child = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        late = os.memfd_create("late")
        stack.callback(os.close, late)
        os.pwrite(late, b"hello", 0)
        assert child.communicate(f"{late}\n", timeout=60)[0] == "hello\n"
    with pytest.raises(OSError, match="No such file"):
        of_supervisor(99_999)
