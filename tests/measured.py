"""A plugin of pytest that keeps what tests of promises found, for the page of promises.

Of every test that is marked ``promise`` it keeps the outcome and what the test told with pytest's
``record_property("measured", ...)``. A run adds to what earlier runs found, so that the long tests
may run on their own. With xdist the process that hears from all workers keeps it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

#: Below the project's folder.
RESULTS = Path("build/promises.json")

#: By a test's name: promises, outcome, why (of a skip), measured, at (wall clock, seconds).
Results = dict[str, dict[str, Any]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each test's reports carry its promises: reports cross to xdist's controller."""
    for item in items:
        for mark in item.iter_markers("promise"):
            item.user_properties.extend(("promise", what) for what in mark.args)


class Collector:
    """Gathers reports, and writes them at the end of a run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: Results = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one phase of one test; the phase that went wrong decides."""
        promises = [what for name, what in report.user_properties if name == "promise"]
        if not promises:
            return
        test = self._found.setdefault(report.nodeid, {"outcome": "passed", "why": ""})
        if report.outcome != "passed" and test["outcome"] != "failed":
            test["outcome"], test["why"] = report.outcome, _why(report)
        measured = [str(what) for name, what in report.user_properties if name == "measured"]
        test |= {"promises": sorted(set(promises)), "measured": measured, "at": time.time()}

    def pytest_sessionfinish(self) -> None:
        """Write what was found beside what earlier runs found."""
        if self._found:
            with _alone(self._path):
                merged = read(self._path) | self._found
                written = self._path.with_name(f"{self._path.name}.new")
                written.write_text(json.dumps(merged, indent=1, sort_keys=True))
                written.replace(self._path)


def pytest_configure(config: pytest.Config) -> None:
    """Collect, but not in a worker of xdist."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(config.rootpath / RESULTS), "promises")


def read(path: Path) -> Results:
    """What was found so far; nothing where no test of a promise has run."""
    return json.loads(path.read_text()) if path.exists() else {}


def _why(report: pytest.TestReport) -> str:
    """The reason of a skip, without its place."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return ""


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two runs that end at once write one after the other."""
    path.parent.mkdir(exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
