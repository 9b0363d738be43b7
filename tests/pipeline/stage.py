"""A site whose processes are all played: what its supervisor does with them shows in a diary."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pipeline.children import Child, ChildSpec
from pipeline.config import parse_site
from pipeline.messages import AnyMessage, CameraState
from pipeline.supervisor import Supervisor

SITE = """
site: test
data_dir: DATA
cameras:
  yard: {url: "rtsp://camera/yard"}
  gate: {url: "rtsp://camera/gate", audio: score}
rules: {fire: {see: [a fire], hear: [an alarm]}}
window: {lateness: 0}
canary: 0
sinks: [{type: jsonl, path: DATA/alerts.jsonl}]
health: {port: 0}
"""


class Played(Supervisor):
    """A supervisor whose processes are all played."""

    heartbeat_timeout_s = 10.0

    def _child(self, spec: ChildSpec) -> Child:
        played = dataclasses.replace(
            spec,
            module="tests.pipeline.fakes.member",
            heartbeat_timeout_s=self.heartbeat_timeout_s,
        )
        return super()._child(played)


class Stage:
    """A site in a folder, its diary, and all that an observer was told."""

    def __init__(self, folder: Path, site: str = SITE) -> None:
        self.folder = folder
        self.diary = folder / "diary"
        self.diary.touch()
        self.part()
        self.told: list[AnyMessage] = []
        self.site = parse_site(
            site.replace("DATA", str(folder / "data")), name="site.yaml", environ={}
        )
        self.supervisor = Played(self.site, on_event=self.told.append)

    def part(self, **parts: str) -> None:
        """How processes behave that are started from now on."""
        written = {name.replace("_", "-"): behaviour for name, behaviour in parts.items()}
        # Processes that are on already read it at each heartbeat: never half written.
        new = self.folder / "parts.json.new"
        new.write_text(json.dumps(written))
        new.replace(self.folder / "parts.json")

    def lines(self) -> list[str]:
        """The diary without its times."""
        return [line.partition(" ")[2] for line in self.diary.read_text().splitlines()]

    def when(self, line: str) -> list[float]:
        """The times of a line in the diary."""
        entries = [entry.partition(" ") for entry in self.diary.read_text().splitlines()]
        return [float(at) for at, _, what in entries if what == line]

    def states(self, camera: str) -> list[tuple[str, str]]:
        of = [m for m in self.told if isinstance(m, CameraState) and m.camera == camera]
        return [(state.state, state.detail) for state in of]

    def restarts(self, process: str) -> float | None:
        registry = self.supervisor._exporter.registry
        return registry.get_sample_value("hearsight_process_restarts_total", {"process": process})

    async def until(self, condition: Callable[[], object], within_s: float = 60.0) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, "\n".join(self.lines())
            await asyncio.sleep(0.02)

    async def until_all_work(self) -> None:
        names = ("encoder", "publisher", "judge", "worker-0", "worker-1")
        await self.until(lambda: all(f"{name} ready" in self.lines() for name in names))
        # Workers are heard in rounds.
        await self.until(lambda: all(child.alive for child in self.supervisor._processes.all))

    def play(self, scenes: Callable[[], Awaitable[None]] | None = None) -> None:
        """Run the site while ``scenes`` lasts (without: until it ends by itself)."""

        async def play() -> None:
            running = asyncio.create_task(self.supervisor.run())
            try:
                if scenes is not None:
                    playing = asyncio.ensure_future(scenes())
                    await asyncio.wait([running, playing], return_when="FIRST_COMPLETED")
                    if not playing.done():
                        playing.cancel()
                    else:
                        playing.result()
                    self.supervisor.ask_to_stop()
                await asyncio.wait_for(asyncio.shield(running), 60.0)
            finally:
                self.supervisor.ask_to_stop()
                await asyncio.wait([running])

        asyncio.run(play())
        assert self.supervisor.pids() == {}


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, short_tmp: Path) -> Path:
    """A folder for everything."""
    monkeypatch.setenv("HEARSIGHT_STAGE", str(short_tmp))
    return short_tmp


@pytest.fixture
def stage(folder: Path) -> Stage:
    return Stage(folder)
