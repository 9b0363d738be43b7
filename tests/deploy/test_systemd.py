"""The systemd unit is one that systemd takes, and a hardened one."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed: apt install systemd",
)


@pytest.fixture(params=["hearsight.service", "hearsight-console.service"])
def unit(project: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A unit, with the program it names made to exist."""
    program = tmp_path / "hearsight"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = (project / "deploy" / request.param).read_text()
    assert "/opt/hearsight/bin/hearsight" in text
    copy = tmp_path / request.param
    copy.write_text(text.replace("/opt/hearsight/bin/hearsight", str(program)))
    return copy


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.integration
@needs_systemd
def test_systemd_accepts_the_unit_without_a_word(unit: Path) -> None:
    result = analyze("verify", "--man=no", str(unit))

    assert (result.returncode, result.stderr.strip()) == (0, "")


@pytest.mark.integration
@needs_systemd
def test_systemd_would_notice_a_unit_that_names_no_program(unit: Path) -> None:
    unit.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/nowhere/hearsight", unit.read_text()))

    assert analyze("verify", "--man=no", str(unit)).returncode != 0


@pytest.mark.integration
@needs_systemd
def test_the_service_is_exposed_to_little(unit: Path) -> None:
    result = analyze("security", "--offline=yes", "--threshold=25", str(unit))

    # systemd's scale: below 2.5 of 10 is "OK".
    assert result.returncode == 0, result.stdout[-500:] + result.stderr


def test_the_unit_checks_the_site_file_that_it_then_runs(project: Path) -> None:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(project / "deploy/hearsight.service")
    service = parser["Service"]

    assert service["Type"] == "notify"
    assert service["DynamicUser"] == "yes"
    assert service["StateDirectory"] == "hearsight"
    assert service["Restart"] == "on-failure"
    check, run = service["ExecStartPre"].split(), service["ExecStart"].split()
    assert (check[0], check[1], check[2]) == (run[0], "check", run[2])
    assert run[1] == "run"


@pytest.mark.promise("fault 16")
def test_a_site_that_hangs_is_started_again_within_half_a_minute(project: Path) -> None:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(project / "deploy/hearsight.service")
    service = parser["Service"]

    seconds = {key: int(service[key].removesuffix("s")) for key in (
        "WatchdogSec", "TimeoutAbortSec", "RestartSec",
    )}  # fmt: skip
    assert sum(seconds.values()) < 30
    # Its main loop goes round once a second: a busy machine is no hanging one.
    assert seconds["WatchdogSec"] >= 10
    assert service["Restart"] == "on-failure", "which a watchdog's end is"


def test_the_console_is_of_the_same_user_and_state_as_the_site(project: Path) -> None:
    services = []
    for name in ("hearsight.service", "hearsight-console.service"):
        parser = configparser.RawConfigParser(strict=False)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read(project / "deploy" / name)
        services.append(parser["Service"])
    site, console = services

    for key in ("DynamicUser", "User", "StateDirectory", "StateDirectoryMode"):
        assert site[key] == console[key]
    assert console["ExecStart"].split()[1:] == ["console", site["ExecStart"].split()[2]]
    # A first password in the journal would be one in a log.
    assert "first-password" not in console["ExecStart"]


def test_the_service_leaves_workers_the_system_call_that_limits_them(project: Path) -> None:
    # Older systemd has it in none of its sets, and a worker that lacks it goes on unlimited.
    unit = (project / "deploy" / "hearsight.service").read_text()
    assert "\nSystemCallFilter=@system-service seccomp\n" in unit
