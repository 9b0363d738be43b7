"""Boxes of things: they lie where the things are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.scene.backdrop import sample_backdrop
from pipeline.scene.lens import Lens
from pipeline.scene.pictures import Snapshot, paint, sample_fire, sample_picture
from pipeline.scene.things import things_of


def test_everything_placed_has_a_box_and_nothing_else_has() -> None:
    rng = np.random.default_rng(3)
    for _ in range(80):
        made = sample_picture(rng, (36, 64))
        named = [thing.concept for thing in things_of(made.snapshot, made.backdrop.view)]
        assert set(named) <= made.concepts
        people = [name for name in named if name.startswith(("person_", "people_"))]
        assert len(people) == len(made.snapshot.people)
        assert ("fire" in named) == ("fire" in made.concepts)


@pytest.mark.parametrize("seed", range(8))
def test_flames_change_the_picture_inside_their_box(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drop = sample_backdrop(rng, "hall")
    fire = sample_fire(rng, drop)
    shot = Snapshot(fires=(fire,))
    (box,) = things_of(shot, drop.view)
    base, clean = drop.paint(180), Lens(noise=0.0)
    before = paint(base, Snapshot(), drop.view, clean, np.random.default_rng(0)).astype(int)
    after = paint(base, shot, drop.view, clean, np.random.default_rng(0)).astype(int)
    changed = np.abs(after - before).mean(axis=2)
    rows = slice(max(0, round(box.top * 180)), round(box.bottom * 180))
    columns = slice(max(0, round(box.left * 320)), round(box.right * 320))
    outside = changed.copy()
    outside[rows, columns] = 0
    assert changed[rows, columns].mean() > 3 * outside[outside > 0].mean()


def test_people_without_named_activities_cannot_be_labelled() -> None:
    rng = np.random.default_rng(5)
    while True:
        made = sample_picture(rng, (36, 64))
        if made.snapshot.people:
            break
    nameless = Snapshot(people=made.snapshot.people)
    with pytest.raises(ValueError, match="shorter"):
        things_of(nameless, made.backdrop.view)
