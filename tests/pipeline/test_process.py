"""What all processes have in common: what nobody needs is freed in time."""

from __future__ import annotations

import gc
import platform
import weakref
from collections.abc import Iterator

import psutil
import pytest

from pipeline.process import Sweep


class Knot:
    """An object that knows itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def seldom() -> Iterator[None]:
    """Python does not look by itself while a test runs."""
    gc.disable()
    yield
    gc.enable()


def test_a_circle_is_freed_within_a_minute() -> None:
    sweep = Sweep()
    sweep.look(100.0)
    lost = weakref.ref(Knot())

    sweep.look(159.0)
    assert lost() is not None
    sweep.look(160.0)
    assert lost() is None


def test_what_has_grown_old_before_it_is_lost_is_freed_within_an_hour() -> None:
    sweep = Sweep()
    knot = Knot()
    for minute in range(10):
        sweep.look(60.0 * minute)
    lost = weakref.ref(knot)
    del knot

    sweep.look(600.0)
    assert lost() is not None, "it is not among the young any more"
    for minute in range(11, 61):
        sweep.look(60.0 * minute)
    assert lost() is None


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others give memory back themselves")
def test_a_worker_is_not_as_large_for_ever_as_it_was_in_a_burst() -> None:
    """Large packets lie among small ones that stay, as they do in a camera's ring."""
    process, small, large = psutil.Process(), [], []
    for number in range(800):
        large.append(b"x" * (60_000 + 37 * number))
        small.append(bytearray(2_000))
    full = process.memory_info().rss
    large.clear()

    Sweep().look(0.0)

    assert full - process.memory_info().rss > 30_000_000
    assert len(small) == 800
