"""The teacher: its picture of sound, what it says of a known one, and how its word is weighed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from pipeline.scene.acoustics import RATE
from pipeline.scene.concepts import SOUND_CONCEPTS
from pipeline.training.real_sound import read_sound
from pipeline.training.sound_items import DOUBTED, OTHER_CLASS, trusted
from pipeline.training.teacher import LABELS_OF, Teacher, soft_labels

DATA = Path(os.environ.get("HEARSIGHT_DATA", Path(__file__).parents[4] / "shared" / "data"))


def weighed(known: set[str], said: dict[str, float], *, real: bool) -> dict[str, float]:
    """What is believed when the teacher says this much of each concept."""
    heard = np.array([said.get(name, 0.0) for name in SOUND_CONCEPTS], np.float32)
    out = trusted(heard, SOUND_CONCEPTS, known, real=real)
    return {name: float(value) for name, value in zip(SOUND_CONCEPTS, out, strict=True) if value}


def test_every_concept_says_which_labels_tell_of_it() -> None:
    assert set(LABELS_OF) == set(SOUND_CONCEPTS)


def test_half_sure_is_sure_and_a_hint_is_nothing() -> None:
    labels = sorted({label for some in LABELS_OF.values() for label in some})
    said = np.zeros(len(labels), np.float32)
    said[labels.index("Bark")], said[labels.index("Siren")] = 0.5, 0.01
    soft = soft_labels(said, labels, SOUND_CONCEPTS)
    assert soft[SOUND_CONCEPTS.index("dog_bark")] == 1.0
    assert soft[SOUND_CONCEPTS.index("siren")] == 0.0


def test_a_generated_door_is_no_shot_and_no_music_because_the_teacher_says_so() -> None:
    said = {"gunshot": 0.9, "music": 0.8, "knocking": 0.6}
    believed = weighed({"door_slam"}, said, real=False)
    assert believed == pytest.approx({"gunshot": DOUBTED, "knocking": 0.6})


def test_a_real_recording_is_heard_as_the_teacher_hears_it() -> None:
    said = {"gunshot": 0.9, "music": 0.8}
    assert weighed(set(), said, real=True) == pytest.approx(said)


def test_a_recording_of_one_class_is_hardly_of_another() -> None:
    believed = weighed({"sea_waves"}, {"rain": 0.9, "wind": 0.7}, real=True)
    assert believed == pytest.approx({"rain": OTHER_CLASS, "wind": 0.7})


@pytest.mark.data
def test_it_hears_a_dog_in_a_recording_of_one() -> None:
    folder = DATA / "audio" / "esc10" / "001 - Dog bark"
    if not folder.is_dir():
        pytest.skip(f"no recordings in {folder}")
    pytest.importorskip("onnxruntime", reason="the train extra is not installed")
    teacher = Teacher(DATA / "teachers")
    samples = read_sound(folder / "1-100032-A.ogg")
    assert samples is not None
    assert teacher.mel(samples[: 5 * RATE]).shape == (128, 500)
    said = teacher.ask(samples)
    assert said.shape == (527,)
    best = {teacher.labels[k] for k in np.argsort(said)[-5:]}
    assert "Dog" in best or "Bark" in best
