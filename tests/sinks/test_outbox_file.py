"""The outbox's file: durable when told so, undone where anything fails, and named errors."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sinks.outbox_file import OutboxError, OutboxFile, OutboxFull

TABLES = ["CREATE TABLE IF NOT EXISTS notes (text TEXT)"]


def opened(path: Path, *, reserve_bytes: int = 0, max_bytes: int | None = None) -> OutboxFile:
    file = OutboxFile(path, reserve_bytes=reserve_bytes, max_bytes=max_bytes)
    file.open(TABLES)
    return file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "outbox.sqlite3"


@pytest.fixture
def file(path: Path) -> Iterator[OutboxFile]:
    file = opened(path)
    yield file
    file.close()


def note(file: OutboxFile, text: str) -> None:
    with file.write() as transaction:
        transaction.execute("INSERT INTO notes VALUES (?)", (text,))


def notes(file: OutboxFile) -> list[str]:
    return [text for (text,) in file.read("SELECT text FROM notes")]


def test_what_was_written_is_there_for_the_next_life(path: Path) -> None:
    first = opened(path)
    note(first, "a fire")
    first.close()
    second = opened(path)
    assert notes(second) == ["a fire"]
    second.close()


@pytest.mark.promise("security 11")
def test_it_belongs_to_its_owner_alone(path: Path) -> None:
    file = opened(path, reserve_bytes=4096)
    note(file, "a fire")
    everything = [path.parent, *path.parent.iterdir()]
    assert len(everything) >= 4, "folder, file, log and reserve"
    assert [p.name for p in everything if p.stat().st_mode & 0o077] == []
    file.close()


def test_a_write_is_on_disk_when_it_returns(file: OutboxFile) -> None:
    assert file.read("PRAGMA journal_mode") == [("wal",)]
    assert file.read("PRAGMA synchronous") == [(2,)], "FULL: the log is synced at each commit"


def note_and(file: OutboxFile, text: str, then: Callable[[sqlite3.Connection], object]) -> None:
    """One transaction that writes a note and does something else."""
    with file.write() as transaction:
        transaction.execute("INSERT INTO notes VALUES (?)", (text,))
        then(transaction)


def test_where_anything_raises_nothing_is_written(file: OutboxFile) -> None:
    def stopped(_: sqlite3.Connection) -> None:
        raise KeyboardInterrupt

    note(file, "before")
    with pytest.raises(KeyboardInterrupt):
        note_and(file, "half", stopped)
    with pytest.raises(OutboxError, match="no such table"):
        note_and(file, "half", lambda db: db.execute("INSERT INTO nowhere VALUES (1)"))
    note(file, "after")
    assert notes(file) == ["before", "after"]


def test_a_transaction_within_another_is_refused_and_costs_all_of_it(file: OutboxFile) -> None:
    with pytest.raises(OutboxError, match="within a transaction"):
        note_and(file, "outer", lambda _: note(file, "inner"))
    assert notes(file) == []


def test_two_writers_queue_up_and_neither_loses(path: Path, file: OutboxFile) -> None:
    def other() -> None:
        second = opened(path)
        for number in range(20):
            note(second, f"publisher {number}")
        second.close()

    thread = threading.Thread(target=other)
    thread.start()
    for number in range(20):
        note(file, f"judge {number}")
    thread.join(20)
    for name in ("judge", "publisher"):
        mine = [text for text in notes(file) if text.startswith(name)]
        assert mine == [f"{name} {number}" for number in range(20)]


def test_a_reader_sees_whole_transactions_only(path: Path, file: OutboxFile) -> None:
    reader = opened(path)
    with file.write() as transaction:
        transaction.execute("INSERT INTO notes VALUES ('a')")
        assert notes(reader) == []
        transaction.execute("INSERT INTO notes VALUES ('b')")
    assert notes(reader) == ["a", "b"]
    reader.close()


def test_before_it_is_open_it_says_what_to_do(path: Path) -> None:
    file = OutboxFile(path, reserve_bytes=0, max_bytes=None)
    assert not file.is_open
    with pytest.raises(OutboxError, match=r"is not open: call open\(\) first"):
        notes(file)
    with pytest.raises(OutboxError, match="is not open"):
        note(file, "a fire")
    assert not path.parent.exists(), "a constructor does no I/O"
    file.close()


def test_it_can_be_closed_twice_and_opened_again(path: Path) -> None:
    file = opened(path)
    note(file, "a fire")
    file.close()
    file.close()
    assert not file.is_open
    file.open(TABLES)
    file.open(TABLES)
    assert file.is_open
    assert notes(file) == ["a fire"]
    file.close()


@pytest.mark.parametrize("in_the_way", ["a folder", "no database", "a file for a folder"])
def test_what_cannot_be_opened_is_named(path: Path, in_the_way: str) -> None:
    if in_the_way == "a folder":
        path.mkdir(parents=True)
    elif in_the_way == "no database":
        path.parent.mkdir()
        path.write_bytes(b"these are the pictures of our holiday, and no database" * 100)
    else:
        path.parent.write_text("in the way")
    file = OutboxFile(path, reserve_bytes=0, max_bytes=None)
    with pytest.raises(OutboxError, match=str(path)) as caught:
        file.open(TABLES)
    assert not isinstance(caught.value, OutboxFull)
    assert not file.is_open


def open_and_read(file: OutboxFile) -> list[str]:
    file.open(TABLES)
    return notes(file)


def test_a_file_that_was_damaged_under_it_is_an_error_and_no_crash(path: Path) -> None:
    file = opened(path)
    for number in range(200):
        note(file, f"{number} " + "x" * 200)
    file.close()
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)
    damaged = OutboxFile(path, reserve_bytes=0, max_bytes=None)
    with pytest.raises(OutboxError, match="Check the disk"):
        open_and_read(damaged)
    damaged.close()


# --- a disk without room -------------------------------------------------------------------------


def fill(file: OutboxFile) -> int:
    """Write until there is no room; return how many notes went in."""
    for number in range(10_000):
        try:
            note(file, "x" * 500)
        except OutboxFull:
            return number
    raise AssertionError("it never became full")


def test_a_full_disk_is_called_so_and_what_was_accepted_stays(path: Path) -> None:
    file = opened(path, max_bytes=100_000)
    accepted = fill(file)
    with pytest.raises(OutboxFull, match=r"Free disk space, or shorten media\.retention"):
        note(file, "x" * 500)
    assert len(notes(file)) == accepted > 50
    with file.write() as transaction:
        transaction.execute("DELETE FROM notes WHERE rowid <= 20")
    note(file, "room again")
    assert notes(file)[-1] == "room again"
    file.close()


def test_a_reserve_lies_beside_it_and_is_really_taken(path: Path) -> None:
    file = opened(path, reserve_bytes=1 << 20)
    reserve = path.with_name("outbox.sqlite3.reserve")
    assert reserve.stat().st_size == 1 << 20
    assert reserve.stat().st_blocks * 512 >= 1 << 20
    assert file.reserve_kept

    assert file.spend_reserve()
    assert not reserve.exists()
    assert not file.reserve_kept
    assert not file.spend_reserve(), "it can be spent once"
    assert file.keep_reserve()
    assert file.reserve_kept
    file.close()


def test_without_a_reserve_there_is_none_to_keep_or_spend(file: OutboxFile) -> None:
    assert file.reserve_kept
    assert file.keep_reserve()
    assert not file.spend_reserve()


def test_a_reserve_for_which_there_is_no_room_leaves_no_part_of_itself(path: Path) -> None:
    file = opened(path, reserve_bytes=1 << 50)
    assert not file.reserve_kept
    assert not path.with_name("outbox.sqlite3.reserve").exists()
    note(file, "alerts are accepted all the same")
    file.close()


def test_a_start_on_a_full_disk_spends_the_reserve(path: Path) -> None:
    class FullDisk(OutboxFile):
        """A disk on which there is room only once the reserve was given up."""

        def _open(self, tables: object) -> None:
            if self._reserve.exists():
                raise OutboxFull("no room")
            super()._open(TABLES)

    opened(path, reserve_bytes=4096).close()
    file = FullDisk(path, reserve_bytes=4096, max_bytes=None)
    file.open(TABLES)
    note(file, "a fire")
    assert file.reserve_kept, "and sets it aside again, since there is room now"
    file.close()

    with pytest.raises(OutboxFull):
        opened(path.with_name("other.sqlite3"), max_bytes=1)


def test_an_io_error_on_a_disk_without_room_is_a_full_disk(file: OutboxFile) -> None:
    class NoRoom(OutboxFile):
        full = True

        def _disk_full(self) -> bool:
            return self.full

    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    disk = NoRoom(Path("outbox.sqlite3"), reserve_bytes=0, max_bytes=None)
    with pytest.raises(OutboxFull), disk._named_errors():
        raise error
    disk.full = False
    with pytest.raises(OutboxError, match="disk I/O error") as caught, disk._named_errors():
        raise error
    assert not isinstance(caught.value, OutboxFull)
