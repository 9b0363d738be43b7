"""More cameras than the model can look at, with real processes: rates fall, and come back."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.children import Child, ChildSpec
from pipeline.config import parse_site
from pipeline.messages import AnyMessage, HealthEvent
from pipeline.supervisor import Supervisor
from tests.pipeline.simulate.clips import make_clip

pytestmark = [pytest.mark.integration, pytest.mark.long]
CAMERAS = ("vault", "yard", "gate", "hall")
#: All want 40 pictures a second; the model can do 28, later 500.
SLOW_S, QUICK_S = 0.035, 0.002
SITE = """
site: busy
data_dir: DATA
cameras_per_worker: 4
cameras:
  vault: {url: "file:FILM", loop: true, gate: false, decode: all, sample_fps: 10}
  yard: {url: "file:FILM", loop: true, gate: false, decode: all, sample_fps: 10, rules: [fight]}
  gate: {url: "file:FILM", loop: true, gate: false, decode: all, sample_fps: 10, rules: [fight]}
  hall: {url: "file:FILM", loop: true, gate: false, decode: all, sample_fps: 10, rules: [fight]}
rules:
  fire: {see: [a fire], severity: critical}
  fight: {see: [people fighting]}
archive: {enabled: false}
canary: 0
sinks: [{type: jsonl, path: DATA/alerts.jsonl}]
health: {port: 0}
"""


class Slow(Supervisor):
    """A supervisor whose encoder is the real one with a slow model."""

    def _child(self, spec: ChildSpec) -> Child:
        if spec.name == "encoder":
            spec = dataclasses.replace(spec, module="tests.pipeline.fakes.slow_encoder")
        return super()._child(spec)


class Watched:
    """A site at work, and what its metrics say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.takes(SLOW_S)
        film = make_clip(folder / "film.mp4", sound=None)
        text = SITE.replace("DATA", str(folder / "data")).replace("FILM", str(film))
        self.told: list[AnyMessage] = []
        site = parse_site(text, name="site.yaml", environ={})
        self.supervisor = Slow(site, on_event=self.told.append)

    def takes(self, seconds: float) -> None:
        """So long for a picture from now on."""
        (self.folder / "seconds").write_text(str(seconds))

    def value(self, name: str, **labels: str) -> float:
        registry = self.supervisor._exporter.registry
        return registry.get_sample_value(f"hearsight_{name}", labels) or 0.0

    def rates(self) -> dict[str, float]:
        return {
            camera: self.value("sample_rate", camera=camera, modality="video") for camera in CAMERAS
        }

    def lost(self) -> float:
        of_encoder = ("queue_full", "too_old", "overwritten")
        return sum(self.value("dropped_total", stage="encoder", reason=r) for r in of_encoder)

    def kinds(self) -> list[str]:
        return [m.kind for m in self.told if isinstance(m, HealthEvent) and "overload" in m.kind]

    async def until(self, condition: Callable[[], object], within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, (self.rates(), self.lost(), self.kinds())
            await asyncio.sleep(0.1)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, short_tmp: Path) -> Watched:
    monkeypatch.setenv("HEARSIGHT_STAGE", str(short_tmp))
    return Watched(short_tmp)


def test_too_many_cameras_and_then_a_faster_machine(watched: Watched) -> None:
    async def scenes() -> None:
        await watched.until(lambda: watched.value("camera_up", camera="hall"), 60)
        await watched.until(lambda: watched.kinds() == ["overloaded"], 30)
        # The camera with the critical rule loses nothing; the others are equals.
        await watched.until(lambda: sum(watched.rates().values()) < 28, 30)
        await asyncio.sleep(12)
        rates, lost = watched.rates(), watched.lost()
        assert rates["vault"] == 10
        assert 0.2 <= rates["yard"] < 7
        assert rates["yard"] == pytest.approx(rates["gate"]) == pytest.approx(rates["hall"])
        assert watched.value("sampling_deficit", camera="yard", modality="video") == pytest.approx(
            1 - rates["yard"] / 10
        )
        # From here on nothing is given up, and what is judged is fresh.
        await asyncio.sleep(10)
        assert watched.lost() == lost
        assert watched.value("lag_seconds", stage="judge") < 2.0

        watched.takes(QUICK_S)
        await watched.until(lambda: set(watched.rates().values()) == {10.0}, 90)
        assert watched.kinds() == ["overloaded", "overload_over"]

    async def play() -> None:
        running = asyncio.create_task(watched.supervisor.run())
        playing = asyncio.ensure_future(scenes())
        try:
            await asyncio.wait([running, playing], return_when="FIRST_COMPLETED")
        finally:
            playing.cancel()
            watched.supervisor.ask_to_stop()
            await asyncio.wait([running])
        running.result()
        playing.result()

    asyncio.run(play())
