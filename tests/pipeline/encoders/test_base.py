"""Bad input and bad output are named, and the interface costs no deep-learning library."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from pipeline.encoders.base import (
    BadInputError,
    NotFiniteError,
    check_pixels,
    check_samples,
    unit_rows,
)


def test_importing_the_interface_brings_in_no_torch() -> None:
    code = (
        "import sys, pipeline.encoders, pipeline.encoders.base, pipeline.encoders.normal_prompts;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_rows_come_out_at_unit_length() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 2.0]], np.float32), "m")
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, rtol=1e-6)


@pytest.mark.promise("bad input 19")
@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0], ids=["nan", "infinity", "all zeros"])
def test_a_row_without_usable_numbers_is_refused_by_its_place(bad: float) -> None:
    rows = np.ones((3, 4), np.float32)
    rows[1] = bad
    with pytest.raises(NotFiniteError, match=r"m@1.*1 of 3 inputs \(first: 1\)"):
        unit_rows(rows, "m@1")


def test_pictures_of_another_size_or_type_are_refused() -> None:
    check_pixels(np.zeros((2, 8, 8, 3), np.uint8), (8, 8))
    with pytest.raises(BadInputError, match="image_size"):
        check_pixels(np.zeros((2, 9, 8, 3), np.uint8), (8, 8))
    with pytest.raises(BadInputError, match="float32"):
        check_pixels(np.zeros((2, 8, 8, 3), np.float32), (8, 8))


def test_sound_of_another_shape_type_or_length_is_refused() -> None:
    check_samples(np.zeros((1, 48_000), np.float32))
    for bad in (
        np.zeros(48_000, np.float32),
        np.zeros((1, 48_000), np.float64),
        np.zeros((1, 100), np.float32),
    ):
        with pytest.raises(BadInputError, match="48 kHz mono"):
            check_samples(bad)  # type: ignore[arg-type]
