"""Nouns and verbs in all their forms."""

from __future__ import annotations

import pytest

from pipeline.training.inflection import many_do, noun_forms, one_does


@pytest.mark.parametrize(
    ("noun", "forms"),
    [
        ("guard dog", ["a guard dog", "guard dogs", "guard dog"]),
        ("alarm", ["an alarm", "alarms", "alarm"]),
        ("uniform", ["a uniform", "uniforms", "uniform"]),
        ("suv", ["an suv", "suvs", "suv"]),
        ("masked man", ["a masked man", "masked men", "masked man"]),
        ("thief", ["a thief", "thieves", "thief"]),
        ("crash", ["a crash", "crashes", "crash"]),
        ("alley", ["an alley", "alleys", "alley"]),
        ("baby", ["a baby", "babies", "baby"]),
        ("honk of a car", ["a honk of a car", "honk of a car"]),
        ("door closing", ["a door closing", "door closing"]),
        ("break_in alarm", ["a break in alarm", "break in alarms", "break in alarm"]),
    ],
)
def test_a_noun_alone_with_its_article_and_as_many(noun: str, forms: list[str]) -> None:
    assert noun_forms(noun) == forms


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("run away", ["runs away", "running away", "is running away", "ran away"]),
        ("slam", ["slams", "slamming", "is slamming", "slammed"]),
        ("lie", ["lies", "lying", "is lying", "lay"]),
        ("cry", ["cries", "crying", "is crying", "cried"]),
        ("panic", ["panics", "panicking", "is panicking", "panicked"]),
        ("smoke", ["smokes", "smoking", "is smoking", "smoked"]),
        ("scream", ["screams", "screaming", "is screaming", "screamed"]),
        ("flee", ["flees", "fleeing", "is fleeing", "fled"]),
        ("go off", ["goes off", "going off", "is going off", "went off"]),
        ("have a fit", ["has a fit", "having a fit", "is having a fit", "had a fit"]),
        ("be beaten", ["is beaten", "being beaten", "is being beaten", "was beaten"]),
        ("be on fire", ["is on fire", "was on fire"]),
        ("be deserted", ["is deserted", "was deserted"]),
    ],
)
def test_what_one_does(verb: str, forms: list[str]) -> None:
    assert one_does(verb) == forms


def test_what_many_do() -> None:
    assert many_do("fight") == ["fight", "fighting", "are fighting", "fought"]
    assert many_do("be shot") == ["are shot", "being shot", "are being shot", "were shot"]
    assert many_do("be loud") == ["are loud", "were loud"]
