"""A device decodes only where that spares the processor something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.decoding_devices import DecoderUnusable
from pipeline.sources import hardware
from pipeline.sources.hardware import (
    SOFTWARE,
    acceleration,
    candidates,
    choose,
    cost_of,
)


def costs(**told: float | Exception) -> object:
    def measure(device: str) -> float:
        cost = told[device]
        if isinstance(cost, Exception):
            raise cost
        return cost

    return measure


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """One with an NVIDIA card and an Intel chip."""
    monkeypatch.setattr(hardware, "candidates", lambda: ["cuda", "vaapi"])


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("told", "chosen"),
    [
        ({"cuda": 0.001, "vaapi": 0.002, SOFTWARE: 0.004}, "cuda"),
        ({"cuda": 0.002, "vaapi": 0.001, SOFTWARE: 0.004}, "vaapi"),
        # What is saved is not worth a device.
        ({"cuda": 0.003, "vaapi": 0.003, SOFTWARE: 0.004}, SOFTWARE),
        ({"cuda": DecoderUnusable("no rights"), "vaapi": 0.001, SOFTWARE: 0.004}, "vaapi"),
        ({"cuda": OSError("gone"), "vaapi": OSError("gone"), SOFTWARE: 0.004}, SOFTWARE),
    ],
)
def test_the_cheapest_that_works_is_chosen(told: dict[str, float | Exception], chosen: str) -> None:
    assert choose("auto", measure=costs(**told)) == chosen  # type: ignore[arg-type]


def test_a_device_that_is_asked_for_and_does_not_work_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(DecoderUnusable, match=r"vaapi does not work here .*decoder: auto"):
        choose("vaapi", measure=costs(vaapi=OSError("no such device")))  # type: ignore[arg-type]


class Card:
    """Counts how often it is opened, and what options it is opened with."""

    def __init__(self) -> None:
        self.opened: list[dict[str, object]] = []

    def __call__(self, device: str, **told: Any) -> Any:
        card = self

        class Accel:
            def create(self, codec: Any) -> Accel:
                card.opened.append({"device": device, "codec": codec.name, **told["options"]})
                return self

        return Accel()


def test_a_card_stays_open_for_all_streams_of_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card()
    monkeypatch.setattr(hardware, "HWAccel", card)
    hardware._keep_open.cache_clear()
    try:
        assert all(acceleration("cuda") is not None for _stream in range(3))
        assert card.opened == [{"device": "cuda", "codec": "h264", "primary_ctx": "1"}]
        # Of others each stream has its own, which costs little.
        assert acceleration("vaapi") is not None
        assert len(card.opened) == 1
    finally:
        hardware._keep_open.cache_clear()


def test_a_card_that_cannot_be_opened_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "candidates", lambda: ["cuda"])
    hardware._keep_open.cache_clear()
    if Path("/dev/nvidiactl").exists():
        pytest.skip("there is a card here")
    assert choose("auto") == SOFTWARE
    with pytest.raises(DecoderUnusable, match=r"cuda does not work here"):
        choose("cuda")


def test_software_is_not_measured() -> None:
    assert choose("software", measure=costs()) == SOFTWARE  # type: ignore[arg-type]
    assert acceleration(SOFTWARE) is None


def test_only_devices_that_stand_in_the_machine_are_tried() -> None:
    assert not [device for device in candidates(lambda _path: False) if device != "videotoolbox"]
    assert "cuda" in candidates(lambda path: path == "/dev/nvidia0")


def test_the_processor_s_own_cost_is_measured_on_a_real_film() -> None:
    assert 0.0001 < cost_of(SOFTWARE, hardware._film()) < 0.5
