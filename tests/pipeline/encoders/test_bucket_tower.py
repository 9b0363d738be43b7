"""Batches for a device that works beside the CPU: sizes, turns, and what happens without memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

from pipeline.encoders.bucket_tower import BucketTower, sizes_up_to

SHAPE = (2, 2, 3)


class Device:
    """Works only while somebody waits for it, as late as it may: whoever hurries is found out."""

    def __init__(self, *, most: int = 1000) -> None:
        #: Items for which there is memory.
        self.most = most
        self.captured: list[int] = []
        self.released: list[int] = []
        self.started: list[tuple[int, int]] = []
        self.buffers: list[NDArray[Any]] = []
        self._waiting: list[tuple[int, int]] = []
        self._back: dict[int, NDArray[np.float32]] = {}

    def buffer(self, shape: tuple[int, ...]) -> NDArray[Any]:
        self.buffers.append(np.zeros(shape, np.uint8))
        return self.buffers[-1]

    def capture(self, size: int) -> None:
        if size > self.most:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        self.captured.append(size)

    def release(self, size: int) -> None:
        self.released.append(size)

    def start(self, turn: int, n: int, size: int) -> None:
        assert size in self.captured
        assert size not in self.released
        assert n <= size
        if size > self.most:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        self.started.append((n, size))
        self._waiting.append((turn, n))

    def done(self, turn: int) -> bool:
        return all(waits != turn for waits, _ in self._waiting)

    def rows(self, turn: int, n: int) -> NDArray[np.float32]:
        while not self.done(turn):
            at, count = self._waiting.pop(0)
            self._back[at] = means(self.buffers[at][:count])
        return self._back[turn][:n].copy()


def means(items: NDArray[Any]) -> NDArray[np.float32]:
    out: NDArray[np.float32] = items.reshape(len(items), -1).mean(axis=1, keepdims=True)
    return out.astype(np.float32)


def pictures(n: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 255, (n, *SHAPE), np.uint8)


def tower(device: Device, most: int = 8) -> BucketTower:
    return BucketTower(device, SHAPE, np.uint8, most)


@pytest.mark.parametrize(
    ("most", "sizes"), [(1, [1]), (2, [1, 2]), (8, [1, 2, 4, 8]), (20, [1, 2, 4, 8, 16, 20])]
)
def test_the_sizes_double_up_to_the_largest_batch(most: int, sizes: list[int]) -> None:
    assert sizes_up_to(most) == sizes


def test_a_batch_goes_into_the_smallest_size_that_holds_it() -> None:
    device = Device()
    running = tower(device)
    for n in (1, 3, 4, 5, 8):
        items = pictures(n)
        np.testing.assert_allclose(running.begin(items).result(), means(items))
    assert device.started == [(1, 1), (3, 4), (4, 4), (5, 8), (8, 8)]
    assert device.captured == [8, 4, 2, 1], "the largest first: the smaller share its memory"


def test_what_is_written_into_the_room_is_copied_no_further() -> None:
    device = Device()
    running = tower(device)
    for turn in (0, 1, 0):
        room = running.room(3)
        assert np.shares_memory(room, device.buffers[turn])
        room[:] = pictures(3, turn)
        np.testing.assert_allclose(running.begin(room[:2]).result(), means(pictures(3, turn)[:2]))
    assert len(device.buffers) == 2


def test_a_batch_is_filled_in_while_the_one_before_is_on_the_device() -> None:
    device = Device()
    running = tower(device)
    before = running.begin(pictures(4, 1))
    assert not before.ready
    room = running.room(2)
    room[:] = pictures(2, 2)
    after = running.begin(room)
    assert not before.ready, "nothing waited for it"
    np.testing.assert_allclose(before.result(), means(pictures(4, 1)))
    np.testing.assert_allclose(after.result(), means(pictures(2, 2)))
    assert after.ready


def test_rows_that_nobody_has_fetched_survive_a_third_batch() -> None:
    running = tower(Device())
    pending = [running.begin(pictures(2, seed)) for seed in range(4)]
    for seed, one in enumerate(pending):
        np.testing.assert_allclose(one.result(), means(pictures(2, seed)))


def test_more_than_the_largest_batch_goes_in_parts() -> None:
    device = Device()
    running = tower(device, most=4)
    room = running.room(10)
    room[:] = pictures(10)
    pending = running.begin(room)
    assert pending.ready
    np.testing.assert_allclose(pending.result(), means(pictures(10)))
    assert device.started == [(4, 4), (4, 4), (2, 2)]


def test_sizes_for_which_there_is_no_memory_at_the_start_are_left_out() -> None:
    device = Device(most=5)
    with capture_logs() as said:
        running = tower(device, most=16)
    assert running.sizes == [1, 2, 4]
    assert [line["size"] for line in said] == [16, 8]
    np.testing.assert_allclose(running.begin(pictures(11)).result(), means(pictures(11)))


def test_without_memory_for_a_single_item_it_says_so() -> None:
    with pytest.raises(RuntimeError, match="out of memory"):
        tower(Device(most=0))


def test_a_fault_other_than_memory_is_not_taken_for_one() -> None:
    class Broken(Device):
        def capture(self, size: int) -> None:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(RuntimeError, match="illegal"):
        tower(Broken())


def test_memory_that_runs_out_later_is_answered_by_smaller_batches() -> None:
    device = Device()
    running = tower(device)
    on_its_way = running.begin(pictures(2, 1))
    device.most = 3
    with pytest.raises(RuntimeError, match="out of memory"):
        running.begin(pictures(8, 2))
    np.testing.assert_allclose(on_its_way.result(), means(pictures(2, 1)))
    running.shrink(4)
    assert device.released == [8]
    with pytest.raises(RuntimeError, match="out of memory"):
        running.begin(pictures(4, 2))
    running.shrink(2)
    assert running.sizes == [1, 2]
    np.testing.assert_allclose(running.begin(pictures(8, 2)).result(), means(pictures(8, 2)))
    running.shrink(0)
    assert running.sizes == [1], "one at a time is the least"
