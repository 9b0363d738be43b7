"""What tests of the console share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sinks.console.reception import Reception


@pytest.fixture
def reception(tmp_path: Path) -> Iterator[Reception]:
    reception = Reception(tmp_path)
    yield reception
    reception.guard.close()
