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


@pytest.fixture(params=["hearsight", "hearsight-console", "hearsight-redis"])
def unit(project: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A unit, with the program it names made to exist."""
    program = tmp_path / "hearsight"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    name = f"{request.param}.service"
    text = (project / "deploy" / name).read_text()
    named = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)
    assert named is not None
    copy = tmp_path / name
    copy.write_text(text.replace(named[1], str(program)))
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


@pytest.mark.promise("security 14")
@pytest.mark.integration
@needs_systemd
def test_the_service_is_exposed_to_little(unit: Path) -> None:
    result = analyze("security", "--offline=yes", "--threshold=25", str(unit))

    # systemd's scale: below 2.5 of 10 is "OK".
    assert result.returncode == 0, result.stdout[-500:] + result.stderr


def service(project: Path, name: str) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(project / "deploy" / f"{name}.service")
    return parser["Service"]


def seconds(told: str) -> int:
    return int(told.removesuffix("s"))


def test_the_unit_checks_the_site_file_that_it_then_runs(project: Path) -> None:
    site = service(project, "hearsight")

    assert site["Restart"] == "on-failure"
    check, run = site["ExecStartPre"].split(), site["ExecStart"].split()
    assert (check[0], check[1], check[2]) == (run[0], "check", run[2])
    assert run[1] == "run"
    assert site["ExecReload"].split() == [run[0], "reload", run[2]]


@pytest.mark.parametrize("name", ["hearsight", "hearsight-console"])
def test_what_runs_is_the_current_version_of_the_installed_user(project: Path, name: str) -> None:
    unit = service(project, name)

    assert unit["ExecStart"].startswith("/opt/hearsight/current/bin/hearsight ")
    # One whom deploy/install.sh makes: a dynamic one's state is closed to commands given by hand.
    assert (unit["User"], unit["Group"]) == ("hearsight", "hearsight")
    assert "DynamicUser" not in unit


@pytest.mark.promise("fault 16")
@pytest.mark.parametrize("name", ["hearsight", "hearsight-console"])
def test_one_that_stands_still_is_started_anew_within_half_a_minute(
    project: Path, name: str
) -> None:
    unit = service(project, name)

    assert (unit["Type"], unit["NotifyAccess"]) == ("notify", "main")
    assert unit["Restart"] == "on-failure", "which a watchdog's end is"
    # Still for so long, then ended, at the worst by force, then a pause; the rest is for the start.
    told = [seconds(unit[key]) for key in ("WatchdogSec", "TimeoutAbortSec", "RestartSec")]
    assert sum(told) <= 20
    # Its loop goes round once a second or two: a busy machine is no hanging one.
    assert told[0] >= 10


def test_the_console_is_of_the_same_user_and_state_as_the_site(project: Path) -> None:
    site, console = service(project, "hearsight"), service(project, "hearsight-console")

    for key in ("User", "Group", "StateDirectory", "StateDirectoryMode"):
        assert site[key] == console[key]
    assert console["ExecStart"].split()[1:] == ["console", site["ExecStart"].split()[2]]
    # A first password in the journal would be one in a log.
    assert "first-password" not in console["ExecStart"]


@pytest.mark.promise("security 12")
def test_passwords_come_from_a_file_and_stand_in_no_unit(project: Path) -> None:
    for name in ("hearsight", "hearsight-console"):
        unit = service(project, name)
        assert unit["EnvironmentFile"] == "-/etc/hearsight/environment"
        assert unit["LimitCORE"] == "0", "what is in memory would stand in a core"
    for path in (project / "deploy").glob("*.service"):
        assert not re.search(r"(?i)password\S*=\w", path.read_text().replace("=...", "="))


@pytest.mark.promise("security 9")
def test_the_service_leaves_workers_the_system_calls_that_limit_them(project: Path) -> None:
    # Older systemd has it in none of its sets, and a worker that lacks it goes on unlimited.
    unit = (project / "deploy" / "hearsight.service").read_text()
    assert "\nSystemCallFilter=@system-service seccomp\n" in unit
    for call in ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"):
        assert re.search(rf"^SystemCallFilter=.*\b{call}\b", unit, re.MULTILINE)
