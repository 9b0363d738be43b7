"""Live lines: each browser is told what it may know, once; a slow one is cut, not waited for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sinks.console.desk import Desk
from sinks.console.live import Hub, Listener, event
from tests.sinks.builders import make_alert


def everything(_camera: str) -> bool:
    return True


def only(*cameras: str) -> Callable[[str], bool]:
    return lambda camera: camera in cameras


def parsed(data: bytes) -> tuple[str, Any, int | None]:
    fields = dict(line.split(": ", 1) for line in data.decode().strip().split("\n"))
    number = fields.get("id")
    return fields["event"], json.loads(fields["data"]), int(number) if number else None


def waiting(listener: Listener) -> list[tuple[str, Any, int | None]]:
    told = []
    while not listener.queue.empty():
        data = listener.queue.get_nowait()
        assert data is not None
        told.append(parsed(data))
    return told


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    with Desk(tmp_path / "desk.sqlite3") as opened:
        yield opened


@pytest.mark.promise("security 2")
def test_an_incident_is_told_with_its_number_to_those_who_see_its_camera(desk: Desk) -> None:
    hub = Hub()
    ann, gina = hub.join(everything), hub.join(only("gate"))
    change = desk.take(make_alert())
    assert change is not None
    hub.changed(change)
    ((kind, told, number),) = waiting(ann)
    assert (kind, told["id"], told["camera"], number) == ("incident", "yard-fire-1", "yard", 1)
    assert waiting(gina) == []


def test_scores_are_told_together_the_newest_of_each_rule() -> None:
    hub = Hub()
    ann, gina, zoe = hub.join(everything), hub.join(only("gate")), hub.join(only("attic"))
    hub.scored("yard", "fire", {"score": 1.0})
    hub.scored("yard", "fire", {"score": 2.0})
    hub.scored("gate", "fight", {"score": 3.0})
    hub.flush_scores()
    hub.flush_scores()
    gate = {"gate": {"fight": {"score": 3.0}}}
    assert waiting(ann) == [("scores", {"yard": {"fire": {"score": 2.0}}} | gate, None)]
    assert waiting(gina) == [("scores", gate, None)]
    assert waiting(zoe) == []


def test_only_states_that_changed_are_told_and_who_comes_later_gets_all() -> None:
    hub = Hub()
    ann = hub.join(everything)
    hub.states({"yard": {"state": "online"}, "gate": {"state": "online"}})
    hub.states({"yard": {"state": "online"}, "gate": {"state": "stalled"}})
    assert [told for _, told, _ in waiting(ann)] == [
        {"yard": {"state": "online"}, "gate": {"state": "online"}},
        {"gate": {"state": "stalled"}},
    ]

    async def story() -> list[bytes]:
        late = hub.join(only("gate"))
        lines = hub.listen(late, [b"first"])
        return [await anext(lines), await anext(lines)]

    first, states = asyncio.run(story())
    assert first == b"first"
    assert parsed(states) == ("cameras", {"gate": {"state": "stalled"}}, None)


def test_what_stands_is_told_at_once_and_to_whoever_comes_later() -> None:
    hub = Hub()
    ann = hub.join(everything)
    hub.stands("troubles", {"alerts": "Redis is away"})
    hub.stands("troubles", {})
    hub.stands("line", {"trouble": "the site does not run"})
    assert [told for _, told, _ in waiting(ann)] == [
        {"alerts": "Redis is away"},
        {},
        {"trouble": "the site does not run"},
    ]

    async def story() -> list[bytes]:
        lines = hub.listen(hub.join(only("gate")), [])
        return [await anext(lines), await anext(lines)]

    assert [parsed(data)[:2] for data in asyncio.run(story())] == [
        ("troubles", {}),
        ("line", {"trouble": "the site does not run"}),
    ]


@pytest.mark.promise("security 2")
def test_health_of_a_camera_is_told_to_those_who_see_it_and_of_the_site_to_all() -> None:
    hub = Hub()
    ann, gina = hub.join(everything), hub.join(only("gate"))
    hub.event("health", {"kind": "camera_covered"}, "yard")
    hub.event("health", {"kind": "delivery_fails"})
    assert [told["kind"] for _, told, _ in waiting(ann)] == ["camera_covered", "delivery_fails"]
    assert [told["kind"] for _, told, _ in waiting(gina)] == ["delivery_fails"]


def test_a_browser_that_does_not_keep_up_is_cut_and_holds_nobody_back() -> None:
    hub = Hub()
    slow, quick = hub.join(everything), hub.join(everything)
    for _ in range(600):
        hub.event("health", {})
        waiting(quick)
    assert slow.cut
    assert not quick.cut

    async def story() -> list[bytes]:
        return [data async for data in hub.listen(slow, [])]

    # Its line ends, and it comes back with the number that it saw last.
    assert asyncio.run(story()) == []
    hub.join(everything)
    assert hub.listeners == 2


def test_who_never_comes_to_listen_is_forgotten() -> None:
    hub = Hub()
    for _ in range(3):
        hub.join(everything)
    for _ in range(600):
        hub.event("health", {})
    hub.join(everything)
    assert hub.listeners == 1


def test_when_the_console_stops_every_line_ends() -> None:
    async def story() -> int:
        hub = Hub()
        full = hub.join(everything)
        for _ in range(512):
            hub.event("health", {})
        lines = [hub.listen(hub.join(everything), []), hub.listen(full, [])]
        ends = [asyncio.create_task(_all_of(line)) for line in lines]
        await asyncio.sleep(0)
        hub.close()
        await asyncio.wait_for(asyncio.gather(*ends), 30)
        return hub.listeners

    assert asyncio.run(story()) == 0


def test_another_site_is_said_after_all_that_came_before_and_ends_every_line() -> None:
    """Whoever comes again is asked anew what they may see."""

    async def story() -> tuple[list[bytes], int]:
        hub = Hub()
        ann = hub.join(everything)
        hub.event("health", {"kind": "covered"}, "yard")
        hub.renew()
        hub.event("health", {"kind": "moved"}, "yard")
        told = await asyncio.wait_for(_all_of(hub.listen(ann, [])), 30)
        return told, hub.listeners

    told, listeners = asyncio.run(story())
    assert [parsed(data)[0] for data in told] == ["health", "site"]
    assert listeners == 0


async def _all_of(lines: Any) -> list[bytes]:
    return [data async for data in lines]


def test_text_cannot_end_an_event_early() -> None:
    data = event("incident", {"why": "a\n\nevent: forged\ndata: {}\r\n\u2028"}, 7)
    assert data.count(b"\n\n") == 1
    assert parsed(data) == ("incident", {"why": "a\n\nevent: forged\ndata: {}\r\n\u2028"}, 7)
