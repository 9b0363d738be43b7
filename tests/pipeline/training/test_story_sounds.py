"""Windows of a story's sound track: what the script puts into them is what they are labelled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.scene.cast import Cue
from pipeline.scene.concepts import SOUND_CONCEPTS
from pipeline.training.data import STORY_SEED
from pipeline.training.generated import MOMENTS
from pipeline.training.story_sounds import labels_at, story_sound

WIND = Cue("wind", 0.0, 75.0, 0.03, 1)
GLASS = Cue("glass_breaking", 20.0, 1.2, 0.3, 2)


def said(labels: NDArray[np.float32]) -> dict[str, float]:
    """Concept to label, without what is surely not there."""
    return {
        name: float(label) for name, label in zip(SOUND_CONCEPTS, labels, strict=True) if label != 0
    }


def test_a_whole_event_is_there_and_the_wind_under_it_is_nobodys_guess() -> None:
    labels = said(labels_at([WIND, GLASS], 17.0))
    assert labels["glass_breaking"] == 1.0
    assert np.isnan(labels["wind"])
    assert set(labels) == {"glass_breaking", "wind"}


def test_wind_alone_is_what_there_is_to_hear() -> None:
    labels = said(labels_at([WIND, GLASS], 40.0))
    assert labels["wind"] == 1.0
    assert np.isnan(labels["silence"]), "how faint is silence is not said"
    assert set(labels) == {"wind", "silence"}


def test_the_edge_of_an_event_counts_for_neither_side() -> None:
    labels = said(labels_at([WIND, GLASS], 15.3))  # its first 0.3 s
    assert np.isnan(labels["glass_breaking"])
    assert "glass_breaking" not in said(labels_at([WIND, GLASS], 15.05))


def test_the_moments_of_a_story_are_reproducible_and_some_are_eventful() -> None:
    first = (STORY_SEED + 900_000) * MOMENTS
    made = [story_sound(first + k) for k in range(MOMENTS)]
    again = story_sound(first + 3)
    assert np.array_equal(made[3].mel, again.mel)
    assert np.array_equal(made[3].labels, again.labels, equal_nan=True)
    alarming = [SOUND_CONCEPTS.index(name) for name in ("glass_breaking", "fire_alarm")]
    heard = np.nansum([one.labels[alarming] for one in made], axis=0)
    assert heard.sum() >= 2
    assert all(np.isfinite(one.mel).all() and one.mel.shape == (64, 250) for one in made)
