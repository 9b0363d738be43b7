"""Every sink of the site file can be made, and its name is its own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.config import JsonLinesSink, RedisServer, RedisSink
from sinks import SINKS, SinkContext, build_sink

CONTEXT = SinkContext(RedisServer(stream_prefix="yard"), "unix:///nowhere/r.sock")


def test_the_site_files_sinks_are_made_without_touching_anything(tmp_path: Path) -> None:
    redis = build_sink(RedisSink(), CONTEXT)
    files = [build_sink(JsonLinesSink(type="jsonl", path=tmp_path / n), CONTEXT) for n in "ab"]
    assert redis.name == "redis"
    assert len({sink.name for sink in (redis, *files)}) == 3
    assert list(tmp_path.iterdir()) == []


def test_every_type_is_registered() -> None:
    assert set(SINKS) == {"redis", "jsonl"}


def test_an_unknown_type_is_named_with_those_known() -> None:
    unknown: Any = SimpleNamespace(type="pager")
    with pytest.raises(ValueError, match=r"pager.*jsonl, redis"):
        build_sink(unknown, CONTEXT)
