"""Small SQLite files that several processes, and several parts of one, have open at a time."""

from __future__ import annotations

import contextlib
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest

from pipeline.sqlite_file import SqliteFile


class NotesError(Exception):
    """The notes cannot be used."""


class Notes(SqliteFile):
    tables: ClassVar = ("CREATE TABLE IF NOT EXISTS notes (text TEXT)",)
    error = NotesError
    lost = "the notes are lost"

    def write(self, text: str) -> None:
        with self._changing() as db:
            db.execute("INSERT INTO notes VALUES (?)", (text,))

    def all(self) -> list[str]:
        with self._using() as db:
            return [text for (text,) in db.execute("SELECT text FROM notes ORDER BY rowid")]

    def whole(self) -> str:
        with self._using() as db:
            (told,) = db.execute("PRAGMA integrity_check").fetchone()
        return str(told)


#: How much more a process holds once 6 MB were written to an outbox and to a file of ours, kB.
HELD = """
import sys
from pathlib import Path
from pipeline.ledger import Ledger
from sinks.outbox_file import OutboxFile

def held():
    told = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in told if line.startswith("Pss_Anon:"))

def fill(db, count):
    for _ in range(count):
        db.execute("INSERT INTO more VALUES (?)", ("x" * 2000,))

table = "CREATE TABLE IF NOT EXISTS more (text TEXT)"
outbox = OutboxFile(Path(sys.argv[1]) / "outbox", reserve_bytes=0, max_bytes=None)
outbox.open([table])
Ledger.tables = (table,)
ledger = Ledger(Path(sys.argv[1]) / "ledger").open()
for count in (50, 3000):
    with outbox.write() as db:
        fill(db, count)
    with ledger._changing() as db:
        fill(db, count)
    before, after = (held(), 0) if count == 50 else (before, held())
print(after - before)
"""


def test_of_a_file_that_grows_little_stays_in_memory(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", HELD, str(tmp_path)], check=True, capture_output=True, text=True
    )

    # 512 kB, of which some is there before; of SQLite's own measure it would be 4 MB.
    assert int(told.stdout) < 1000


ANOTHER_PROCESS = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("INSERT INTO notes VALUES ('from afar')")
# The last to close a file, as it thinks, takes its log away.
db.close()
"""


def test_parts_of_one_process_do_not_take_each_others_locks_away(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with Notes(path) as first:
        first.write("before")
        # Another part of the program opens the same file, beside the first.
        with Notes(path) as second:
            second.write("beside")
            subprocess.run([sys.executable, "-c", ANOTHER_PROCESS, str(path)], check=True)
            assert (tmp_path / "notes.sqlite3-wal").exists()
            first.write("after")
        assert first.all() == ["before", "beside", "from afar", "after"]
        assert first.whole() == "ok"


@pytest.mark.promise("security 11")
def test_a_file_is_its_owners_alone_and_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "notes.sqlite3"
    Notes(path).open().close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_change_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with Notes(tmp_path / "notes.sqlite3") as notes:
        with contextlib.suppress(ZeroDivisionError), notes._changing() as db:
            db.execute("INSERT INTO notes VALUES ('half')")
            raise ZeroDivisionError
        assert notes.all() == []


def test_a_damaged_file_says_what_is_lost_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(NotesError, match=r"notes\.sqlite3 cannot be used .*the notes are lost"):
        Notes(path).open()


def test_of_several_that_open_a_new_file_at_once_none_is_turned_away(tmp_path: Path) -> None:
    for number in range(40):
        path = tmp_path / f"{number}.sqlite3"
        ready = threading.Barrier(4)

        def write(who: int, path: Path = path, ready: threading.Barrier = ready) -> None:
            ready.wait()
            with Notes(path) as notes:
                notes.write(str(who))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        with Notes(path) as notes:
            assert sorted(notes.all()) == ["0", "1", "2", "3"]
