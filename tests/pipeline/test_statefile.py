"""What was learned is on disk whole, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from pipeline.statefile import StateDamaged, load_state, save_state


def test_arrays_and_plain_values_come_back_as_they_were(tmp_path: Path) -> None:
    state = {
        "a": {"peaks": np.arange(6, dtype=np.float32).reshape(2, 3), "n": 3, "none": None},
        "b": [1.5, "text", True, np.int64(7)],
        "generator": np.random.default_rng(1).bit_generator.state,
    }
    save_state(tmp_path / "s", state)
    back = load_state(tmp_path / "s")
    np.testing.assert_array_equal(back["a"]["peaks"], state["a"]["peaks"])
    assert back["a"]["peaks"].dtype == np.float32
    assert back["b"] == [1.5, "text", True, 7]
    assert back["generator"] == state["generator"]


def test_before_the_first_save_nothing_is_known(tmp_path: Path) -> None:
    assert load_state(tmp_path / "s") == {}


@pytest.mark.promise("security 11")
@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:60] + b"x" + b[61:]]
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "s"
    save_state(path, {"a": list(range(100))})
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(StateDamaged, match="learned anew"):
        load_state(path)


@pytest.mark.parametrize(
    "body",
    [
        b"\x91",
        b"\x01",
        b"\x91" * 100_000,
        msgspec.msgpack.encode({"a": {"__array__": "O", "shape": [1], "data": b"12345678"}}),
        msgspec.msgpack.encode({"a": {"__array__": ",(1)i", "shape": [1], "data": b"1234"}}),
        msgspec.msgpack.encode({"a": {"__array__": 4, "shape": [1], "data": b"1234"}}),
        msgspec.msgpack.encode({"a": {"__array__": "<f4", "shape": [9], "data": b"1234"}}),
        msgspec.msgpack.encode({"a": {"__array__": "<f4"}}),
        msgspec.msgpack.encode({"a": {"__int__": "ten"}}),
    ],
    ids=[
        *("torn", "no table", "endless", "objects", "a program", "a number"),
        *("too short", "half", "no number"),
    ],
)
def test_what_somebody_else_made_is_refused_though_its_digest_is_right(
    tmp_path: Path, body: bytes
) -> None:
    path = tmp_path / "s"
    path.write_bytes(b"hearsight-state/1\n" + hashlib.sha256(body).digest() + body)
    with pytest.raises(StateDamaged, match="learned anew"):
        load_state(path)


@pytest.mark.promise("security 11")
def test_a_failed_save_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "s"
    save_state(path, {"a": 1})
    with pytest.raises(TypeError):
        save_state(path, {"a": object()})
    assert load_state(path) == {"a": 1}
