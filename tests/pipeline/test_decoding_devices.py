"""Whether any worker has to touch a decoding device is found once, when a site starts."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from pipeline import decoding_devices
from pipeline.decoding_devices import DecoderUnusable, measured, needs_no_device, present
from pipeline.first_messages import FirstMessages
from pipeline.messages import ModelsReady
from pipeline.stores import Stores
from tests.pipeline.config.sites import site


def decoder(wanted: str, *program: str, limit_s: float = 30.0) -> str:
    measure = (sys.executable, *program) if program else None
    folder = Path(tempfile.gettempdir())
    return asyncio.run(measured(wanted, folder, measure=measure, limit_s=limit_s))


def needs_none(wanted: str) -> bool:
    return asyncio.run(needs_no_device(wanted, Path(tempfile.gettempdir())))


@pytest.fixture
def no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding_devices, "present", list)
    monkeypatch.setattr(decoding_devices, "MEASURE", ("/no/such/program",))


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A machine with a device: what is run to measure it."""
    monkeypatch.setattr(decoding_devices, "present", lambda: ["cuda"])

    def runs(program: str) -> None:
        monkeypatch.setattr(decoding_devices, "MEASURE", (sys.executable, "-c", program))

    return runs


def test_the_processor_is_not_measured(no_device: None) -> None:
    assert decoder("software") == decoder("auto") == "software"
    assert needs_none("software")
    assert needs_none("auto")


def test_a_device_that_the_site_asks_for_is_not_measured_at_its_start(no_device: None) -> None:
    """Who asks for one gets it, or an error of the worker's."""
    assert not needs_none("cuda")


@pytest.mark.parametrize(("printed", "none"), [("software", True), ("cuda", False)])
def test_what_is_measured_decides(
    measuring: Callable[[str], None], printed: str, none: bool
) -> None:
    measuring(f"print('{printed}')")
    assert decoder("auto") == printed
    assert needs_none("auto") is none


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("print('cuda gave no pictures'); raise SystemExit(1)", "^cuda gave no pictures$"),
        ("import os; os.abort()", "it ended with status -6"),
    ],
    ids=["one that refuses", "a driver that crashes"],
)
def test_a_device_that_cannot_be_measured_is_left_alone(
    measuring: Callable[[str], None], program: str, told: str
) -> None:
    measuring(program)
    with pytest.raises(DecoderUnusable, match=told):
        decoder("auto")
    with capture_logs() as said:
        assert needs_none("auto")
    (line,) = said
    assert "the processor decodes" in line["event"]
    assert re.search(told, line["error"])


def test_a_driver_that_hangs_is_not_waited_for() -> None:
    with pytest.raises(DecoderUnusable, match="it did not answer within 1 s"):
        decoder("auto", "-c", "import time; time.sleep(60)", limit_s=1.0)


@pytest.mark.skipif(bool(present()), reason="there is a device here, which may work")
def test_the_real_measurement_tries_it_where_a_worker_has_to_live() -> None:
    """Outside that room one may work that no worker could use."""
    assert decoder("auto", "-m", "pipeline.measure_decoders") == "software"
    with pytest.raises(DecoderUnusable, match="decoder: cuda does not work here"):
        decoder("cuda", "-m", "pipeline.measure_decoders")


def test_a_wait_that_is_given_up_leaves_no_process(tmp_path: Path) -> None:
    """Ctrl-C while a driver hangs."""
    told = tmp_path / "pid"
    program = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(60)"

    async def given_up() -> None:
        measure = (sys.executable, "-c", program)
        task = asyncio.create_task(measured("auto", tmp_path, measure=measure))
        while not (told.exists() and told.read_text()):
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(given_up())
    assert not psutil.pid_exists(int(told.read_text()))


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
