"""A site whose main loop hangs, or whose process is stopped, is ended and started anew."""

from __future__ import annotations

import configparser
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.chaos.service import Service
from tests.pipeline.stage import SITE

Record = Callable[[str, object], None]
HANGS = {"its loop hangs": signal.SIGUSR1, "it is stopped": signal.SIGSTOP}


def limits(project: Path) -> dict[str, float]:
    """What the unit gives a site that hangs."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(project / "deploy/hearsight.service")
    of = parser["Service"]
    return {
        "watchdog_s": float(of["WatchdogSec"].removesuffix("s")),
        "abort_s": float(of["TimeoutAbortSec"].removesuffix("s")),
        "restart_s": float(of["RestartSec"].removesuffix("s")),
    }


@pytest.fixture
def keep(stage_folder: Path) -> Iterator[Callable[..., Service]]:
    (stage_folder / "parts.json").write_text("{}")
    file = stage_folder / "site.yaml"
    file.write_text(SITE.replace("DATA", str(stage_folder / "data")))
    # As the unit's ExecStartPre does.
    check = [sys.executable, "-m", "pipeline.cli", "check", file]
    kept: list[Service] = []

    def make(**limits: float) -> Service:
        command = [sys.executable, "-m", "tests.chaos.hanging_site", stage_folder]
        kept.append(Service(command, stage_folder, before=check, **limits))
        return kept[-1]

    yield make
    for one in kept:
        one.close()


@pytest.mark.promise("fault 16")
def test_a_site_tells_its_keeper_that_its_loop_goes_round(
    keep: Callable[..., Service], stage_folder: Path
) -> None:
    """Ready once, then a sign of life a second; none while the loop hangs, though threads go on."""
    service = keep(watchdog_s=60.0, abort_s=1.0, restart_s=0.0)
    service.start()
    assert [service.listen(30.0) for _ in range(3)] == ["WATCHDOG=1"] * 3
    assert service.process is not None
    service.process.send_signal(signal.SIGUSR1)
    while service.listen(3.0) is not None:
        pass
    beats = (stage_folder / "beats").stat().st_size
    assert service.listen(1.0) is None
    assert (stage_folder / "beats").stat().st_size > beats, "a timer would have vouched for it"


@pytest.mark.promise("fault 16")
@pytest.mark.long
@pytest.mark.parametrize("hang", HANGS)
def test_a_site_that_hangs_is_replaced_within_half_a_minute(
    keep: Callable[..., Service], project: Path, hang: str, record_property: Record
) -> None:
    service = keep(**limits(project))
    service.start()
    assert service.listen(30.0) == "WATCHDOG=1"
    assert service.process is not None
    first = psutil.Process(service.process.pid)
    children = first.children(recursive=True)
    service.process.send_signal(HANGS[hang])
    took_s = service.until_replaced()
    record_property("measured", f"{hang}: ready again after {took_s:.1f} s")
    assert took_s < 30
    # Its processes have ended with it: they hear that the supervisor is gone.
    deadline = time.monotonic() + 30
    while any(child.is_running() for child in children):
        assert time.monotonic() < deadline, children
        time.sleep(0.05)
    assert "STOPPING=1" in service.stop()
