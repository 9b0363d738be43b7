"""What the sound model hears now, in words."""

from __future__ import annotations

import numpy as np

from pipeline.heard import Heard
from pipeline.records import Embedding, Modality
from pipeline.text_space import TextSpace

WORDS = ("rain", "a dog barking", "music")


def space(scale: float = 50.0) -> TextSpace:
    rows = np.eye(3, dtype=np.float32)
    return TextSpace("m", scale, dict(zip(WORDS, rows, strict=True)), rows)


def sound(*parts: float, camera: str = "yard", modality: Modality = Modality.AUDIO) -> Embedding:
    vector = np.array(parts, np.float32)
    vector /= np.linalg.norm(vector)
    return Embedding(camera, "whole", modality, "m", 0, 0, 0.0, vector)


def test_the_text_that_fits_best_is_told_for_each_camera() -> None:
    heard = Heard(space())
    assert heard.words("yard") == ""
    heard.take(sound(0.1, 1.0, 0.2))
    heard.take(sound(1.0, 0.1, 0.2, camera="gate"))
    assert (heard.words("yard"), heard.words("gate")) == ("a dog barking", "rain")
    heard.take(sound(0.0, 0.3, 1.0))
    assert heard.words("yard") == "music"


def test_where_nothing_fits_nothing_is_told() -> None:
    many = {f"sound {k}": np.full(3, 0.1 + k * 1e-5, np.float32) for k in range(20)}
    heard = Heard(TextSpace("m", 1.0, many, np.eye(3, dtype=np.float32)))
    heard.take(sound(1.0, 1.0, 1.0))
    assert heard.words("yard") == ""


def test_pictures_and_sites_without_sound_are_passed_over() -> None:
    heard = Heard(space())
    heard.take(sound(0.0, 1.0, 0.0, modality=Modality.VIDEO))
    assert heard.words("yard") == ""
    deaf = Heard(None)
    deaf.take(sound(0.0, 1.0, 0.0))
    assert deaf.words("yard") == ""
