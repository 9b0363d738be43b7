"""A site that runs follows its file: whole, or not at all; what did not change goes on."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.messages import HealthEvent
from sinks.console.line_client import LineClient, OrderRefused
from tests.pipeline.stage import SITE, Played, Stage, folder

__all__ = ["folder"]

GATE = '  gate: {url: "rtsp://camera/gate", audio: score}\n'
HALL = '  hall: {url: "rtsp://ann:s3cret@camera/hall"}\n'


class Filed(Stage):
    """A site that is run from a file, and the file."""

    def __init__(self, folder: Path, site: str = SITE) -> None:
        super().__init__(folder, site)
        self.text = site.replace("DATA", str(folder / "data"))
        self.path = folder / "site.yaml"
        self.path.write_text(self.text)
        self.supervisor = Played(self.site, on_event=self.told.append, path=self.path)

    def write(self, *changes: tuple[str, str]) -> None:
        """Write the file as it was at the start, but for these."""
        text = self.text
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.path.write_text(text)

    async def reload(self) -> dict[str, Any]:
        async with LineClient(self.site.state_dir) as line:
            return await line.reload()

    def begun(self) -> None:
        """What follows in the diary came after this."""
        self.since = len(self.lines())

    def news(self) -> list[str]:
        return self.lines()[self.since :]

    def play_from_start(self, scenes: Callable[[], Awaitable[None]]) -> None:
        async def play() -> None:
            await self.until((self.site.state_dir / "control.sock").exists)
            await self.until_all_work()
            await self.until(lambda: self.supervisor.readiness()[0])
            await self.until(lambda: self.lines().count("judge got MediaReady") == 2)
            self.begun()
            await scenes()

        self.play(play)


@pytest.fixture
def filed(folder: Path) -> Filed:
    return Filed(folder)


#: What is written in place of what, and what is said of it, on the line of which word. To start a
#: site takes seconds: all are tried on one that runs.
BAD_FILES = [
    ("see: [a fire]", "see: [a fire], margin: .nan", "rules.fire.margin: ", "rules:"),
    ("lateness: 0", "lateness: 0, length: -3", "window.length: ", "window:"),
    ("  gate: {", "  yard: {", "'yard' stands twice", "gate:"),
    ("  gate: {", "  ../gate: {", "cameras.", "gate:"),
    ("see: [a fire]", "see: [a fire", "is not valid YAML", ""),
    ("canary: 0", "canary: 0\nmodels: {threads: 3}", "models: that takes a restart", ""),
    ("port: 0", "port: 1", "health: that takes a restart", ""),
]


def test_what_did_not_change_is_not_disturbed(filed: Filed) -> None:
    """A camera comes as another leaves, rules change, a camera moves, and processes die later."""

    async def scenes() -> None:
        filed.write((GATE, HALL))
        # Two at once go one after the other.
        told = await asyncio.gather(filed.reload(), filed.reload())
        assert sorted((t["added"], t["removed"]) for t in told) == [([], []), (["hall"], ["gate"])]
        await filed.until(lambda: "worker-2 got CutMedia" in filed.news())
        await the_one_that_left_is_gone(filed)

        filed.begun()
        filed.write((GATE, HALL), ("see: [a fire]", "see: [a fire, smoke]"))
        told_of_rules = await filed.reload()
        assert told_of_rules["judged"]
        assert not any(told_of_rules[kind] for kind in ("added", "removed", "changed"))
        news = filed.news()
        assert news.index("encoder got EmbedTexts") < news.index("judge got FollowSite")
        assert "judge asks for fire: a fire, smoke" in news
        assert not [line for line in news if line.endswith("starts")]

        filed.write((GATE, HALL.replace("camera/hall", "camera/hall2")))
        assert (await filed.reload())["changed"] == ["hall"]
        await filed.until(lambda: "worker-3 ready" in filed.news())
        assert "worker-2 stops" in filed.news()

        filed.begun()
        os.kill(filed.supervisor.pids()["encoder"], signal.SIGKILL)
        os.kill(filed.supervisor.pids()["worker-3"], signal.SIGKILL)
        await filed.until(lambda: {"encoder ready", "worker-3 ready"} <= set(filed.news()))
        await filed.until(lambda: filed.supervisor.readiness()[0])

    filed.play_from_start(scenes)
    lines = filed.lines()
    assert "worker-1 stops" in lines
    assert "encoder sees _canary, hall, yard" in lines
    assert lines.count("judge starts") == lines.count("worker-0 starts") == 1
    assert "worker-0 got LeaveCamera" not in lines


async def the_one_that_left_is_gone(filed: Filed) -> None:
    assert list(filed.supervisor.readiness()[1]["cameras"]) == ["yard", "hall"]
    async with httpx.AsyncClient() as client:
        metrics = (await client.get(f"http://{filed.supervisor.health_address}/metrics")).text
    assert 'camera="yard"' in metrics
    assert 'camera="hall"' in metrics
    assert 'camera="gate"' not in metrics
    assert 'process="worker-1"' not in metrics
    # The one that came can be looked at, and ordered about.
    async with LineClient(filed.site.state_dir) as line:
        assert list((await line.site())["cameras"]) == ["yard", "hall"]
        assert await line.order("freeze", by="ann", camera="hall")
        with pytest.raises(OrderRefused, match="no camera 'gate'"):
            await line.order("freeze", by="ann", camera="gate")


@pytest.mark.promise("bad input 22")
def test_a_file_that_cannot_be_followed_changes_nothing(
    filed: Filed, record_property: Callable[[str, object], None]
) -> None:
    def troubles() -> dict[str, str]:
        told: dict[str, str] = filed.supervisor.readiness()[1]["troubles"]
        return told

    async def scenes() -> None:
        for old, new, said, word in BAD_FILES:
            filed.write((old, new))
            line = next((n for n, text in enumerate(filed.text.splitlines(), 1) if word in text), 0)
            where = f"site.yaml:{line}: " if word else ""
            with pytest.raises(OrderRefused, match=re.escape(where + said)):
                await filed.reload()
            assert "site file" in troubles()
            assert list(filed.supervisor.readiness()[1]["cameras"]) == ["yard", "gate"]
        assert [e.standing for e in filed.told if isinstance(e, HealthEvent) and e.subject] == [
            True
        ] * len(BAD_FILES)
        assert not [line for line in filed.news() if "starts" in line or "Follow" in line]
        # Mended, it is followed; a signal does, too.
        filed.write((GATE, GATE + HALL))
        os.kill(os.getpid(), signal.SIGHUP)
        await filed.until(lambda: "worker-2 ready" in filed.news())
        await filed.until(lambda: "site file" not in troubles())
        filed.path.write_text("cameras: [")
        os.kill(os.getpid(), signal.SIGHUP)
        await filed.until(lambda: "site file" in troubles())

    filed.play_from_start(scenes)
    assert filed.lines().count("worker-0 starts") == filed.lines().count("worker-1 starts") == 1
    record_property("measured", f"{len(BAD_FILES)} of {len(BAD_FILES)} refused, the site went on")


@pytest.mark.long
def test_of_cameras_that_share_a_worker_one_can_leave(folder: Path) -> None:
    silent = SITE.replace(", audio: score", "")
    filed = Filed(folder, silent.replace("canary: 0", "canary: 0\ncameras_per_worker: 2"))
    gate = GATE.replace(", audio: score", "")

    async def scenes() -> None:
        await filed.until((filed.site.state_dir / "control.sock").exists)
        await filed.until(lambda: "worker-0 ready" in filed.lines())
        await filed.until(lambda: filed.supervisor.readiness()[0])
        filed.begun()
        # A model that is not loaded is none that a camera can come with.
        filed.write((gate, GATE))
        with pytest.raises(OrderRefused, match="gate: the site was started without any sound"):
            await filed.reload()
        assert not [line for line in filed.news() if line.startswith("worker")]
        filed.write((gate, HALL + HALL.replace("hall", "attic")))
        await filed.reload()
        await filed.until(lambda: "worker-1 ready" in filed.news())
        assert len(filed.supervisor._processes.crew.workers) == 2

    filed.play(scenes)
    assert "worker-0 got LeaveCamera" in filed.news()
    assert filed.lines().count("worker-0 starts") == 1
