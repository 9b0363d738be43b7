"""Cameras of one space: a lent ear, and what a neighbour noticed."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.neighbours import Neighbourhood, borrowers, listened
from pipeline.records import (
    NS_PER_S,
    WHOLE_VIEW,
    Embedding,
    FusedWindow,
    Modality,
    ModalityReading,
    PromptMargin,
    Quiet,
)
from tests.pipeline.config.sites import site

V, A = Modality.VIDEO, Modality.AUDIO
HALL = site(
    """
cameras:
  door: {url: images:a, space: hall}
  desk: {url: images:b, space: hall, audio: score}
  lift: {url: images:c, space: hall, audio: score}
  yard: {url: images:d, audio: score}
  roof: {url: images:e, space: top}
rules:
  fight: {see: [people fighting], hear: [shouting]}
"""
)


def sound(camera: str) -> Embedding:
    vector = np.array([1.0, 0.0], np.float32)
    return Embedding(camera, WHOLE_VIEW, A, "clap@1", NS_PER_S, 5 * NS_PER_S, 7.0, vector)


def window(
    camera: str,
    at_s: float,
    p_value: float = 1e-4,
    modality: Modality = A,
    *,
    eligible: bool = True,
    rule: str = "fight",
) -> FusedWindow:
    told = (PromptMargin("shouting", 0.3, 2.0), PromptMargin("music", 0.1, 0.0))
    reading = ModalityReading(1.0, p_value, False, 1.0, eligible, 3, told)
    end = round(at_s * NS_PER_S)
    return FusedWindow(
        camera, rule, "v1", end - 3 * NS_PER_S, end, 1e9 + at_s, p_value, 4.0, 0.1, False, eligible,
        {modality: reading},
    )  # fmt: skip


def beside(camera: str, *noticed: FusedWindow) -> list[tuple[str, str]]:
    """Who tells what of an incident at ``camera`` from 100 s to 110 s."""
    neighbourhood = Neighbourhood(HALL)
    for one in noticed:
        neighbourhood.note(one)
    told = neighbourhood.beside(camera, "fight", 100 * NS_PER_S, 110 * NS_PER_S)
    return [(one["camera"], one["modality"]) for one in told]


def test_a_camera_without_sound_is_lent_the_first_ear_of_its_space() -> None:
    assert borrowers(HALL) == {"desk": ("door",)}
    neighbourhood = Neighbourhood(HALL)
    assert [neighbourhood.ear(c) for c in HALL.cameras] == ["desk", None, None, None, None]


def test_a_rule_listens_to_the_ear_that_its_camera_hears_with() -> None:
    assert listened(HALL) == {"desk", "lift", "yard"}
    words = "rules:\n  fight: {see: [people fighting]}\n"
    assert listened(site(f"cameras: {{yard: {{url: images:d, audio: score}}}}\n{words}")) == set()


def test_what_is_lent_is_the_same_sound_under_the_borrower_s_name() -> None:
    own, lent = Neighbourhood(HALL).copies(sound("desk"))
    assert (own.camera, lent.camera) == ("desk", "door")
    assert isinstance(lent, Embedding)
    assert (lent.pts_ns, lent.end_ns, lent.model) == (NS_PER_S, 6 * NS_PER_S, "clap@1")
    quiet = Quiet("desk", WHOLE_VIEW, A, 0, NS_PER_S, 1.0)
    assert [c.camera for c in Neighbourhood(HALL).copies(quiet)] == ["desk", "door"]


@pytest.mark.parametrize("camera", ["lift", "yard"])
def test_an_ear_that_nobody_borrows_hears_for_its_camera_alone(camera: str) -> None:
    assert [c.camera for c in Neighbourhood(HALL).copies(sound(camera))] == [camera]


def test_pictures_are_never_lent() -> None:
    picture = Embedding("desk", WHOLE_VIEW, V, "m", 0, 0, 0.0, np.ones(2, np.float32))
    assert Neighbourhood(HALL).copies(picture) == [picture]


def test_a_neighbour_that_heard_it_joins_the_incident_with_its_rarest_moment() -> None:
    neighbourhood = Neighbourhood(HALL)
    for at_s, p_value in ((101, 1e-3), (102, 1e-5), (103, 1e-4)):
        neighbourhood.note(window("lift", at_s, p_value))
    (told,) = neighbourhood.beside("desk", "fight", 100 * NS_PER_S, 110 * NS_PER_S)
    assert told == {
        "camera": "lift",
        "modality": "audio",
        "p_value": 1e-5,
        "score": 5.0,
        "prompts": ["shouting"],
        "at": 1e9 + 102,
    }


@pytest.mark.parametrize(
    ("noticed", "told"),
    [
        (window("lift", 105), True),
        (window("lift", 98), True),
        (window("lift", 112.5), True),
        (window("lift", 96), False),
        (window("lift", 114), False),
        (window("lift", 105, 0.02), False),
        (window("lift", 105, eligible=False), False),
        (window("lift", 105, rule="fire"), False),
        (window("yard", 105), False),
        (window("desk", 105), False),
    ],
    ids=[
        "at the same time",
        "just before",
        "just after",
        "long before",
        "long after",
        "not rare",
        "not what was asked for",
        "another rule",
        "another space",
        "the camera itself",
    ],
)
def test_who_joins(noticed: FusedWindow, told: bool) -> None:
    assert bool(beside("desk", noticed)) is told


def test_the_rarest_neighbour_comes_first() -> None:
    noticed = (
        window("lift", 104, 1e-3),
        window("door", 105, 1e-6, V),
        window("lift", 106, 1e-4, V),
    )
    assert beside("desk", *noticed) == [("door", "video"), ("lift", "video"), ("lift", "audio")]


def test_a_borrowed_ear_is_told_once_among_the_camera_s_own_senses() -> None:
    # The door hears with the desk: its "own" hearing is no second witness, for anybody.
    assert beside("door", window("desk", 105), window("desk", 105, modality=V)) == [
        ("desk", "video")
    ]
    assert beside("desk", window("door", 105)) == []
    assert beside("lift", window("door", 105), window("desk", 105)) == [("desk", "audio")]


def test_a_camera_without_a_space_has_no_neighbours() -> None:
    assert beside("yard", window("yard", 105), window("lift", 105)) == []


def test_time_that_begins_anew_forgets_what_was() -> None:
    assert beside("desk", window("lift", 105), window("lift", 3)) == []


def test_memory_is_bounded_and_keeps_the_newest() -> None:
    neighbourhood = Neighbourhood(HALL)
    for k in range(5000):
        neighbourhood.note(window("lift", k / 2))
    assert neighbourhood.beside("desk", "fight", 0, 100 * NS_PER_S) == []
    assert neighbourhood.beside("desk", "fight", 2400 * NS_PER_S, 2500 * NS_PER_S)
