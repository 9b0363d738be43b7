"""Whether any worker has to touch a decoding device is found once, when a site starts."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pipeline import decoding_devices
from pipeline.decoding_devices import needs_no_device, present
from pipeline.first_messages import FirstMessages
from pipeline.messages import ModelsReady
from pipeline.stores import Stores
from tests.pipeline.config.sites import site


def needs_none(wanted: str, *program: str, limit_s: float = 30.0) -> bool:
    measure = (sys.executable, *program) if program else None
    folder = Path(tempfile.gettempdir())
    return asyncio.run(needs_no_device(wanted, folder, measure=measure, limit_s=limit_s))


def test_what_the_site_asks_for_is_not_measured() -> None:
    assert needs_none("software", "-c", "raise SystemExit(1)")
    assert not needs_none("cuda", "-c", "raise SystemExit(1)")


def test_a_machine_without_devices_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding_devices, "present", list)
    monkeypatch.setattr(decoding_devices, "MEASURE", ("/no/such/program",))
    assert needs_none("auto")


@pytest.mark.parametrize(("printed", "none"), [("software", True), ("cuda", False)])
def test_what_is_measured_decides(printed: str, none: bool) -> None:
    assert needs_none("auto", "-c", f"print('{printed}')") is none


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("raise SystemExit(3)", "cannot be measured"),
        ("import time; time.sleep(60)", "do not answer"),
    ],
    ids=["a driver that crashes", "a driver that hangs"],
)
def test_a_device_that_cannot_be_measured_is_left_alone(program: str, told: str) -> None:
    with capture_logs() as said:
        assert needs_none("auto", "-c", program, limit_s=1.0 if "sleep" in program else 30.0)
    (line,) = said
    assert told in line["event"]
    assert "the processor decodes" in line["event"]


@pytest.mark.skipif(bool(present()), reason="there is a device here, which may be worth using")
def test_the_real_measurement_knows_that_there_is_none() -> None:
    assert needs_none("auto", "-m", "pipeline.measure_decoders")


@pytest.mark.parametrize(
    ("wanted", "no_device", "told"),
    [
        ("auto", True, "software"),
        # Each worker proves it: the device may be gone when it is started again.
        ("auto", False, "auto"),
        # Who asks for one gets it, or an error that says what to do.
        ("cuda", True, "cuda"),
        ("software", False, "software"),
    ],
)
def test_workers_are_told_of_no_device_that_they_do_not_need(
    wanted: str, no_device: bool, told: str
) -> None:
    cameras = "cameras: {yard: {url: images:a}}\nrules: {fire: {see: [a fire]}}\n"
    here = site(f"decoder: {wanted}\n{cameras}")
    with Stores(here.cameras) as stores:
        messages = FirstMessages(here, stores)
        messages.no_device = no_device
        assert messages.worker(["yard"], ModelsReady(None, None, "cpu")).decoder == told
