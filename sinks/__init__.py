"""The outlets: each delivers one alert; the outbox stands before them all.

To add one: a module with a class that fulfils ``sinks.base.Sink``, its settings model in the site
file, a factory here, a test, and an entry in an example site file.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pipeline.config import JsonLinesSink, RedisServer, RedisSink
from sinks.base import NullObserver, Observer, Sink


@dataclass(frozen=True, slots=True)
class SinkContext:
    """What a site offers to its sinks."""

    server: RedisServer
    #: Where Redis answers: the site's own address, or the embedded server's socket.
    redis_url: str
    observer: Observer = field(default_factory=NullObserver)
    #: How long alerts stay in Redis, whoever lacks them; seconds.
    keep_s: float = math.inf


def _redis(_settings: RedisSink, context: SinkContext) -> Sink:
    from sinks.redis_streams import RedisStreamsSink

    return RedisStreamsSink(
        context.redis_url,
        prefix=context.server.stream_prefix,
        ca_file=context.server.ca_file,
        hard_cap=context.server.hard_cap,
        keep_s=context.keep_s,
        observer=context.observer,
    )


def _jsonl(settings: JsonLinesSink, _context: SinkContext) -> Sink:
    from sinks.jsonl import JsonLinesFile

    return JsonLinesFile(settings.path)


#: The ``type`` of a sink in the site file, and who makes it.
SINKS: dict[str, Callable[[Any, SinkContext], Sink]] = {
    "redis": _redis,
    "jsonl": _jsonl,
}


def build_sink(settings: RedisSink | JsonLinesSink, context: SinkContext) -> Sink:
    """Make the sink that ``settings`` ask for. Nothing is opened yet.

    Raises:
        ValueError: no sink has that type.
    """
    factory = SINKS.get(settings.type)
    if factory is None:
        raise ValueError(f"there is no sink {settings.type!r}; known: {', '.join(sorted(SINKS))}")
    return factory(settings, context)
