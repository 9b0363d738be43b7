"""What is wrong comes with what to do about it, and no secret passes."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from rich.console import Console

from pipeline.doctor.findings import Area, Finding, Level, masked, worst
from pipeline.doctor.report import as_json, as_table, exit_status

BOX = Area("box")
FINE = BOX.ok("lid", "closed")
LOOSE = BOX.warning("screw", "loose [red]", "turn it")
GONE = BOX.failure("key", "gone", "look under the mat")


def test_a_fault_without_advice_is_no_finding() -> None:
    with pytest.raises(ValueError, match="key: a failure without advice"):
        Finding("box", "key", Level.FAILURE, "gone")


def test_only_failures_make_the_command_fail() -> None:
    assert exit_status([]) == exit_status([FINE]) == exit_status([FINE, LOOSE]) == 0
    assert exit_status([GONE, FINE]) == 1
    assert worst([FINE, LOOSE, BOX.skipped("inside", "dark")]) is Level.WARNING


def test_people_read_a_table_in_which_nothing_is_markup() -> None:
    shown = Console(file=StringIO(), width=100)
    shown.print(as_table([FINE, LOOSE, GONE]))
    assert isinstance(shown.file, StringIO)
    text = shown.file.getvalue()
    assert "loose [red]" in text
    assert "-> look under the mat" in text
    assert "1 failure, 1 warning, 1 ok" in text


def test_programs_read_json() -> None:
    told = json.loads(as_json([FINE, GONE], site="home", version="1", at=2.0))
    assert told["worst"] == "failure"
    assert told["findings"][1] == {
        "area": "box",
        "check": "key",
        "level": "failure",
        "told": "gone",
        "advice": "look under the mat",
    }


def test_a_password_is_masked_wherever_a_library_repeats_it() -> None:
    (one,) = masked([BOX.failure("door", "no entry for a:p w@d", "not p%20w but")], ["p w"])
    assert one.told == "no entry for a:***@d"
    assert one.advice == "not *** but"
