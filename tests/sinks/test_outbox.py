"""The outbox, told as the life of incidents on a disk that may fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sinks.alert_json import UnencodableAlert, decode_alert
from sinks.outbox import KEEP_NEWEST, Outbox, OutboxError, OutboxFull, RevisionConflict
from tests.sinks.builders import NOW, make_alert


def revisions(outbox: Outbox, sink: str = "redis") -> list[tuple[str, int]]:
    return [(entry.id, entry.revision) for entry in outbox.pending(sink, 1000)]


def test_alerts_come_out_in_the_order_they_went_in(outbox: Outbox) -> None:
    fire, fight = make_alert("fire"), make_alert("fight")
    assert outbox.append(fire, NOW)
    assert outbox.append(fight, NOW + 1)
    assert outbox.append(make_alert("fire", 1, "end"), NOW + 2)
    assert revisions(outbox) == [("fire", 0), ("fight", 0), ("fire", 1)]
    assert decode_alert(outbox.pending("redis")[1].document) == fight
    assert [entry.id for entry in outbox.pending("redis", limit=1)] == ["fire"]


def test_the_same_revision_twice_is_one_row(outbox: Outbox) -> None:
    assert outbox.append(make_alert(), NOW)
    assert not outbox.append(make_alert(), NOW + 5)
    assert len(outbox.pending("redis")) == 1


def test_another_alert_under_a_taken_revision_is_refused(outbox: Outbox) -> None:
    outbox.append(make_alert(), NOW)
    with pytest.raises(RevisionConflict, match="last_revision"):
        outbox.append(make_alert(rule="fight"), NOW)


def test_what_cannot_be_written_as_json_leaves_no_trace(outbox: Outbox) -> None:
    with pytest.raises(UnencodableAlert):
        outbox.append(make_alert(data={"p": float("nan")}), NOW)
    assert outbox.pending("redis") == []
    assert outbox.last_revision("yard-fire-1") is None


def test_after_a_restart_open_incidents_are_known(tmp_path: Path) -> None:
    path = tmp_path / "state" / "outbox.sqlite"
    with Outbox(path) as outbox:
        outbox.append(make_alert("ended"), NOW)
        outbox.append(make_alert("ended", 1, "end"), NOW)
        outbox.append(make_alert("open"), NOW)
        outbox.append(make_alert("open", 1, "update"), NOW)
    with Outbox(path) as outbox:
        assert outbox.open_incidents() == [make_alert("open", 1, "update")]
        assert outbox.last_revision("open") == 1
        assert outbox.last_revision("ended") == 1
        assert outbox.last_revision("never") is None
    assert path.stat().st_mode & 0o077 == 0


def test_each_sink_has_its_own_books(outbox: Outbox) -> None:
    outbox.append(make_alert("a"), NOW)
    outbox.append(make_alert("b"), NOW)
    first, second = outbox.pending("redis")
    outbox.mark_delivered("redis", [first.seq], NOW, "there")
    outbox.dead_letter("redis", second.seq, "too strange", NOW)
    assert outbox.pending("redis") == []
    assert revisions(outbox, "jsonl") == [("a", 0), ("b", 0)]
    assert outbox.position("redis") == "there"
    assert outbox.position("jsonl") is None
    (letter,) = outbox.dead_letters()
    assert (letter.sink, letter.entry.id, letter.reason) == ("redis", "b", "too strange")


def test_the_health_page_sees_how_long_the_oldest_alert_waits(outbox: Outbox) -> None:
    assert outbox.undelivered_since("redis", NOW) == 0
    outbox.append(make_alert("a"), NOW)
    outbox.append(make_alert("b"), NOW + 20)
    assert outbox.undelivered_since("redis", NOW + 31) == 31
    outbox.mark_delivered("redis", [outbox.pending("redis")[0].seq], NOW + 31)
    assert outbox.undelivered_since("redis", NOW + 31) == 11


def fill(outbox: Outbox, count: int, at: float) -> None:
    for number in range(count):
        outbox.append(make_alert(f"{at}-{number}"), at)
    outbox.mark_delivered("redis", [e.seq for e in outbox.pending("redis", 1000)], at)


def test_delivered_rows_stay_ten_minutes_and_the_newest_longer(outbox: Outbox) -> None:
    fill(outbox, KEEP_NEWEST + 3, NOW)
    outbox.note_contact("redis", NOW + 599)
    assert outbox.prune(["redis"], NOW + 599) == 0
    outbox.note_contact("redis", NOW + 601)
    assert outbox.prune(["redis"], NOW + 601) == 3
    assert outbox.prune(["redis"], NOW + 601) == 0


def test_nothing_ages_while_the_sink_is_away(outbox: Outbox) -> None:
    fill(outbox, KEEP_NEWEST + 3, NOW)
    # Redis crashed right then; a day later it is still away, and may have lost all of it.
    assert outbox.prune(["redis"], NOW + 86_400) == 0
    assert outbox.replay("redis") == KEEP_NEWEST + 3


def test_a_row_stays_until_every_sink_has_it(outbox: Outbox) -> None:
    fill(outbox, KEEP_NEWEST + 1, NOW)
    outbox.note_contact("redis", NOW + 1000)
    assert outbox.prune(["redis", "jsonl"], NOW + 1000) == 0
    assert outbox.prune(["redis"], NOW + 1000) == 1


def test_pruned_incidents_keep_their_number(outbox: Outbox) -> None:
    outbox.append(make_alert("old"), NOW)
    fill(outbox, KEEP_NEWEST, NOW)
    outbox.note_contact("redis", NOW + 1000)
    assert outbox.prune(["redis"], NOW + 1000) == 1
    assert outbox.last_revision("old") == 0
    assert not outbox.append(make_alert("old"), NOW + 1000)


def test_a_replay_takes_the_last_minutes_before_the_last_contact(outbox: Outbox) -> None:
    fill(outbox, 20, NOW)
    fill(outbox, 15, NOW + 3000)
    assert outbox.replay("redis", since_s=600) == 15
    assert len(outbox.pending("redis")) == 15


def test_a_replay_takes_the_newest_even_if_the_clock_was_set(outbox: Outbox) -> None:
    fill(outbox, 20, NOW)
    outbox.note_contact("redis", NOW + 3600)
    assert outbox.replay("redis", since_s=600) == KEEP_NEWEST
    assert [e.seq for e in outbox.pending("redis")] == list(range(11, 21))


def append_many(outbox: Outbox, count: int) -> None:
    for number in range(count):
        outbox.append(make_alert(f"i{number}", data={"card": "x" * 2000}), NOW)


def test_a_full_disk_is_said_and_what_was_accepted_stays(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with Outbox(path, max_bytes=200_000) as outbox:
        with pytest.raises(OutboxFull, match="Free disk space"):
            append_many(outbox, 1000)
        accepted = len(outbox.pending("redis", 1000))
        assert accepted > 10
        assert outbox.last_revision(f"i{accepted - 1}") == 0
        assert outbox.last_revision(f"i{accepted}") is None
    with Outbox(path) as outbox:
        assert outbox.append(make_alert(f"i{accepted}"), NOW), "room again: accepted again"
        assert len(outbox.pending("redis", 1000)) == accepted + 1


_FAILING_DISK = """
import resource, sys
from pathlib import Path
from sinks.outbox import Outbox, OutboxError, OutboxFull
from tests.sinks.builders import NOW, make_alert
with Outbox(Path(sys.argv[1]), reserve_bytes=0) as outbox:
    outbox.append(make_alert("before"), NOW)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        for number in range(1000):
            outbox.append(make_alert(f"i{number}", data={"card": "x" * 2000}), NOW)
    except OutboxError as error:
        assert not isinstance(error, OutboxFull), error
        assert "Check the disk" in str(error), error
        kept = len(outbox.pending("redis", 1000))
        assert kept == number + 1, (kept, number)
        print("refused after", number)
"""


@pytest.mark.promise("fault 25")
def test_a_disk_that_fails_to_write_is_an_error_not_a_silence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FAILING_DISK, tmp_path / "outbox.sqlite"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("refused after"), done.stderr


_FULL_DISK = """
import sys
from pathlib import Path
from sinks.outbox import Outbox, OutboxFull
from tests.sinks.builders import NOW, make_alert
folder = Path(sys.argv[1])
with Outbox(folder / "outbox.sqlite", reserve_bytes=1 << 20) as outbox:
    assert outbox.reserve_kept
    with (folder / "media").open("wb", buffering=0) as media:
        try:
            while True:
                media.write(b"x" * 4096)
        except OSError:
            pass
    accepted = 0
    try:
        for number in range(2000):
            outbox.append(make_alert(f"i{number}", data={"card": "x" * 2000}), NOW)
            accepted += 1
            if accepted == 50:
                assert not outbox.reserve_kept, "the alerts live on the reserve by now"
    except OutboxFull:
        pass
    assert 50 < accepted < 2000, accepted
    assert len(outbox.pending("redis", 5000)) == accepted
    (folder / "media").unlink()
    outbox.append(make_alert("room again"), NOW)
    assert outbox.keep_reserve() and outbox.reserve_kept
    print("accepted", accepted)
"""


_RESTART_ON_A_FULL_DISK = """
import sys
from pathlib import Path
from sinks.outbox import Outbox, OutboxFull
from tests.sinks.builders import NOW, make_alert
folder = Path(sys.argv[1])
path = folder / "outbox.sqlite"
def fill(name):
    with (folder / name).open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
with Outbox(path, reserve_bytes=1 << 20) as outbox:
    outbox.append(make_alert("before"), NOW)
    assert outbox.reserve_kept
fill("media")
with Outbox(path, reserve_bytes=1 << 20) as outbox:
    outbox.append(make_alert("after"), NOW)
    assert [entry.id for entry in outbox.pending("redis")] == ["before", "after"]
    assert not outbox.reserve_kept
fill("more")
try:
    Outbox(path, reserve_bytes=1 << 20).open()
except OutboxFull as error:
    print("accepted, then", error)
"""


@pytest.mark.promise("fault 25")
@pytest.mark.parametrize("story", [_FULL_DISK, _RESTART_ON_A_FULL_DISK])
def test_on_a_full_disk_alerts_go_into_their_reserve(tmp_path: Path, story: str) -> None:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare(1): apt install util-linux")
    mount = f"mount -t tmpfs -o size=3m none {tmp_path}"
    inside = [unshare, "-rm", "sh", "-c", f'{mount} || exit 77; exec "$@"', "sh"]
    done = subprocess.run(
        [*inside, sys.executable, "-c", story, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    assert done.stdout.startswith("accepted"), done.stderr


@pytest.mark.parametrize("content", [b"this is no database at all, but long enough to look" * 50])
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "outbox.sqlite"
    path.write_bytes(content)
    with pytest.raises(OutboxError, match="not a database"):
        Outbox(path).open()
    assert path.read_bytes() == content


def test_a_path_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutboxError, match=r"unable to open database file\. Check the disk"):
        Outbox(tmp_path).open()


def test_an_outbox_that_is_not_open_says_so(tmp_path: Path) -> None:
    with pytest.raises(OutboxError, match="open"):
        Outbox(tmp_path / "outbox.sqlite").append(make_alert(), NOW)


_MARKER = """
import sys
from pathlib import Path
from sinks.outbox import Outbox
marked = 0
with Outbox(Path(sys.argv[1]), reserve_bytes=0) as outbox:
    while marked < int(sys.argv[2]):
        rows = outbox.pending("redis", 7)
        outbox.mark_delivered("redis", [row.seq for row in rows], 0.0)
        outbox.prune(["redis"], 0.0)
        marked += len(rows)
print(marked)
"""


def test_one_process_appends_while_another_marks(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    count = 200
    with Outbox(path, reserve_bytes=0) as outbox:
        marker = subprocess.Popen(
            [sys.executable, "-c", _MARKER, path, str(count)], stdout=subprocess.PIPE, text=True
        )
        for number in range(count):
            assert outbox.append(make_alert(f"i{number}"), NOW)
        said, _ = marker.communicate(timeout=60)
        assert said.strip() == str(count)
        assert outbox.pending("redis") == []
