"""Scores and health from Redis: what is none of them is counted and passed over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sinks.live_reader import LiveReader

SCHEMA = b"hearsight.scores/1"


@pytest.fixture
def reader() -> Iterator[LiveReader]:
    # Nothing is connected before it is read from.
    made = LiveReader("redis://127.0.0.1:1")
    yield made
    made.close()


def test_an_entry_is_its_json(reader: LiveReader) -> None:
    fields = {b"schema": SCHEMA, b"scores": b'{"camera": "yard"}'}
    assert reader._parse("scores", fields) == ("scores", {"camera": "yard"})
    assert reader.malformed == 0


@pytest.mark.promise("bad input 24")
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="nothing"),
        pytest.param({b"schema": SCHEMA}, id="a missing field"),
        pytest.param({b"schema": b"hearsight.scores/2", b"scores": b"{}"}, id="a newer schema"),
        pytest.param({b"schema": SCHEMA, b"scores": b'{"a": "\xff"}'}, id="bad UTF-8"),
        pytest.param({b"schema": SCHEMA, b"scores": b" " * 10_000_000}, id="10 MB"),
        pytest.param({b"schema": SCHEMA, b"scores": b"[" * 60_000}, id="endlessly deep"),
        pytest.param({b"schema": SCHEMA, b"scores": b"9" * 60_000}, id="an endless number"),
        pytest.param({b"schema": SCHEMA, b"scores": b"[1]"}, id="a list"),
    ],
)
def test_what_is_no_entry_is_counted(reader: LiveReader, fields: dict[bytes, bytes]) -> None:
    assert reader._parse("scores", fields) is None
    assert reader.malformed == 1
