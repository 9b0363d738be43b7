"""The loop that people write, as a program of its own.

    python -m pipeline.bench.baseline --seconds S --every S [--grab] URL ...

One thread a camera: OpenCV's VideoCapture on the RTSP address, every ``--every`` seconds a picture
through PIL and open_clip's preprocessing, one image at a time through the same CLIP as the line,
cosines with the same prompts, and an XADD through redis-py. Sound, where it is wanted, is decoded
by PyAV over a second connection (OpenCV has none), and goes through the same CLAP one window at a
time. Models run in inference mode on one thread each, texts are embedded once. As nearly everybody
writes it, each picture is read, which converts it; with ``--grab`` those between samples are
decoded but not converted.

Prints JSON lines: ``ready`` once every camera gave a sample, then at the end what was done.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray

_RATE = 48_000


@dataclass
class _Done:
    """What was done. Threads only append and add."""

    pictures: list[int] = field(default_factory=list)
    windows: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Models:
    """The embedded pair as people would run it: one item at a time.

    Args:
        see, hear: prompts; without ``hear`` there is no sound.
    """

    def __init__(self, see: Sequence[str], hear: Sequence[str]) -> None:
        import open_clip
        import torch

        from pipeline.encoders import open_sight, open_sound

        torch.set_num_threads(1)
        opened: Any = open_sight("embedded", device="cpu", threads=1)
        self._torch = torch
        self._clip: Any = opened._model  # noqa: SLF001 - open_clip's own, without our batches
        self._preprocess = open_clip.image_transform(opened.image_size, is_train=False)
        self._seen = opened.encode_texts(see)
        self._lock = threading.Lock()
        self.window_s = 0.0
        if hear:
            heard: Any = open_sound("embedded", device="cpu", threads=1)
            self._clap: Any = heard
            self.window_s = heard.window_s
            self._heard = heard.encode_texts(hear)

    def look(self, picture: NDArray[np.uint8]) -> list[float]:
        """Cosines of a BGR picture (H, W, 3) with the prompts."""
        from PIL import Image

        image = Image.fromarray(picture[:, :, ::-1])
        batch = self._preprocess(image).unsqueeze(0)
        with self._torch.inference_mode():
            found = self._clip.encode_image(batch)
            found = found / found.norm(dim=-1, keepdim=True)
        cosines: list[float] = (found.float().numpy() @ self._seen.T)[0].tolist()
        return cosines

    def listen(self, samples: NDArray[np.float32]) -> list[float]:
        """Cosines of a window of sound (n,) with the prompts."""
        cosines: list[float] = (self._clap.encode_sounds(samples[None])[0] @ self._heard.T).tolist()
        return cosines


def watch(
    url: str,
    camera: int,
    every_s: float,
    models: Models,
    tell: Callable[[int, list[float]], None],
    done: _Done,
    stop: threading.Event,
    *,
    grab: bool,
) -> None:
    """Look at a camera until told to stop; ``grab``: convert no picture but a sample."""
    import cv2

    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
    due = time.monotonic()
    while not stop.is_set():
        picture: Any = None
        if grab:
            got = capture.grab()
        else:
            got, picture = capture.read()
        if not got:
            done.errors.append(f"{url}: no picture")
            return
        if (now := time.monotonic()) < due:
            continue
        due = max(due + every_s, now)
        if grab:
            got, picture = capture.retrieve()
        if got:
            tell(camera, models.look(np.asarray(picture, np.uint8)))
            done.pictures.append(camera)
    capture.release()


def listen(
    url: str,
    camera: int,
    hop_s: float,
    models: Models,
    tell: Callable[[int, list[float]], None],
    done: _Done,
    stop: threading.Event,
) -> None:
    """Listen to a camera until told to stop."""
    import av

    options = {"rtsp_transport": "tcp", "allowed_media_types": "audio"}
    window, hop = round(models.window_s * _RATE), round(hop_s * _RATE)
    held = np.zeros(0, np.float32)
    with av.open(url, options=options, timeout=10.0) as container:
        resampler = av.AudioResampler("fltp", "mono", _RATE)
        for frame in container.decode(container.streams.audio[0]):
            if stop.is_set():
                return
            for part in resampler.resample(frame):
                held = np.concatenate([held, part.to_ndarray()[0]])
            if held.size >= window:
                tell(camera, models.listen(np.ascontiguousarray(held[:window])))
                done.windows.append(camera)
                held = held[hop:]


def main(
    urls: list[str],
    seconds: float = 20.0,
    every: float = 1.0,
    hop: float = 1.0,
    grab: bool = False,
    redis_url: str = "",
    see: str = '["a fire with flames and smoke"]',
    hear: str = "[]",
) -> None:
    """Watch cameras, one thread each."""
    import redis

    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
    prompts: tuple[list[str], list[str]] = (json.loads(see), json.loads(hear))
    models = Models(*prompts)
    client: Any = redis.Redis.from_url(redis_url)
    done, stop = _Done(), threading.Event()

    def tell(camera: int, cosines: list[float]) -> None:
        entry = {"camera": f"camera-{camera}", "at": time.time(), "scores": json.dumps(cosines)}
        client.xadd("baseline:scores", entry, maxlen=10_000, approximate=True)

    threads = []
    for camera, url in enumerate(urls):
        common = (models, tell, done, stop)
        looking = threading.Thread(
            target=watch, args=(url, camera, every, *common), kwargs={"grab": grab}
        )
        threads.append(looking)
        if prompts[1]:
            threads.append(threading.Thread(target=listen, args=(url, camera, hop, *common)))
    for thread in threads:
        thread.daemon = True
        thread.start()
    wanted = set(range(len(urls)))
    while not (set(done.pictures) >= wanted and (not prompts[1] or set(done.windows) >= wanted)):
        if done.errors:
            sys.exit("; ".join(done.errors))
        time.sleep(0.1)
    _say({"ready": True})
    before = (len(done.pictures), len(done.windows), time.process_time(), time.monotonic())
    time.sleep(seconds)
    pictures, windows, used, took = (
        now - then
        for now, then in zip(
            (len(done.pictures), len(done.windows), time.process_time(), time.monotonic()),
            before,
            strict=True,
        )
    )
    _say(
        {
            "pictures": pictures,
            "windows": windows,
            "cpu_s": used,
            "seconds": took,
            "errors": done.errors,
        }
    )
    stop.set()
    sys.stdout.flush()
    # Threads that wait in a dead connection cannot be ended: the process can.
    os._exit(0)


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    typer.run(main)
