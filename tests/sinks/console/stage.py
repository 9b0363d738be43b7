"""A console as a process of its own, over a real Redis and a real control socket, and browsers."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from pipeline.config import Site, parse_site
from pipeline.control import ControlServer
from pipeline.metrics import Exporter
from pipeline.overview import Overview
from pipeline.readiness import Readiness
from pipeline.records import Alert
from sinks.alert_json import encode_alert
from sinks.base import OutboxEntry
from sinks.console.accounts import EVERYTHING, Rights, Role
from sinks.console.serve import guard_of
from sinks.redis_streams import RedisStreamsSink
from tests.sinks.builders import RedisProcess
from tests.sinks.console.reception import PASSWORD, let_in

CHROMIUM = Path("/usr/bin/chromium")
# Browser, console and Redis share two cores with the other tests.
expect.set_options(timeout=30_000)
SITE = """
site: depot
timezone: Europe/Lisbon
data_dir: {folder}/data
redis: {{url: "{url}"}}
console: {{port: {port}{console}}}
cameras:
{cameras}rules:
  fire: {{see: [a fire], hear: [a fire alarm], severity: critical}}
  fight: {{see: [people fighting]}}
"""


CAMERAS = """
  yard: {url: "rtsp://127.0.0.1/yard", audio: record, groups: [outside]}
  gate: {url: "rtsp://127.0.0.1/gate", groups: [outside]}
"""


class PlayedPictures:
    """Live pictures of cameras that are not there."""

    async def newest(self, _camera: str) -> tuple[bytes, float]:
        return jpeg(), 1_800_000_000.0


class Stage:
    """Starts and stops what a console needs, and lets alerts come.

    Args:
        folder: short enough for a socket's address.
        server: a Redis that runs.
    """

    def __init__(self, folder: Path, server: RedisProcess) -> None:
        self.folder = folder
        self.redis_url = server.url
        text = self._text("0")
        (folder / "site.yaml").write_text(text)
        self.site: Site = parse_site(text, name="depot.yaml")
        self.site.state_dir.mkdir(parents=True)
        self.first_password = ""
        self.home = ""
        #: What the console printed before it was stopped or killed.
        self.printed = ""
        self._console: subprocess.Popen[str] | None = None
        self._sink = RedisStreamsSink(server.url)
        self._sink.open(None)
        self._seq = 0
        self._readiness = Readiness(self.site.cameras)
        self._overview = Overview(Exporter())
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def cameras(self) -> str:
        """As the site file has them."""
        return CAMERAS

    def console_options(self) -> str:
        """More of the site file's section ``console``."""
        return ""

    def _text(self, port: str) -> str:
        return SITE.format(
            folder=self.folder,
            url=self.redis_url,
            port=port,
            cameras=self.cameras(),
            console=self.console_options(),
        )

    # --- life ---------------------------------------------------------------------------------

    @contextmanager
    def set(self) -> Iterator[Stage]:
        """Everything runs."""
        self._thread.start()
        control = ControlServer(
            self.site,
            PlayedPictures(),  # type: ignore[arg-type]
            dict,
            self._state,
        )
        asyncio.run_coroutine_threadsafe(control.start(), self._loop).result(60)
        try:
            self.start()
            yield self
        finally:
            self.stop()
            asyncio.run_coroutine_threadsafe(control.stop(), self._loop).result(60)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(30)
            self._loop.close()
            self._sink.close()

    def start(self) -> None:
        """Start the console; after a stop on the same port."""
        if self.home:
            port = self.home.rstrip("/").rpartition(":")[2]
            (self.folder / "site.yaml").write_text(self._text(port))
        with (self.folder / "console.log").open("a") as said:
            self._console = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "pipeline.cli",
                    "console",
                    str(self.folder / "site.yaml"),
                    "--first-password",
                ],
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        assert self._console.stdout is not None
        first = self._console.stdout.readline()
        found = re.match(r"console: (\S+)", first)
        assert found, (first, (self.folder / "console.log").read_text())
        self.printed += first
        if not self.home:
            told = self._console.stdout.readline()
            self.printed += told
            self.first_password = re.search(r"password (\S+)", told)[1]  # type: ignore[index]
        self.home = found[1]

    def stop(self) -> None:
        """Stop the console in order."""
        if self._console is not None:
            self._console.send_signal(signal.SIGTERM)
            assert self._console.wait(30) == 0
            self._gone(self._console)

    def kill(self) -> None:
        """Stop the console at once."""
        assert self._console is not None
        self._console.kill()
        self._console.wait(30)
        self._gone(self._console)

    def _gone(self, console: subprocess.Popen[str]) -> None:
        assert console.stdout is not None
        self.printed += console.stdout.read()
        console.stdout.close()
        self._console = None

    def _state(self) -> dict[str, Any]:
        _, body = self._readiness.body(time.monotonic(), {"judge": True})
        return self._overview.state(body, [], None)

    # --- what happens -------------------------------------------------------------------------

    def comes(self, alert: Alert) -> None:
        """An alert is delivered to Redis."""
        self._seq += 1
        document = encode_alert(alert)
        entry = OutboxEntry(self._seq, alert.id, alert.revision, document, alert.captured_at)
        self._sink.deliver([entry])

    def media(self, incident: str, camera: str = "yard") -> dict[str, Any]:
        """Evidence on disk; the fields of an alert that name it."""
        folder = self.site.state_dir / "media" / camera / incident
        folder.mkdir(parents=True)
        (folder / "thumb.jpg").write_bytes(jpeg())
        write_film(folder / "clip.mp4")
        where = f"{camera}/{incident}"
        return {"thumb_path": f"{where}/thumb.jpg", "clip_path": f"{where}/clip.mp4"}

    def person(self, name: str, role: Role = Role.OPERATOR, rights: Rights = EVERYTHING) -> str:
        """An account whose owner has chosen a password already; return its name."""
        guard = guard_of(self.site)
        let_in(guard, name, role, rights)
        guard.close()
        return name


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        try:
            yield browser
        finally:
            browser.close()


def visit(browser: Any, stage: Stage, name: str, path: str = "/queue") -> Page:
    """A window in which somebody has signed in; what goes wrong in it fails the test."""
    page: Page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
    page.on(
        "console",
        lambda said: (
            page.faults.append(said.text)  # type: ignore[attr-defined]
            if said.type == "error" and "Failed to load resource" not in said.text
            else None
        ),
    )
    page.faults = []  # type: ignore[attr-defined]
    page.goto(f"{stage.home}login?next={path}")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    page.wait_for_url(f"**{path}")
    return page


def faults(page: Page) -> list[str]:
    """Errors of scripts, and what the content policy refused."""
    return page.faults  # type: ignore[attr-defined, no-any-return]


def jpeg() -> bytes:
    """A small grey picture."""
    import cv2

    picture = np.full((90, 160, 3), 90, np.uint8)
    return bytes(cv2.imencode(".jpg", picture)[1].tobytes())


def write_film(path: Path, seconds: int = 2) -> None:
    """A clip with picture (H.264) and sound (AAC), as the evidence is."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as film:
        picture = film.add_stream("libx264", rate=10)
        picture.width, picture.height, picture.pix_fmt = 160, 90, "yuv420p"
        sound = film.add_stream("aac", rate=16_000, layout="mono")
        for number in range(10 * seconds):
            pixels = np.full((90, 160, 3), (number * 9) % 255, np.uint8)
            film.mux(picture.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(picture.encode(None))
        tone = np.sin(np.arange(16_000 * seconds) * 0.2).astype(np.float32)[np.newaxis]
        frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16_000, 0, Fraction(1, 16_000)
        film.mux(sound.encode(frame))
        film.mux(sound.encode(None))


Starter = Callable[..., RedisProcess]
