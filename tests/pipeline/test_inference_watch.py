"""People are told when nothing is embedded, when it is again, and when it is on another device."""

from __future__ import annotations

import pytest

from pipeline.inference_watch import RESTARTS, SILENCE_S, InferenceWatch
from pipeline.messages import HealthEvent


class Encoder:
    """Its ends and starts, and what is told of them."""

    def __init__(self) -> None:
        self.told: list[HealthEvent] = []
        self.watch = InferenceWatch(self.told.append, wall=lambda: 1e9)

    def news(self) -> list[tuple[str, str, bool]]:
        told = [(event.kind, event.subject, event.standing) for event in self.told]
        self.told.clear()
        return told


@pytest.mark.promise("fault 18", "fault 19")
def test_an_end_is_told_at_once_and_the_next_start_ends_it() -> None:
    encoder = Encoder()
    encoder.watch.ready("cuda")
    assert encoder.news() == []
    encoder.watch.ended("killed by signal 9", 0.3)
    encoder.watch.ended("killed by signal 9", 0.6)
    assert encoder.news() == [("no_inference", "inference", True)] * 2
    encoder.watch.ready("cuda")
    encoder.watch.ready("cuda")
    assert encoder.news() == [("inference_works", "inference", False)]


@pytest.mark.promise("fault 19")
def test_one_that_is_let_rest_is_told_with_what_to_do() -> None:
    encoder = Encoder()
    encoder.watch.ready("cuda")
    encoder.watch.ended("CUDA error: unknown error", 540.0)
    (event,) = encoder.told
    assert event.detail == (
        "CUDA error: unknown error; it ended too often, and is tried again in 9 minutes: look at "
        "the device (nvidia-smi, dmesg), then restart"
    )
    assert RESTARTS == (5, 600.0)
    assert SILENCE_S < 30


@pytest.mark.promise("fault 19")
def test_a_device_that_is_lost_is_told_though_the_processor_does_its_work() -> None:
    encoder = Encoder()
    encoder.watch.ready("cuda")
    encoder.watch.ended("CUDA error: no CUDA-capable device is detected", 0.3)
    encoder.news()
    encoder.watch.ready("cpu")
    assert "run on cpu now, and ran on cuda before: look at the device" in encoder.told[-1].detail
    assert encoder.news() == [
        ("inference_works", "inference", False),
        ("device_lost", "device", True),
    ]
    encoder.watch.ready("cuda")
    assert encoder.news() == [("device_back", "device", False)]
