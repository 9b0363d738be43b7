"""What all processes have in common: circles of objects are freed in time."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from pipeline.process import CircleSweep


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
    sweep = CircleSweep()
    sweep.look(100.0)
    lost = weakref.ref(Knot())

    sweep.look(159.0)
    assert lost() is not None
    sweep.look(160.0)
    assert lost() is None


def test_what_has_grown_old_before_it_is_lost_is_freed_within_an_hour() -> None:
    sweep = CircleSweep()
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
