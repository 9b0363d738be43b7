"""The site's own Redis ends, again and again, and nobody waits for it; who uses which user."""

from __future__ import annotations

import itertools

import pytest

from pipeline.config import parse_site
from pipeline.own_redis import RedisKeeper, desk_url_of
from sinks.redis_binary import EmbeddedRedisError


class FakeServer:
    """A server that dies when told to, and stays up only while there is room on its disk."""

    def __init__(self) -> None:
        self.running = True
        self.disk_full = False
        self.cannot_run = False
        self.starts: list[float] = []
        self.now = 0.0

    def alive(self) -> bool:
        return self.running

    def restart(self) -> None:
        self.starts.append(self.now)
        if self.cannot_run:
            raise EmbeddedRedisError("no memory")
        self.running = not self.disk_full

    def last_words(self) -> str:
        return "the disk is full"


def watch(server: FakeServer, keeper: RedisKeeper, until: float) -> list[float]:
    """Look once a second; return when it was started."""
    server.starts.clear()
    while server.now < until:
        keeper.look(server.now)
        server.now += 1.0
    return list(server.starts)


@pytest.mark.parametrize("trouble", ["disk_full", "cannot_run"])
def test_a_server_that_does_not_stay_is_tried_ever_less_often_and_at_last_stays(
    trouble: str,
) -> None:
    server, restarts = FakeServer(), []
    keeper = RedisKeeper(server, lambda: restarts.append(server.now))
    assert watch(server, keeper, 10.0) == []

    server.running = False
    setattr(server, trouble, True)
    starts = watch(server, keeper, 200.0)
    assert starts[0] == 10.0, "the first time at once"
    waits = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert waits == sorted(waits)
    assert 30.0 <= waits[-1] <= 32.0
    assert restarts == starts

    setattr(server, trouble, False)
    assert len(watch(server, keeper, 400.0)) == 1, "and then it is left alone"


def test_a_server_that_ran_for_long_comes_back_at_once_each_time() -> None:
    server = FakeServer()
    keeper = RedisKeeper(server, lambda: None)
    for ends_at in (100.0, 200.0, 300.0):
        watch(server, keeper, ends_at)
        server.running = False
        assert watch(server, keeper, ends_at + 5.0) == [ends_at]


SITE = """
site: test
cameras: {yard: {url: "rtsp://camera/yard"}}
rules: {fire: {see: [a fire]}}
redis: {url: "redis://hearsight:one@localhost/0"}
"""


def test_people_read_as_the_consoles_user_because_the_sites_own_may_only_add() -> None:
    console = 'console: {redis_url: "redis://console:two@localhost/0"}'
    alone = parse_site(SITE, name="site.yaml", environ={})
    both = parse_site(SITE + console, name="site.yaml", environ={})

    assert desk_url_of(alone) == "redis://hearsight:one@localhost/0"
    assert desk_url_of(both) == "redis://console:two@localhost/0"


def test_a_site_that_delivers_to_no_redis_says_so_though_it_runs() -> None:
    elsewhere = SITE.replace("redis:", "sinks: [] #")
    with pytest.raises(EmbeddedRedisError, match=r"go to no Redis.*add {type: redis}"):
        desk_url_of(parse_site(elsewhere, name="site.yaml", environ={}))
