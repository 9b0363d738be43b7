"""`hearsight run` against a GStreamer camera and a Redis server, neither of them ours."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from pipeline.records import AlertType
from sinks.reader import AlertReader, Received
from tests.films import film_of_event

GST = Path(__file__).with_name("gst_server.py")
SYSTEM_PYTHON = "/usr/bin/python3"

pytestmark = [pytest.mark.integration, pytest.mark.timeout(420)]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def until(condition: Callable[[], object], timeout_s: float, what: str) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {timeout_s} s"
        time.sleep(0.2)


@contextmanager
def gstreamer_camera(film: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [SYSTEM_PYTHON, str(GST), str(film)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    port = process.stdout.readline().decode().strip()
    if not port:
        assert process.stderr is not None
        pytest.skip(
            "no GStreamer RTSP server (.ci/run installs gir1.2-gst-rtsp-server-1.0): "
            + process.stderr.read().decode()[-200:]
        )
    try:
        yield f"rtsp://127.0.0.1:{port}/yard"
    finally:
        process.kill()
        process.communicate()


class RedisServer:
    """A system redis-server with an append-only file, on loopback."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            pytest.skip("no redis-server on this machine (.ci/run installs it)")
        self._process = subprocess.Popen(
            [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--appendonly", "yes",
             "--appendfsync", "everysec", "--dir", str(self._folder), "--save", ""],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        until(self._answers, 60, "Redis answering")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as sock:
                sock.sendall(b"PING\r\n")
                return sock.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that answers, and is gone after the test."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@contextmanager
def hearsight_run(site: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", "run", str(site)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def read_all(url: str) -> list[Received]:
    reader = AlertReader(url, group="tail-test", consumer="test", start="0", ephemeral=True)
    reader.open()
    try:
        received: list[Received] = []
        while batch := reader.read(0.3):
            received += batch
            reader.ack(batch)
        return received
    finally:
        reader.close()


def test_alerts_of_a_foreign_camera_land_in_a_foreign_redis_and_survive_its_restart(
    tmp_path: Path, redis: RedisServer
) -> None:
    film, event, _ = film_of_event(4001, "fire_with_alarm", tmp_path)
    port = free_port()
    with gstreamer_camera(film) as camera:
        site = tmp_path / "site.yaml"
        site.write_text(
            f"""
site: foreign
data_dir: {tmp_path / "state"}
redis: {{url: "{redis.url}"}}
health: {{port: {port}}}
canary: 0
cameras:
  yard: {{url: "{camera}", audio: record}}
rules:
  fire:
    see: [a fire with flames and smoke, something is on fire]
    hear: [a fire alarm is ringing, a smoke alarm is beeping]
    false_alarms: 1 per hour
    severity: critical
"""
        )
        site.chmod(0o600)
        log = tmp_path / "line.log"
        with hearsight_run(site, log) as line:

            def fired() -> bool:
                assert line.poll() is None, log.read_text()[-2000:]
                return any(r.alert.type is AlertType.NEW for r in read_all(redis.url))

            until(fired, 120, "an alert")
            ready = httpx.get(f"http://127.0.0.1:{port}/readiness")
            assert ready.status_code == 200, ready.text

            def counted() -> bool:
                metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
                return (
                    'hearsight_alerts_total{camera="yard",rule="fire",severity="critical"}'
                    in metrics
                )

            until(counted, 60, "the alert among the metrics")

            def has_clip() -> bool:
                return any(r.alert.clip_path for r in read_all(redis.url))

            until(has_clip, 60, "the clip's revision")
            before = {(r.alert.id, r.alert.revision) for r in read_all(redis.url)}
            redis.stop()
            redis.start()
            until(lambda: before <= {(r.alert.id, r.alert.revision) for r in read_all(redis.url)},
                  60, "every alert in the restarted Redis")  # fmt: skip
        first = min(read_all(redis.url), key=lambda r: r.alert.revision).alert
        assert (first.camera, first.rule) == ("yard", "fire")
        assert first.data["fusion"]["modalities"].keys() == {"video", "audio"}
    latest = max(read_all(redis.url), key=lambda r: r.alert.revision).alert
    media = tmp_path / "state" / "media"
    assert latest.clip_path is not None
    assert latest.thumb_path is not None
    assert (media / latest.clip_path).stat().st_size > 10_000
    assert (media / latest.thumb_path).read_bytes()[:2] == b"\xff\xd8"
    assert event.name == "fire_with_alarm"
