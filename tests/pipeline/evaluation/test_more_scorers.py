"""A scorer that looks at how pictures move stands beside what is seen and heard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.bench import Request
from pipeline.evaluation.media import frames
from pipeline.evaluation.scoring import WindowScores, in_windows
from pipeline.evaluation.suites.fights import HEAR, SEE, SUITE
from pipeline.evaluation.tracks import Track
from pipeline.records import Modality
from tests.pipeline.evaluation.worlds import BLUE, GREEN, World, bench_of, film


class FrameChange:
    """How much each frame differs from the one before it, (n, 1)."""

    key = "frame-change/1"
    modality = Modality.VIDEO

    def make(self, path: Path) -> Track:
        seen = list(frames(path, (8, 8)))
        pixels = np.stack([p for _, p in seen]).astype(np.float32)
        change = np.abs(np.diff(pixels, axis=0, prepend=pixels[:1])).mean(axis=(1, 2, 3))
        at_s = np.array([at for at, _ in seen])
        return Track(at_s, at_s, change[:, None])


class Agitation:
    """The spread of a window's changes: of the window as a whole, not frame by frame."""

    name = "motion"
    producer = FrameChange()

    def windows(self, track: Track, ends_s: NDArray[np.float64]) -> WindowScores:
        change = track.rows[:, 0].astype(np.float64)
        return in_windows(change, np.ones(len(track), bool), track.end_s, ends_s)

    def ordinary(self) -> NDArray[np.float64]:
        return np.linspace(0, 5, 60)


def test_motion_tells_what_neither_sense_does(tmp_path: Path) -> None:
    for n in (11, 12, 13):
        film(tmp_path / f"fight/fi0{n}.mp4", [BLUE, BLUE, GREEN, GREEN] * 4)
        film(tmp_path / f"noFight/nofi0{n}.mp4", [BLUE] * (14 + n))
    suite = replace(SUITE, more=(lambda bench: Agitation(),))
    # Green means no more to it than blue.
    world = World(lambda text: text in SEE + HEAR)
    world.sight.encode_images = lambda pixels: np.tile(  # type: ignore[method-assign]
        np.float32([0.5, 0.5, 0.5, 0.5]), (len(pixels), 1)
    )

    found = suite.run(Request(tmp_path), bench_of(world, tmp_path / "kept"))

    assert found.metrics["video"]["auc"] == 0.5
    assert found.metrics["motion"]["auc"] == 1.0
    assert found.metrics["fused"]["auc"] == 1.0
    assert "motion" not in found.baseline  # it has no words
    assert {row["method"] for row in found.ablations} >= {"motion", "fisher", "sum_z"}
