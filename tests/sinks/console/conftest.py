"""What tests of the console share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sinks.console.fake_line import FakeLine
from tests.sinks.console.reception import Reception


@pytest.fixture
def reception(tmp_path: Path) -> Iterator[Reception]:
    reception = Reception(tmp_path)
    yield reception
    reception.guard.close()


@pytest.fixture
def line(short_tmp: Path) -> FakeLine:
    return FakeLine(short_tmp)


@pytest.fixture(scope="module")
def opened() -> Iterator[Any]:
    # Playwright is loaded where a browser is asked for.
    from tests.sinks.console.stage import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture
def browser(opened: Any) -> Iterator[Any]:
    """A browser in which nobody has been before: what a test opened is closed after it."""
    yield opened
    for context in opened.contexts:
        context.close()
