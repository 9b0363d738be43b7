"""Days of an invented site, in spaces of two dimensions, written into its archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from pipeline.archive import ArchiveWriter
from pipeline.config import Site, parse_site
from pipeline.metrics import Recorder
from pipeline.records import NS_PER_S, Embedding, Modality, Quiet
from pipeline.text_space import TextSpace

SITE = """
site: test
timezone: Europe/Lisbon
data_dir: {folder}
cameras:
  yard: {{url: "rtsp://camera/yard", audio: score}}
  gate: {{url: "rtsp://camera/gate", rules: [fire]}}
rules:
  fire:
    see: [a fire]
    hear: [a fire alarm]
    normal: {{see: [a yard], hear: [wind]}}
    severity: critical
    false_alarms: 2 per hour
    exit_after: 2
    cooldown: 30
  crash:
    hear: [a crash]
    normal: {{hear: [wind]}}
    false_alarms: 1 per week
"""

#: East is what the rules look for, north is ordinary.
EAST, NORTH = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
#: 2025-10-09T08:53:20Z
BEGIN = 1_760_000_000.0
JPEG = b"\xff\xd8 what was seen \xff\xd9"
VIDEO, AUDIO = Modality.VIDEO, Modality.AUDIO


def space(model: str, alarming: list[str], normal: str) -> TextSpace:
    angles = np.random.default_rng(1).normal(np.pi / 2, 0.1, 500)
    ordinary = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    texts = dict.fromkeys(alarming, EAST) | {normal: NORTH}
    return TextSpace(model, 20.0, texts, ordinary)


SPACES = {
    VIDEO: space("clip@1", ["a fire"], "a yard"),
    AUDIO: space("clap@1", ["a fire alarm", "a crash"], "wind"),
}
MODELS = {modality: texts.model_id for modality, texts in SPACES.items()}


def site_in(folder: Path, text: str = SITE) -> Site:
    return parse_site(text.format(folder=folder), name="site.yaml", environ={})


class Camera:
    """A camera whose days are written as they are told."""

    def __init__(self, name: str = "yard", *, seed: int = 7, clip: str = "clip@1") -> None:
        self.name = name
        self.at_s = 0.0
        self._clip = clip
        self._rng = np.random.default_rng(seed)

    def _noisy(self, direction: np.ndarray) -> np.ndarray:
        noisy = direction + self._rng.normal(0, 0.05, 2)
        out: np.ndarray = (noisy / np.linalg.norm(noisy)).astype(np.float32)
        return out

    def shows(self, direction: np.ndarray, seconds: float) -> Iterator[Embedding]:
        """Two pictures a second; one in ten seconds is kept as a picture too."""
        for _ in range(round(seconds * 2)):
            yield Embedding(
                self.name,
                "whole",
                VIDEO,
                self._clip,
                round(self.at_s * NS_PER_S),
                0,
                BEGIN + self.at_s,
                self._noisy(direction),
                thumbnail=JPEG if self.at_s % 10 == 0 else b"",
            )
            self.at_s += 0.5

    def is_still(self, seconds: float, *, until: float) -> Iterator[Quiet]:
        """Nothing is heard for so long, up to ``until`` of stream time."""
        for second in range(round(seconds)):
            end = until - seconds + second + 1
            yield Quiet(
                self.name,
                "whole",
                AUDIO,
                round((end - 1) * NS_PER_S),
                round(end * NS_PER_S),
                BEGIN + end,
            )


def archive(root: Path, items: Iterable[Embedding | Quiet], *, run: str = "00000001") -> None:
    writer = ArchiveWriter(root, MODELS, reserve_mb=0, recorder=Recorder(), run=run)
    for item in items:
        writer.append(item)
    writer.flush()


def a_fire_at(camera: Camera, *minutes: float, of: float = 20.0) -> Iterator[Embedding]:
    """So many minutes of a quiet yard in which it burns for eight seconds now and then."""
    for minute in minutes:
        yield from camera.shows(NORTH, minute * 60 - camera.at_s)
        yield from camera.shows(EAST, 8)
    yield from camera.shows(NORTH, of * 60 - camera.at_s)
