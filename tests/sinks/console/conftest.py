"""What tests of the console share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sinks.console.fake_line import FakeLine
from tests.sinks.console.reception import Reception


@pytest.fixture
def reception(tmp_path: Path) -> Iterator[Reception]:
    reception = Reception(tmp_path)
    yield reception
    reception.guard.close()


@pytest.fixture
def line() -> Iterator[FakeLine]:
    # A short path: it must fit into a socket address.
    with tempfile.TemporaryDirectory(prefix="hs-") as folder:
        yield FakeLine(Path(folder))
