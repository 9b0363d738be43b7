"""Versions of what was learned: the first and the last ones are kept, each written whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.learning.versions import Versions
from pipeline.statefile import StateDamaged


def test_the_first_and_the_last_seven_are_kept(tmp_path: Path) -> None:
    versions = Versions(tmp_path / "yard")
    for number in range(1, 13):
        made = versions.add({"number": number}, "learned" if number == 1 else "adapted")
        assert made.number == number
    kept = versions.list()
    assert [v.number for v in kept] == [1, 6, 7, 8, 9, 10, 11, 12]
    assert (kept[0].reason, kept[-1].reason) == ("learned", "adapted")
    assert versions.load(9) == {"number": 9}
    with pytest.raises(KeyError):
        versions.load(3)


def test_what_is_in_use_is_apart_from_the_versions(tmp_path: Path) -> None:
    versions = Versions(tmp_path / "yard")
    assert versions.current() == {}
    assert versions.list() == []
    versions.save_current({"now": 1})
    assert versions.current() == {"now": 1}
    assert versions.list() == []


def test_a_torn_version_is_refused(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    made = versions.add({"number": 1}, "learned")
    made.path.write_bytes(made.path.read_bytes()[:-3])
    with pytest.raises(StateDamaged):
        versions.load(1)
