"""Datagrams that somebody else sends to the camera's receiver are no pictures of the camera."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from pipeline.config import Camera
from pipeline.simulate import MediaSource, serve
from pipeline.simulate.media import load_film
from pipeline.simulate.rtp import RtpSender
from pipeline.sources import Picture, SourcePlan, open_source
from tests.pipeline.simulate.clips import HEIGHT, WIDTH, make_clip

WHITE = 255
SECONDS = 2.0


class Stranger:
    """Floods this process's receivers with white pictures, in good RTP, from a port of its own."""

    def __init__(self, film: Path, host: str, ports: list[int]) -> None:
        self._units = load_film(MediaSource(film)).units
        self._ports = ports
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        sender = RtpSender(1, 96, 90_000, 0, 0, sequence=30_000)
        at = 0
        while not self._over.is_set():
            for unit in self._units:
                packets = [
                    sender.packet(payload, at, marker=n == len(unit.payloads) - 1)
                    for n, payload in enumerate(unit.payloads)
                ]
                for packet in packets:
                    for port in self._ports:
                        self._socket.sendto(packet, ("127.0.0.1", port))
                at += 40_000_000
                time.sleep(0.01)

    def leave(self) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()


def receivers(beside: set[int]) -> list[int]:
    """UDP ports of this process but for those of the simulated camera."""
    found = psutil.Process().net_connections("udp4")
    return [one.laddr.port for one in found if one.laddr and one.laddr.port not in beside]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"], ids=["another port", "another host"])
def test_only_the_camera_s_own_datagrams_are_read(tmp_path: Path, host: str) -> None:
    film = make_clip(tmp_path / "film.mp4", sound=None)
    white = make_clip(
        tmp_path / "white.mp4",
        sound=None,
        gop=5,
        paint=lambda _: np.full((HEIGHT, WIDTH, 3), WHITE, np.uint8),
    )
    levels: list[float] = []
    with serve({"yard": film}) as camera:
        own = set(receivers(set()))
        settings = Camera.model_validate(
            {"url": camera.url("yard"), "transport": "udp", "audio": "off", "sample_fps": 30}
        )
        stranger: Stranger | None = None
        began = time.monotonic()
        try:
            for item in open_source(SourcePlan("yard", settings, (16, 16), False)).run():
                if isinstance(item, Picture):
                    levels.append(float(item.views["whole"].mean()))
                    if stranger is None:
                        began, stranger = time.monotonic(), Stranger(white, host, receivers(own))
                        assert receivers(own)
                if stranger is not None and time.monotonic() - began > SECONDS:
                    break
        finally:
            if stranger is not None:
                stranger.leave()
    assert len(levels) > 30, "the camera is seen all the while"
    assert max(levels) < 150
