"""Real footage that may be trained on, as labelled pictures: what a folder of clips tells for sure.

Everything that is not sure is left open (NaN): a clip of a fight says that people fight, not
whether one of them lies on the ground.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.splits import Part, part_of
from pipeline.training.data import Shards
from pipeline.training.generated import CELLS, PLACED, SIDE

_PEOPLE = {
    "person_standing",
    "person_walking",
    "person_running",
    "person_bending",
    "person_sitting",
    "people_group",
}
_NEVER = dict.fromkeys(("fire", "smoke", "covered_lens"), 0.0)
_CALM = _NEVER | {"people_fighting": 0.0, "person_falling": 0.0, "person_lying": 0.0}
_NOBODY = dict.fromkeys(_PEOPLE, 0.0)
#: Frames a second that are taken of a clip, and of how many of its seconds.
_FPS, _MOST_S = 4.0, 60.0


@dataclass(frozen=True, slots=True)
class Footage:
    """Clips of one kind under a data folder, and what they show for sure."""

    #: Name in ``pipeline.evaluation.splits``; None: no split, all may be trained on.
    dataset: str
    pattern: str
    labels: Mapping[str, float]


#: Only sets whose licence allows training. A fight clip does not show blows in every frame.
FOOTAGE: tuple[Footage, ...] = (
    Footage(
        "fights",
        "video/surveillance-fight/fight/*.mp4",
        _NEVER | {"people_fighting": 0.9, "empty_scene": 0.0},
    ),
    # Some lie or fall in clips without a fight.
    Footage("fights", "video/surveillance-fight/noFight/*.mp4", _NEVER | {"people_fighting": 0.0}),
    Footage(
        "intel",
        "video/intel-sample-videos/car-detection.mp4",
        _CALM | _NOBODY | {"car": 1.0, "empty_scene": 0.0, "night": 0.0},
    ),
    Footage(
        "intel",
        "video/intel-sample-videos/one-by-one-person-detection.mp4",
        _CALM | {"night": 0.0, "rain": 0.0, "dog": 0.0, "people_group": 0.0},
    ),
    Footage(
        "intel",
        "video/intel-sample-videos/bottle-detection.mp4",
        _CALM | _NOBODY | {"night": 0.0, "rain": 0.0, "dog": 0.0, "car": 0.0},
    ),
)


def frames_of(
    path: Path, fps: float = _FPS, seconds: float = _MOST_S
) -> Iterator[NDArray[np.uint8]]:
    """Frames of a clip at about ``fps``, squashed to uint8 (160, 160, 3) RGB."""
    due = 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            at = frame.time or 0.0
            if at > seconds:
                return
            if at >= due - 1e-6:
                due = at + 1.0 / fps
                pixels = frame.to_ndarray(format="rgb24")
                squashed = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
                yield squashed.astype(np.uint8, copy=False)


def train_clips(data: Path, concepts: Sequence[str]) -> Iterator[tuple[Path, NDArray[np.float32]]]:
    """Clips of the train part of ``FOOTAGE`` under ``data``, and what is sure of each, (concepts,).

    Raises:
        FileNotFoundError: a pattern finds nothing: is it the right folder?
    """
    for footage in FOOTAGE:
        paths = sorted(data.glob(footage.pattern))
        if not paths:
            raise FileNotFoundError(f"no {footage.pattern} in {data}")
        known = np.array([footage.labels.get(name, np.nan) for name in concepts], np.float32)
        for path in paths:
            if part_of(footage.dataset, path.name) is Part.TRAIN:
                yield path, known


def real_pictures(data: Path, concepts: Sequence[str]) -> Shards:
    """Every frame of the train part of ``FOOTAGE`` under ``data``.

    Raises:
        FileNotFoundError: see `train_clips`.
    """
    pictures: list[NDArray[np.uint8]] = []
    labels: list[NDArray[np.float32]] = []
    for path, known in train_clips(data, concepts):
        made = list(frames_of(path))
        pictures += made
        labels += [known] * len(made)
    cells = np.zeros((len(pictures), CELLS + 1, CELLS), np.uint16)
    cells[:, CELLS] = (1 << len(PLACED)) - 1
    return Shards(tuple(concepts), np.stack(pictures), np.stack(labels), cells)
