"""The site's own Redis as the supervisor keeps it: looked after, and replaced when it ends.

A look never waits: the supervisor moves every camera's samples on in the same thread. While the
server is away alerts stay in the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Protocol

import structlog

from pipeline.config import Site
from sinks.embedded_redis import EmbeddedRedis, attach
from sinks.redis_binary import EmbeddedRedisBusy, EmbeddedRedisError

log = structlog.get_logger()

_BACKOFF_FIRST_S, _BACKOFF_CAP_S = 1.0, 30.0
#: A server that ran for so long is taken for healthy: its next backoff begins anew.
_HEALTHY_S = 60.0


class Restartable(Protocol):
    """The part of ``EmbeddedRedis`` that is needed."""

    def alive(self) -> bool:
        """Whether it runs."""
        ...

    def restart(self) -> None:
        """Start it again, without waiting for it. Raises EmbeddedRedisError."""
        ...

    def last_words(self) -> str:
        """Why it ended."""
        ...


class RedisKeeper:
    """Starts a server again whenever it has ended, each time later, until it stays.

    Args:
        server: started.
        on_restart: called for each new start.
    """

    def __init__(self, server: Restartable, on_restart: Callable[[], None]) -> None:
        self._server = server
        self._on_restart = on_restart
        self._failures = 0
        self._due = 0.0
        self._began = float("-inf")
        self._down = False

    def look(self, now: float) -> None:
        """See after the server; ``now`` is the monotonic clock in seconds."""
        if self._server.alive():
            self._down = False
            return
        if not self._down:
            self._ended(now)
        if now >= self._due:
            self._start(now)

    def _ended(self, now: float) -> None:
        self._down = True
        self._failures = 1 if now - self._began > _HEALTHY_S else self._failures + 1
        wait_s = min(_BACKOFF_CAP_S, _BACKOFF_FIRST_S * 2 ** (self._failures - 2))
        # At once the first time: a server that was killed by hand comes back.
        self._due = now if self._failures == 1 else now + wait_s
        log.error("the embedded Redis ended; alerts stay on disk", reason=self._server.last_words())

    def _start(self, now: float) -> None:
        self._began = now
        # Whether it stays is seen at the next look.
        self._down = False
        self._on_restart()
        try:
            self._server.restart()
        except EmbeddedRedisError as error:
            log.error("the embedded Redis is not back", error=str(error))


def desk_url_of(site: Site) -> str:
    """Where people read alerts and give verdicts: as the console's user, if there is one.

    The site's own user may do neither, where the server's rights are as narrow as they should be.

    Raises:
        EmbeddedRedisError: the site delivers to no Redis, or its own does not run.
    """
    if (url := _named(site)) is not None:
        return url
    if not any(sink.type == "redis" for sink in site.sinks):
        raise EmbeddedRedisError(
            "alerts of this site go to no Redis, where they could be read: add {type: redis} to "
            "its sinks:"
        )
    return attach(site.state_dir / "redis")


@contextmanager
def desk_redis(site: Site) -> Iterator[str]:
    """The address as of `desk_url_of`; its own Redis runs meanwhile though the site does not.

    For the main thread: a server that had to be started ends with the block.

    Raises:
        EmbeddedRedisError: the site delivers to no Redis, or its own cannot be started.
    """
    with ExitStack() as stack:
        if _named(site) is None and any(sink.type == "redis" for sink in site.sinks):
            with suppress(EmbeddedRedisBusy):
                stack.enter_context(EmbeddedRedis(site.state_dir / "redis"))
        yield desk_url_of(site)


def _named(site: Site) -> str | None:
    """The address that the site file gives people; None: the site's own server."""
    url = site.console.redis_url or site.redis.url
    return None if url is None else url.get_secret_value()
