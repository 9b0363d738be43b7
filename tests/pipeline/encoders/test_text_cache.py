"""A prompt is embedded once per model, also across restarts; a damaged file only costs time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.encoders.text_cache import TextCache
from tests.pipeline.encoders.fakes import FakeSight, row_of


def test_only_prompts_never_seen_are_computed(tmp_path: Path) -> None:
    encoder, cache = FakeSight(), TextCache(tmp_path)
    first = cache.embed(encoder, ["a fire", "a dog", "a fire"])
    assert encoder.asked == ["a fire", "a dog"]
    np.testing.assert_array_equal(first[0], first[2])
    cache.embed(encoder, ["a dog", "a cat"])
    assert encoder.asked == ["a fire", "a dog", "a cat"]


def test_rows_survive_a_restart(tmp_path: Path) -> None:
    TextCache(tmp_path).embed(FakeSight(), ["ein Feuer, größer"])
    later = FakeSight()
    rows = TextCache(tmp_path).embed(later, ["ein Feuer, größer"])
    assert later.asked == []
    np.testing.assert_array_equal(rows[0], row_of("ein Feuer, größer", 8))


def test_models_do_not_share_rows(tmp_path: Path) -> None:
    cache, one, other = TextCache(tmp_path), FakeSight(), FakeSight()
    other.model_id = "fake@111111111111"
    cache.embed(one, ["a fire"])
    cache.embed(other, ["a fire"])
    assert other.asked == ["a fire"]
    assert cache.path(one.model_id) != cache.path(other.model_id)


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    encoder, cache = FakeSight(), TextCache(tmp_path)
    good = cache.embed(encoder, ["a fire"])
    path = cache.path(encoder.model_id)
    path.write_bytes(path.read_bytes()[:40])
    again = FakeSight()
    np.testing.assert_array_equal(TextCache(tmp_path).embed(again, ["a fire"]), good)
    assert again.asked == ["a fire"]
    assert TextCache(tmp_path).embed(FakeSight(), ["a fire"]).shape == (1, 8)


def test_no_prompts_give_no_rows(tmp_path: Path) -> None:
    assert TextCache(tmp_path).embed(FakeSight(), []).shape == (0, 8)
    assert list(tmp_path.iterdir()) == []
