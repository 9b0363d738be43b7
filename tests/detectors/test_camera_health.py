"""What is told of a camera, as what happens before its lens, second by second."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors import DetectorStateError
from detectors.camera_health import ADOPTED_S, CameraHealth
from pipeline.ingest.vitals import PictureMeter
from pipeline.records import NS_PER_S

Pixels = NDArray[np.uint8]
SIZE = 160


def yard(seed: int = 1) -> Pixels:
    """A place with walls, windows and things about, larger than the camera's view."""
    rng = np.random.default_rng(seed)
    scene = np.full((2 * SIZE, 2 * SIZE, 3), (120, 130, 125), np.uint8)
    for _ in range(150):
        x, y = (int(v) for v in rng.integers(0, 2 * SIZE, 2))
        w, h = (int(v) for v in rng.integers(8, 50, 2))
        colour = tuple(int(v) for v in rng.integers(20, 235, 3))
        cv2.rectangle(scene, (x, y), (x + w, y + h), colour, -1)
    return scene


YARD = yard()


def view(right: int = 0, down: int = 0, turn: float = 0.0, scene: Pixels = YARD) -> Pixels:
    """What a camera shows of a place, pushed aside by pixels or turned by degrees."""
    middle = (scene.shape[1] / 2, scene.shape[0] / 2)
    turned = cv2.warpAffine(scene, cv2.getRotationMatrix2D(middle, turn, 1), scene.shape[1::-1])
    top, left = SIZE // 2 + down, SIZE // 2 + right
    return turned[top : top + SIZE, left : left + SIZE].astype(np.uint8)


def dimmed(pixels: Pixels, gain: float) -> Pixels:
    return (pixels * gain).astype(np.uint8)


def infrared(pixels: Pixels) -> Pixels:
    """By night: grey, with a spot of light and other contrasts."""
    grey = 255 - cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) * 0.8
    down, across = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    grey *= np.exp(-1.5 * (down**2 + across**2)).astype(np.float32)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def blurred(pixels: Pixels, sigma: float = 2.5) -> Pixels:
    return cv2.GaussianBlur(pixels, (0, 0), sigma).astype(np.uint8)


def hidden(pixels: Pixels, share: float = 0.6) -> Pixels:
    """Something plain stands before the camera."""
    out = pixels.copy()
    out[:, : round(share * SIZE)] = (70, 60, 90)
    return out


def sheet(grey: int = 120) -> Pixels:
    return np.full((SIZE, SIZE, 3), grey, np.uint8)


class Told:
    """A camera, its clock, and what was said of it."""

    def __init__(self) -> None:
        self.health = CameraHealth()
        self.meter = PictureMeter()
        self.rng = np.random.default_rng(3)
        self.at = 0
        self.said: list[tuple[int, str, bool]] = []
        self.details: list[str] = []

    def shows(self, pixels: Pixels, seconds: int, *, live: bool = True, every_s: int = 1) -> Told:
        """Show a picture, with the noise that a live one has; ``every_s`` passes between two."""
        taken = []
        for _ in range(min(seconds, 5)):
            noise = self.rng.integers(0, 3, pixels.shape) if live else 0
            shown = np.clip(pixels.astype(np.int16) + noise, 0, 255).astype(np.uint8)
            taken.append(self.meter.measure(shown))
        # Five noisy pictures, again and again, are as good as new ones.
        for vitals in itertools.islice(itertools.chain(taken, itertools.cycle(taken[1:])), seconds):
            self.at += every_s
            for change in self.health.take(vitals, self.at * NS_PER_S):
                self.said.append((self.at, change.kind, change.standing))
                self.details.append(change.detail)
        return self

    @property
    def kinds(self) -> list[tuple[str, bool]]:
        return [(kind.removeprefix("camera_"), standing) for _, kind, standing in self.said]


@pytest.fixture
def camera() -> Told:
    """One that has looked at the yard for a minute."""
    told = Told().shows(view(), 60)
    assert told.said == []
    return told


TROUBLES: list[tuple[str, Callable[[], Pixels], str, int]] = [
    ("a sheet of paper", sheet, "covered", 6),
    ("a defocused hand", lambda: blurred(view(scene=yard(5)), 9), "covered", 6),
    ("pushed aside", lambda: view(right=14, down=6), "moved", 12),
    ("turned", lambda: view(turn=5), "moved", 32),
    ("looks elsewhere", lambda: view(scene=yard(9)), "moved", 32),
    ("out of focus", lambda: blurred(view()), "blurred", 32),
    ("no light at all", lambda: dimmed(view(), 0.02), "dark", 32),
    ("a cap", lambda: sheet(2), "dark", 32),
]


@pytest.mark.parametrize(
    ("shown", "kind", "within_s"), [t[1:] for t in TROUBLES], ids=[t[0] for t in TROUBLES]
)
def test_each_trouble_is_told_in_time_once_and_ends(
    camera: Told, shown: Callable[[], Pixels], kind: str, within_s: int
) -> None:
    camera.shows(shown(), 60)
    assert camera.kinds == [(kind, True)]
    assert camera.said[0][0] - 60 <= within_s
    assert camera.health.troubles == {f"camera_{kind}"}
    camera.shows(view(), 30)
    assert camera.kinds == [(kind, True), (kind, False)]
    assert camera.said[1][0] - 120 <= 15
    assert all(detail.endswith(".") for detail in camera.details)


@pytest.mark.promise("fault 3")
def test_a_frozen_picture_is_told_within_thirty_seconds_and_ends_with_the_first_other_one(
    camera: Told,
) -> None:
    camera.shows(view(), 40, live=False).shows(view(), 2)
    # The frozen picture itself is another than the one before.
    assert camera.said == [(86, "camera_frozen", True), (101, "camera_frozen", False)]


def test_a_clock_that_runs_on_in_a_corner_does_not_make_a_frozen_picture_live(camera: Told) -> None:
    for second in range(40):
        stuck = view()
        stuck[2:8, 2:6] = 40 + 5 * second
        camera.shows(stuck, 1, live=False)
    assert camera.kinds == [("frozen", True)]


@pytest.mark.parametrize(
    ("passing", "seconds"),
    [
        (sheet(90), 2),  # a truck before the lens
        (hidden(view()), 60),  # somebody stays before a good part of it
        (np.full((SIZE, SIZE, 3), 250, np.uint8), 10),  # headlights
        (dimmed(view(), 0.02), 20),  # light off, and on again
        (dimmed(view(), 0.3), 60),  # less light
        (np.clip(view() * 1.7, 0, 255).astype(np.uint8), 60),  # more light
        (view(right=3), 5),  # a gust
        (blurred(view()), 15),  # the focus is hunting
    ],
    ids=["truck", "person", "headlights", "lamp", "dim", "bright", "gust", "focus"],
)
def test_what_passes_and_what_is_light_is_no_trouble(
    camera: Told, passing: Pixels, seconds: int
) -> None:
    camera.shows(passing, seconds).shows(view(), 60)
    assert camera.said == []


def test_what_passes_now_and_then_does_not_add_up(camera: Told) -> None:
    for _ in range(10):
        camera.shows(sheet(90), 2).shows(view(), 4)
    assert camera.said == []


def test_day_and_infrared_are_two_looks_of_one_view(camera: Told) -> None:
    for _ in range(3):
        camera.shows(infrared(view()), 90).shows(view(), 90)
    assert camera.said == []
    camera.shows(infrared(view()), 5).shows(infrared(view(right=14)), 20)
    assert camera.kinds == [("moved", True)]


def test_dusk_is_slow_and_no_trouble(camera: Told) -> None:
    def goes(gains: NDArray[np.float64]) -> None:
        for gain in gains:
            camera.shows(dimmed(view(), float(gain)), 1, every_s=3)

    goes(np.geomspace(1, 0.01, 200))
    camera.shows(sheet(1), 60)
    goes(np.geomspace(0.01, 1, 200))
    assert camera.said == []


def test_where_lamps_go_out_every_evening_this_is_learned_from_two_of_them(camera: Told) -> None:
    for _ in range(2):
        camera.shows(sheet(2), 1300, live=False, every_s=3)
        camera.shows(view(), 30)
    assert camera.kinds == [("dark", True), ("dark", False)] * 2
    camera.shows(sheet(2), 120).shows(view(), 30)
    assert len(camera.said) == 4


def test_a_camera_that_was_moved_for_good_gets_used_to_it_and_remembers_the_old_view(
    camera: Told,
) -> None:
    elsewhere = view(scene=yard(9))
    camera.shows(elsewhere, 60).shows(elsewhere, round(ADOPTED_S / 3), every_s=3)
    assert camera.kinds == [("moved", True), ("moved", False)]
    assert "from now on it is the usual one" in camera.details[-1]
    camera.shows(elsewhere, 60).shows(view(), 60)
    assert len(camera.said) == 2
    camera.shows(view(scene=yard(12)), 60)
    assert camera.kinds[2:] == [("moved", True)]


def test_somebody_who_turns_a_new_camera_about_does_not_teach_it_where_to_look() -> None:
    camera = Told().shows(view(scene=yard(8)), 5).shows(view(scene=yard(9)), 5)
    camera.shows(view(), 60).shows(view(right=14), 30)
    assert camera.kinds == [("moved", True)]


def test_a_camera_that_shows_nothing_from_the_start_is_told_and_learns_nothing_from_it() -> None:
    camera = Told().shows(sheet(), 60)
    assert camera.kinds == [("covered", True)]
    camera.shows(view(), 60).shows(sheet(), 10)
    assert camera.kinds == [("covered", True), ("covered", False), ("covered", True)]


def test_a_lost_connection_counts_for_nothing(camera: Told) -> None:
    camera.shows(sheet(), 1)
    camera.at += 600
    camera.shows(view(), 60)
    assert camera.said == []


def test_what_is_usual_survives_a_restart(camera: Told) -> None:
    after = Told()
    after.health.load(camera.health.save())
    after.shows(view(right=14), 15)
    assert after.kinds == [("moved", True)]


def test_a_state_that_cannot_be_read_is_refused_and_changes_nothing(camera: Told) -> None:
    good = camera.health.save()
    for bad in ({}, good | {"version": 99}, good | {"looks": [{"field": np.zeros(3)}]}):
        with pytest.raises(DetectorStateError, match="learned anew"):
            camera.health.load(bad)
    camera.shows(view(right=14), 15)
    assert camera.kinds == [("moved", True)]
