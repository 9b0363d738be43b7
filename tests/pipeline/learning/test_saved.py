"""What one release has learned the next one can read.

``saved/learner-1.state`` was written by the first release with learned normals: a camera of 32
numbers with patches and change. Its memory of patches is none of today's members: the one that now
reads patches is silent until the normal is learned anew. The file is never written anew; a change
of format adds a file beside it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from detectors import Subject, learned_normal
from pipeline.learning import Learner, LearnerSettings
from pipeline.records import Embedding, Modality
from pipeline.statefile import load_state
from tests.detectors.worlds import direction, picture

SAVED = sorted((Path(__file__).parent / "saved").glob("*.state"))
SUBJECT = Subject("yard", "unusual", "v1", Modality.VIDEO, model="clip@1")


def seen(number: int) -> Embedding:
    return replace(
        picture(direction(0), 100_000 + number / 2),
        patches=np.zeros((3, 3, 8), np.float16),
        change=np.full((4, 4), 0.5, np.float32),
    )


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
def test_a_normal_of_an_earlier_release_judges_on(path: Path) -> None:
    settings = LearnerSettings(20.0, "Europe/Lisbon", patches="texture@1")
    learner = Learner(SUBJECT, settings, partial(learned_normal, Modality.VIDEO))
    learner.restore(load_state(path))
    assert learner.normal is not None
    assert learner.standing()["phase"] == "watching"
    assert learner.standing()["silent"] == ["texture"]
    (told,) = learner.news()
    assert "does not judge until the normal is learned anew" in told.detail
    members = {"change", "density", "distance", "sequence"}
    for number in range(6):
        usual = learner.score(seen(number))
    assert usual is not None
    strange = replace(seen(6), vector=direction(3), change=np.full((4, 4), 30.0, np.float32))
    odd = learner.score(strange)
    assert odd is not None
    assert odd.raw > 3 + usual.raw
    assert odd.unusual is not None
    assert {name for name, _ in odd.unusual.parts} == members
    assert odd.unusual.nearest is not None
    assert odd.unusual.nearest.thumbnail


def test_there_is_one_for_each_format() -> None:
    assert [path.stem for path in SAVED] == ["learner-1"]
