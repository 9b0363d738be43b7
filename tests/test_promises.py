"""Every promise has a test, every mark names a promise that was made, and the page tells of all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.measured import RESULTS, read
from tests.promise_page import failed, page
from tests.promises import (
    BAD_INPUTS,
    DIFFERS,
    FAULTS,
    PROMISES,
    SECURITY,
    shown,
)


@pytest.fixture(scope="module")
def found(project: Path) -> dict[str, list[str]]:
    return shown(project / "tests")


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_has_a_test_or_says_why_not(found: dict[str, list[str]], promise: str) -> None:
    assert found.get(promise) or promise in DIFFERS, f"no test is marked promise({promise!r})"


def test_each_mark_names_a_promise_that_was_made(found: dict[str, list[str]]) -> None:
    numbers = [list(promises) for promises in (FAULTS, BAD_INPUTS, SECURITY)]
    assert numbers == [list(range(1, last + 1)) for last in (25, 25, 15)]
    assert found.keys() | DIFFERS.keys() <= PROMISES.keys()


def test_marks_are_read_from_tests_and_from_their_single_cases(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_it.py").write_text(
        "import pytest\n"
        "mark = pytest.mark.promise('bad input 9')  # not a test's\n"
        "@pytest.mark.promise('bad input 1', 'bad input 2')\n"
        "def test_one(): ...\n"
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=\n"
        "    pytest.mark.promise('bad input 3'))])\n"
        "async def test_two(x): ...\n"
    )
    (folder / "test_more.py").write_text(
        "import pytest\n"
        "pytestmark = [pytest.mark.promise('bad input 4')]\n"
        "def helper(): ...\n"
        "def test_three(): ...\n"
    )
    assert shown(folder) == {
        "bad input 1": ["tests/test_it.py::test_one"],
        "bad input 4": ["tests/test_more.py::test_three"],
        "bad input 2": ["tests/test_it.py::test_one"],
        "bad input 3": ["tests/test_it.py::test_two"],
    }


# --- the page ------------------------------------------------------------------------------------


def ran(outcome: str, *promises: str, measured: tuple[str, ...] = (), why: str = "") -> Any:
    return {
        "outcome": outcome,
        "promises": list(promises),
        "measured": list(measured),
        "why": why,
        "at": 1.8e9,
    }


def row(told: str, promise: str) -> list[str]:
    """The cells of a promise's line, after its number and text."""
    kind, _, number = promise.rpartition(" ")
    title = {"fault": "Faults", "bad input": "Bad inputs", "security": "Security"}[kind]
    section = told.partition(f"## {title}\n")[2]
    (line,) = [
        line for line in section.partition("\n## ")[0].splitlines()
        if line.startswith(f"| {number} |")
    ]  # fmt: skip
    return [cell.strip() for cell in line.split(" | ")[2:]]


def test_the_page_has_a_line_for_each_promise(found: dict[str, list[str]]) -> None:
    told = page(found, {})
    lines = [line for line in told.splitlines() if line.startswith("| ") and "promised" not in line]
    assert len(lines) == len(PROMISES)
    assert "[pipeline/sources/test_reach.py]" in row(told, "bad input 5")[2]
    assert "Nothing was run yet" in told


def test_what_was_measured_stands_beside_how_the_tests_ended() -> None:
    tests = {
        "fault 4": ["tests/test_link.py::test_cut", "tests/test_link.py::test_long"],
        "fault 5": ["tests/test_link.py::test_cut"],
        "security 2": ["tests/test_doors.py::test_rights"],
    }
    results = {
        "tests/test_link.py::test_cut[5]": ran("passed", "fault 4", measured=("back after 6 s",)),
        "tests/test_link.py::test_cut[60]": ran("failed", "fault 4", measured=("after 40 s",)),
        "tests/test_link.py::test_cut[crash]": ran("skipped", "fault 5", why="no ip(8) here"),
        "tests/test_gone.py::test_old": ran("failed", "fault 4", measured=("long ago",)),
    }
    results["tests/test_link.py::test_cut[60]"]["at"] += 600
    told = page(tests, results)

    measured, outcome, places, _ = row(told, "fault 4")
    assert measured == "back after 6 s; after 40 s"
    assert outcome == "1 **failed**, 1 not run, 1 passed"
    assert places == "[test_link.py](../tests/test_link.py)"
    assert row(told, "fault 5")[1] == "1 skipped (no ip(8) here)", (
        "a case counts where it is marked"
    )
    assert row(told, "security 2")[1] == "1 not run"
    assert row(told, "fault 1")[1] == "**none yet**"
    assert "\n1 **failed**, 1 passed, 1 skipped, from 2027-01-15 08:00 to 08:10 UTC, on " in told
    assert failed(tests, results) == ["tests/test_link.py::test_cut[60]"]


def test_the_page_that_is_kept_tells_of_these_promises(project: Path) -> None:
    kept = (project / "deploy" / "promises.md").read_text()
    for promise, text in PROMISES.items():
        number = promise.rpartition(" ")[2]
        assert f"| {number} | {text} |" in kept, "run `make chaos`"


# --- what a run keeps ----------------------------------------------------------------------------

INNER = """
import pytest
@pytest.fixture
def away():
    pytest.skip("no such machine")
@pytest.mark.promise("fault 1", "fault 2")
def test_counts(record_property):
    record_property("measured", "3 s")
@pytest.mark.promise("fault 3")
def test_fails(record_property):
    record_property("measured", "9 s")
    raise AssertionError
@pytest.mark.promise("fault 3")
def test_skips(away): ...
def test_of_no_promise(): ...
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_adds_what_it_found_to_what_was_known(tmp_path: Path, workers: str) -> None:
    kept = tmp_path / RESULTS
    kept.parent.mkdir()
    kept.write_text(json.dumps({"test_long.py::test_it": ran("passed", "fault 9")}))
    (tmp_path / "test_inner.py").write_text(INNER)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = promise(what): of the project\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.measured", "-n", workers, tmp_path],
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 2 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
    results = read(kept)

    assert sorted(results) == [
        "test_inner.py::test_counts",
        "test_inner.py::test_fails",
        "test_inner.py::test_skips",
        "test_long.py::test_it",
    ]
    counts = results["test_inner.py::test_counts"]
    assert (counts["outcome"], counts["promises"]) == ("passed", ["fault 1", "fault 2"])
    assert counts["measured"] == ["3 s"]
    assert results["test_inner.py::test_fails"]["outcome"] == "failed"
    assert results["test_inner.py::test_fails"]["measured"] == ["9 s"]
    skips = results["test_inner.py::test_skips"]
    assert (skips["outcome"], skips["why"]) == ("skipped", "no such machine")
