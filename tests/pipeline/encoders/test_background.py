"""A bank of ordinary embeddings: shipped for the embedded pair, made once for any other model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.encoders.background import (
    background,
    build_background,
    ordinary_pictures,
    ordinary_sounds,
    write_bank,
)
from pipeline.encoders.embedded_names import sight_id
from tests.pipeline.encoders.fakes import FakeSight, FakeSound


@pytest.mark.parametrize("encoder", [FakeSight(), FakeSound()], ids=["sight", "sound"])
def test_a_bank_is_made_of_unit_rows_and_repeats_from_its_seed(
    encoder: FakeSight | FakeSound,
) -> None:
    rows = build_background(encoder, seed=3, n=20)
    assert rows.shape == (20, 8)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(rows, build_background(encoder, seed=3, n=20))
    assert not np.array_equal(rows, build_background(encoder, seed=90_000, n=20))


def test_a_bank_is_made_once_per_model(tmp_path: Path) -> None:
    encoder = FakeSight()
    first = background(encoder, tmp_path, n=4)
    (kept,) = tmp_path.iterdir()
    before = kept.stat().st_mtime_ns
    again = background(encoder, tmp_path, n=4)
    assert kept.stat().st_mtime_ns == before
    np.testing.assert_allclose(first, again, atol=2e-3)


def test_a_bank_of_other_weights_or_a_damaged_one_is_not_used(tmp_path: Path) -> None:
    encoder = FakeSight()
    background(encoder, tmp_path, n=4)
    (kept,) = tmp_path.iterdir()
    write_bank(kept, "fake@999999999999", np.eye(8, dtype=np.float32))
    assert background(encoder, tmp_path, n=4).shape == (4, 8)
    kept.write_bytes(kept.read_bytes()[:50])
    assert background(encoder, tmp_path, n=4).shape == (4, 8)


def test_ordinary_items_have_the_shape_the_encoder_asks_for() -> None:
    picture = next(ordinary_pictures(5, (160, 160)))
    assert picture.shape == (160, 160, 3)
    assert picture.dtype == np.uint8
    sound = next(ordinary_sounds(5, 5.0))
    assert sound.shape == (240_000,)
    assert sound.dtype == np.float32


def test_the_shipped_bank_serves_the_same_weights_in_less_precision(tmp_path: Path) -> None:
    class Quantised(FakeSight):
        model_id = f"{sight_id()}+int8"

    assert len(background(Quantised(), tmp_path)) == 4000
    assert not list(tmp_path.iterdir()), "nothing was made anew"
