"""Orders wait in a file until the judge carries them out, and every change leaves a line."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pipeline.ledger import Ledger, LedgerError


def test_an_order_waits_until_it_is_done_whoever_has_the_file_open(tmp_path: Path) -> None:
    path = tmp_path / "learning.sqlite3"
    with Ledger(path) as console:
        number = console.place("freeze", by="ana", camera="yard", rule="unusual", until="monday")
    with Ledger(path) as judge, Ledger(path) as console:
        (order,) = judge.due()
        assert (order.id, order.kind, order.camera, order.by) == (number, "freeze", "yard", "ana")
        assert order.detail == {"until": "monday"}
        judge.done(order, "frozen")
        assert judge.due() == []
        answered = console.order(number)
        assert answered is not None
        assert answered.outcome == "frozen"


def test_the_journal_tells_the_newest_first_and_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.ledger._JOURNAL", 5)
    with Ledger(tmp_path / "learning.sqlite3") as ledger:
        for version in range(8):
            ledger.note("adapted", camera="yard", rule="unusual", version=version)
        versions = [line.detail["version"] for line in ledger.journal()]
    assert versions == [7, 6, 5, 4, 3]


def test_the_newest_word_on_a_subject_replaces_the_one_before(tmp_path: Path) -> None:
    with Ledger(tmp_path / "learning.sqlite3") as ledger:
        ledger.stand("normal/yard/unusual", {"phase": "gathering"})
        ledger.stand("normal/yard/unusual", {"phase": "watching"})
        ledger.stand("other", {})
        assert ledger.standing("normal/") == {"normal/yard/unusual": {"phase": "watching"}}


def test_it_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "learning.sqlite3"
    with Ledger(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_no_ledger_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "learning.sqlite3"
    path.write_bytes(b"no database at all, but long enough to look like one" * 40)
    with pytest.raises(LedgerError, match="remove the file if it is damaged"):
        Ledger(path).open()
