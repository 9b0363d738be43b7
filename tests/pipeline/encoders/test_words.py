"""Words that the embedded pair never met are named, once each, in order."""

from __future__ import annotations

import pytest

from pipeline.encoders.words import known_words, unknown_words


def test_words_never_trained_are_listed_once_in_order() -> None:
    prompts = ["a zebra and a fire", "Zebra with a quokka", "smoke"]
    assert unknown_words("sight", prompts) == ["zebra", "quokka"]
    assert unknown_words("sound", ["glass breaking"]) == []


def test_each_sense_has_words_of_its_own() -> None:
    assert "beeping" in known_words("sound") - known_words("sight")
    assert "headlights" in known_words("sight") - known_words("sound")
    with pytest.raises(KeyError, match="smell"):
        known_words("smell")
