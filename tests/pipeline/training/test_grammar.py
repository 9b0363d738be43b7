"""Phrases, what they claim, and how true that is of an item."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.encoders.vocabulary import CONTEXT_LENGTH, tokenizer
from pipeline.encoders.words import known_words
from pipeline.scene.concepts import SIGHT_CONCEPTS, SOUND_CONCEPTS
from pipeline.training.grammar import Phrase, expand, join, phrases_of, truth, words_of
from pipeline.training.sight_words import SIGHT_PATTERNS, SIGHT_TEMPLATES
from pipeline.training.sound_words import SOUND_PATTERNS, SOUND_TEMPLATES


def test_a_pattern_stands_for_every_combination() -> None:
    assert expand("{a man|someone} {runs|is running} {away|}") == [
        "a man runs away",
        "a man runs",
        "a man is running away",
        "a man is running",
        "someone runs away",
        "someone runs",
        "someone is running away",
        "someone is running",
    ]
    assert expand("plain text") == ["plain text"]


def test_a_sign_stands_for_every_form_of_a_word() -> None:
    assert expand("{%dog|a cat} {^bark}")[:2] == ["a dog bark", "a dog barking"]
    assert expand("{ONE} {~run away}")[3] == "a person ran away"
    assert "several people were attacked" in expand("{MANY} {^be attacked}")


def test_keys_say_either_or_both() -> None:
    fire, either, both = phrases_of({"fire": ["f"], "fire/smoke": ["e"], "fire+smoke": ["b"]})
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], np.float32)
    seen = truth([fire, either, both], ["fire", "smoke"], labels)
    np.testing.assert_array_equal(seen, [[1, 1, 0], [0, 1, 0], [1, 1, 1], [0, 0, 0]])


def test_a_joined_phrase_is_as_true_as_its_weaker_half() -> None:
    one = Phrase("a fire", (frozenset({"fire"}),))
    other = Phrase("a dog", (frozenset({"dog"}),))
    sentence = join(one, other, "and")
    assert sentence.text == "a fire and a dog"
    labels = np.array([[1.0, 0.3], [0.0, 1.0]], np.float32)
    np.testing.assert_allclose(truth([sentence], ["fire", "dog"], labels), [[0.3], [0.0]])


def test_a_claim_stays_open_only_where_the_unknown_decides() -> None:
    concepts = ["fire", "smoke"]
    both = Phrase("fire and smoke", (frozenset(concepts),))
    either = Phrase("fire or smoke", (frozenset({"fire"}), frozenset({"smoke"})))
    labels = np.array([[np.nan, 0.0], [np.nan, 1.0]], np.float32)
    np.testing.assert_array_equal(
        truth([both, either], concepts, labels), [[0.0, np.nan], [np.nan, 1.0]]
    )


def test_a_claim_about_an_unknown_concept_is_an_error() -> None:
    with pytest.raises(KeyError, match="unicorn"):
        truth([Phrase("x", (frozenset({"unicorn"}),))], ["fire"], np.zeros((1, 1), np.float32))


SENSES = pytest.mark.parametrize(
    ("patterns", "templates", "concepts", "kind"),
    [
        (SIGHT_PATTERNS, SIGHT_TEMPLATES, SIGHT_CONCEPTS, "sight"),
        (SOUND_PATTERNS, SOUND_TEMPLATES, SOUND_CONCEPTS, "sound"),
    ],
    ids=["sight", "sound"],
)
Patterns = dict[str, tuple[str, ...]]


@SENSES
def test_every_concept_of_the_generated_world_can_be_said(
    patterns: Patterns, templates: tuple[str, ...], concepts: tuple[str, ...], kind: str
) -> None:
    phrases = phrases_of(patterns)
    alone = [p for p in phrases if len(p.any_of) == 1 and len(p.any_of[0]) == 1]
    said = dict.fromkeys(concepts, 0)
    for phrase in alone:
        (name,) = phrase.any_of[0]
        said[name] += 1
    assert min(said.values()) >= 12
    # No word is called trained that no phrase holds.
    joints = {"and", "with", "while"}
    assert known_words(kind) <= words_of(p.text for p in phrases) | words_of(templates) | joints


@SENSES
def test_any_two_phrases_fit_together_and_each_fits_any_template(
    patterns: Patterns, templates: tuple[str, ...], concepts: tuple[str, ...], kind: str
) -> None:
    tokens = tokenizer()
    pieces = {
        word: len(tokens.encode(word)) for word in words_of(p.text for p in phrases_of(patterns))
    }
    longest = max(
        sum(pieces.get(word, 2) for word in phrase.text.lower().split())
        for phrase in phrases_of(patterns)
    )
    frame = max(len(tokens.encode(one.replace("{}", ""))) for one in templates)
    room = CONTEXT_LENGTH - 2
    assert 2 * longest + 1 <= room
    assert longest + frame <= room


@SENSES
def test_no_phrase_is_claimed_twice_and_no_line_repeats_others(
    patterns: Patterns, templates: tuple[str, ...], concepts: tuple[str, ...], kind: str
) -> None:
    written: dict[str, str] = {}
    for key, lines in patterns.items():
        for line in lines:
            texts = expand(line)
            assert any(text not in written for text in texts), line
            for text in texts:
                assert written.setdefault(text, key) == key, text
