"""The parts of a site file about where alerts go, and where health is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pipeline.config.addresses import RedisUrl
from pipeline.config.part import Part


class RedisServer(Part):
    """Where Redis is. Without ``url`` a server on the machine's own socket is started."""

    url: RedisUrl | None = Field(
        default=None, description="redis://, rediss:// (TLS) or unix://; user and password in it"
    )
    ca_file: Path | None = None
    stream_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9:_-]{1,64}$")] = "hearsight"
    hard_cap: Annotated[int, Field(ge=1000)] = Field(
        default=100_000, description="entries after which an alarm is raised"
    )


class RedisSink(Part):
    """Alerts to the Redis stream ``<prefix>:alerts``."""

    type: Literal["redis"] = "redis"


class JsonLinesSink(Part):
    """Alerts as one JSON object a line, appended to a file."""

    type: Literal["jsonl"]
    path: Path


Sink = Annotated[RedisSink | JsonLinesSink, Field(discriminator="type")]


class Health(Part):
    """The HTTP endpoint for health and metrics."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9464
