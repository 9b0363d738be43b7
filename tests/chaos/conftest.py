"""Real Redis servers, and folders whose paths fit into a socket address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.publishing import Publishing
from tests.sinks.conftest import make_redis, one_binary

__all__ = ["make_redis", "one_binary", "publishing", "stage_folder"]


@pytest.fixture
def publishing(short_tmp: Path) -> Iterator[Callable[[str], Publishing]]:
    """Makes an outbox with a real publisher before a Redis."""
    made: list[Publishing] = []

    def make(url: str) -> Publishing:
        made.append(Publishing(short_tmp / f"site{len(made)}", url))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def stage_folder(monkeypatch: pytest.MonkeyPatch, short_tmp: Path) -> Path:
    """A folder for everything of a site whose processes are played."""
    monkeypatch.setenv("HEARSIGHT_STAGE", str(short_tmp))
    return short_tmp
