"""Generated pictures: what they promise to those who train on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from pipeline.scene.backdrop import PLACES, sample_backdrop
from pipeline.scene.canvas import ASPECT, Image
from pipeline.scene.concepts import NORMAL_SIGHT, SIGHT_CONCEPTS
from pipeline.scene.effects import Fire
from pipeline.scene.gatherings import sample_person
from pipeline.scene.lens import Lens
from pipeline.scene.people import extent, skeleton
from pipeline.scene.pictures import Snapshot, paint, sample_picture
from pipeline.scene.poses import Pose, between, lying, standing, walking
from pipeline.scene.view import View

CLEAN = Lens(noise=0.0)


def test_a_picture_is_rgb_of_the_size_asked_for_and_carries_known_labels() -> None:
    rng = np.random.default_rng(1)
    for size in ((360, 640), (128, 128), (72, 128)):
        picture = sample_picture(rng, size)
        assert picture.pixels.shape == (*size, 3)
        assert picture.pixels.dtype == np.uint8
        assert picture.concepts
        assert picture.concepts <= set(SIGHT_CONCEPTS)


def test_the_same_generator_state_draws_the_same_pictures_and_another_seed_draws_others() -> None:
    def draw(seed: int) -> tuple[list[Image], list[frozenset[str]]]:
        rng = np.random.default_rng(seed)
        pictures = [sample_picture(rng, (90, 160)) for _ in range(6)]
        return [p.pixels for p in pictures], [p.concepts for p in pictures]

    first, labels = draw(5)
    again, labels_again = draw(5)
    other, _ = draw(6)
    assert labels == labels_again
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_every_concept_is_drawn_and_none_drowns_the_others() -> None:
    rng = np.random.default_rng(2)
    drawn = Counter(c for _ in range(500) for c in sample_picture(rng, (36, 64)).concepts)
    assert set(drawn) == set(SIGHT_CONCEPTS)
    assert min(drawn.values()) >= 8
    assert max(drawn.values()) <= 250
    assert drawn["fire"] > 60
    assert drawn["person_lying"] > 60


def test_an_empty_scene_shows_nobody_and_nothing_that_burns() -> None:
    rng = np.random.default_rng(3)
    allowed = NORMAL_SIGHT - {"car", "dog", "headlights", "people_group"}
    empty = [
        p for _ in range(150) if "empty_scene" in (p := sample_picture(rng, (36, 64))).concepts
    ]
    assert empty
    for picture in empty:
        assert not any(c.startswith("person_") for c in picture.concepts)
        assert picture.concepts <= allowed


def test_flames_brighten_and_redden_the_place_where_they_burn() -> None:
    drop = sample_backdrop(np.random.default_rng(4), "yard")
    base = drop.paint(180)
    fire = Fire(x=0.9, y=0.8, width=0.3, height=0.3, age=2.0, seed=3)
    rng = np.random.default_rng(0)
    before = paint(base, Snapshot(), drop.view, CLEAN, rng).astype(int)
    after = paint(base, Snapshot(fires=(fire,)), drop.view, CLEAN, rng).astype(int)
    flames = (slice(int(0.6 * 180), int(0.78 * 180)), slice(int(0.82 * 180), int(0.98 * 180)))
    gained = (after - before)[flames].mean(axis=(0, 1))
    assert gained[0] > 60
    assert gained[0] > gained[2]
    corner = (slice(170, 180), slice(0, 10))
    assert np.abs((after - before)[corner]).mean() < 2


def test_flames_change_from_frame_to_frame_and_repeat_at_the_same_moment() -> None:
    drop = sample_backdrop(np.random.default_rng(4), "hall")
    base = drop.paint(180)

    def at(age: float) -> Image:
        fire = Fire(x=0.9, y=0.8, width=0.3, height=0.3, age=age, seed=3)
        shot = Snapshot(fires=(fire,))
        return paint(base, shot, drop.view, CLEAN, np.random.default_rng(0))

    assert np.array_equal(at(2.0), at(2.0))
    assert np.abs(at(2.0).astype(int) - at(2.1)).max() > 60


@pytest.mark.parametrize("place", PLACES)
def test_people_stand_on_the_floor_of_every_place(place: str) -> None:
    rng = np.random.default_rng(9)
    for _ in range(20):
        drop = sample_backdrop(rng, place)
        person = sample_person(rng, drop, "person_standing")
        assert 0 < person.x < ASPECT
        assert drop.view.horizon < person.y <= 0.97
        if drop.walls is not None:
            left, right = drop.walls.span(person.y)
            assert left < person.x < right


def test_someone_who_lies_is_wide_and_someone_who_stands_is_high() -> None:
    rng = np.random.default_rng(10)
    for _ in range(40):
        drop = sample_backdrop(rng)
        wide, high = extent(sample_person(rng, drop, "person_lying"), drop.view)
        assert wide > 0.95 * high
        wide, high = extent(sample_person(rng, drop, "person_standing"), drop.view)
        assert high > wide


def test_a_body_touches_the_ground_in_every_pose_and_while_it_falls() -> None:
    rng = np.random.default_rng(11)
    upright, down = walking(0.2), lying(rng)
    heads = []
    for t in np.linspace(0, 1, 9):
        joints = skeleton(between(upright, down, float(t)))
        lowest = min(up for _, _, up in joints.values())
        assert 0 <= lowest < 0.09
        heads.append(joints["head"][2])
    assert heads[0] > 0.8
    assert heads[-1] < 0.3
    assert skeleton(standing(rng))["head"][2] > 0.85
    assert skeleton(Pose())["pelvis"][2] > 0.45


def test_things_farther_away_are_smaller_and_the_view_can_be_inverted() -> None:
    view = View(horizon=0.2, near=0.5)
    assert view.scale(0.9) > view.scale(0.5) > 0
    assert view.ground(view.scale(0.7)) == pytest.approx(0.7)
    assert view.scale(1.0) == pytest.approx(0.5)


def test_darkness_darkens_and_a_monochrome_lens_has_no_colour() -> None:
    drop = sample_backdrop(np.random.default_rng(12), "street")
    base = drop.paint(90)
    rng = np.random.default_rng(0)
    day = paint(base, Snapshot(), drop.view, CLEAN, rng)
    night = paint(base, Snapshot(darkness=0.9), drop.view, CLEAN, rng)
    grey = paint(base, Snapshot(), drop.view, replace(CLEAN, mono=True), rng)
    assert night.mean() < 0.5 * day.mean()
    assert np.array_equal(grey[:, :, 0], grey[:, :, 2])
