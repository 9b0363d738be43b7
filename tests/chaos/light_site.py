"""A whole site with real processes and cameras, whose models are light: it starts in seconds.

The supervisor runs in this thread's event loop; scenes are coroutines that run beside it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from pipeline.children import Child, ChildSpec
from pipeline.config import parse_site
from pipeline.messages import AnyMessage, CameraState, HealthEvent, ScoreLine
from pipeline.supervisor import Supervisor

M = TypeVar("M", bound=AnyMessage)


class Light(Supervisor):
    """A supervisor whose encoder is the real one with light models."""

    def _child(self, spec: ChildSpec) -> Child:
        if spec.name == "encoder":
            spec = dataclasses.replace(spec, module="tests.pipeline.fakes.failing_encoder")
        return super()._child(spec)


class LightSite:
    """A site at work: what it tells, with the time of each, and what its metrics say.

    Args:
        folder: for everything; its path must be short enough for a socket's.
        monkeypatch: names the folder to the encoder.
        cameras: their part of the site file, by name.
        settings: the rest of the site file that is not as here.
    """

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        cameras: Mapping[str, Mapping[str, Any]],
        **settings: Any,
    ) -> None:
        monkeypatch.setenv("HEARSIGHT_STAGE", str(folder))
        self.folder = folder
        site = {
            "site": "chaos",
            "data_dir": str(folder / "data"),
            "cameras": dict(cameras),
            "rules": {"fire": {"see": ["a fire"], "hear": ["an alarm"]}},
            "archive": {"enabled": False},
            "canary": 0,
            "sinks": [{"type": "jsonl", "path": str(folder / "alerts.jsonl")}],
            "health": {"port": 0},
            **settings,
        }
        self.site = parse_site(yaml.safe_dump(site), name="site.yaml", environ={})
        self.heard: list[tuple[float, AnyMessage]] = []
        self.supervisor = Light(self.site, on_event=self._hear)

    def _hear(self, message: AnyMessage) -> None:
        self.heard.append((time.monotonic(), message))

    def device(self, behaviour: str) -> None:
        """How the encoder's device behaves from now on, see `tests.pipeline.fakes`."""
        # At once: the encoder reads it while it is written.
        new = self.folder / "device.new"
        new.write_text(behaviour)
        new.rename(self.folder / "device")

    # --- what is told -------------------------------------------------------------------------

    def told(self, kind: type[M], since: float = 0.0) -> list[M]:
        """What came of a kind, from a moment on (monotonic, seconds)."""
        return [message for at, message in self.heard if isinstance(message, kind) and at >= since]

    def states(self, camera: str, since: float = 0.0) -> list[tuple[float, CameraState]]:
        """A camera's states with their times."""
        return [
            (at, message)
            for at, message in self.heard
            if isinstance(message, CameraState) and message.camera == camera and at >= since
        ]

    def state(self, camera: str) -> str:
        """A camera's state now."""
        states = self.states(camera)
        return states[-1][1].state if states else ""

    def events(self, subject: str) -> list[HealthEvent]:
        """What was told of one subject of health."""
        return [event for event in self.told(HealthEvent) if event.subject == subject]

    def scores(self, camera: str, since: float) -> list[ScoreLine]:
        """What was scored of a camera from a moment on."""
        return [line for line in self.told(ScoreLine, since) if line.camera == camera]

    def value(self, name: str, **labels: str) -> float:
        """A metric; 0 where it was never counted."""
        registry = self.supervisor._exporter.registry
        return registry.get_sample_value(f"hearsight_{name}", labels) or 0.0

    def dropped(self) -> dict[str, float]:
        """What was dropped, by stage and reason."""
        values = self.supervisor._exporter.values("hearsight_dropped_total")
        return {f"{labels['stage']}/{labels['reason']}": value for labels, value in values}

    def online(self, *cameras: str) -> bool:
        """Whether all of these, or all there are, are online."""
        return all(self.state(name) == "online" for name in cameras or self.site.cameras)

    # --- life ---------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], object], within_s: float) -> float:
        """Wait until something holds; return how long it took, seconds."""
        began = time.monotonic()
        while not condition():
            waited = time.monotonic() - began
            last = [message for _, message in self.heard[-5:]]
            assert waited < within_s, f"not within {within_s:g} s; heard last: {last}"
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    def play(self, scenes: Callable[[], Awaitable[None]]) -> None:
        """Run the site while ``scenes`` lasts."""

        async def play() -> None:
            running = asyncio.create_task(self.supervisor.run())
            playing = asyncio.ensure_future(scenes())
            try:
                await asyncio.wait([running, playing], return_when="FIRST_COMPLETED")
            finally:
                ended = playing.done()
                if not ended:
                    playing.cancel()
                self.supervisor.ask_to_stop()
                await asyncio.wait([running])
            running.result()
            if ended:
                playing.result()
            assert ended, "the site ended by itself"

        asyncio.run(play())
