"""The disk fills up, or fails: evidence goes first, alerts keep their room, and it is told."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sinks.outbox import Outbox
from tests.chaos.full_disk import Judge
from tests.chaos.oracle import Oracle
from tests.sinks.builders import RedisProcess

Record = Callable[[str, object], None]


def on_a_small_disk(folder: Path, megabytes: int, *command: object, within_s: float = 170.0) -> str:
    """Run a program that sees a disk of its own at ``folder``; return what it printed."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare(1): apt install util-linux")
    mount = f"mount -t tmpfs -o size={megabytes}m none {folder}"
    done = subprocess.run(
        [unshare, "-rm", "sh", "-c", f'{mount} || exit 77; exec "$@"', "sh", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=within_s,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.promise("fault 25")
def test_a_full_disk_costs_evidence_first_and_no_alert(
    short_tmp: Path, one_binary: Path, make_redis: Callable[..., RedisProcess],
    record_property: Record,
) -> None:  # fmt: skip
    """Clips stop at the reserve, and it is said. Somebody else fills the rest: alerts go into the
    space that was set aside for them, and it is said. That is spent too: alerts wait in memory, and
    it is said. Room is made: all go out, in order."""
    server = make_redis(one_binary)
    disk = short_tmp / "disk"
    disk.mkdir()
    said = on_a_small_disk(
        disk, 32, sys.executable, "-m", "tests.chaos.full_disk", disk, server.url, short_tmp
    )
    seen = json.loads(said.splitlines()[-1])
    record_property(
        "measured",
        f"clips stopped with {seen['free_mb']:.1f} MB free (8 MB reserved), then "
        f"{seen['on_the_reserve']} alerts went into their own 4 MB, {seen['waiting']} waited in "
        f"memory; with room again: {seen['account']}",
    )
    assert seen["clips"] > 10
    assert 7.5 < seen["free_mb"] < 9.5
    assert seen["on_the_reserve"] > 100
    assert seen["judge_said"] == ["outbox_refuses"]
    assert seen["judge_said_then"] == ["outbox_works"]
    assert seen["waiting"] > 20
    assert seen["good"], seen["account"]


_BROKEN_DISK = """
import sys
from pathlib import Path
from pipeline.media_folder import DiskFull, MediaFolder
from tests.chaos.full_disk import Judge
from tests.chaos.oracle import Oracle
from tests.sinks.last_call import fail_calls
from sinks.outbox import Outbox
folder = Path(sys.argv[1])
media = MediaFolder(folder / "media", 0)
with Outbox(folder / "outbox.sqlite3", reserve_bytes=0) as outbox:
    judge = Judge(outbox, Oracle(folder))
    judge.submit()
    media.keep("yard", "before", "thumb.jpg", b"picture")
    assert judge.accepted == 1 and judge.alarms() == []
    fail_calls(sys.argv[2])
    judge.submit()
    judge.submit()
    assert judge.accepted == 1, "nothing is taken for accepted that is not on disk"
    assert judge.alarms() == ["outbox_refuses"]
    if sys.argv[2] == "fsync":
        try:
            media.keep("yard", "after", "thumb.jpg", b"picture")
        except DiskFull as error:
            assert "cannot be written" in str(error)
            assert not list((folder / "media/yard/after").iterdir()), "no half of it stays"
        else:
            raise AssertionError("a picture that is on no disk was taken for kept")
    print("refused")
"""


def on_a_broken_disk(folder: Path, call: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _BROKEN_DISK, folder, call],
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.promise("fault 25")
@pytest.mark.parametrize("call", ["fsync", "write"])
def test_a_disk_that_answers_with_errors_is_told_and_nothing_is_taken_for_kept(
    tmp_path: Path, call: str
) -> None:
    assert on_a_broken_disk(tmp_path, call) == "refused"


@pytest.mark.promise("fault 25")
def test_after_a_disk_failed_the_next_life_has_each_alert_once(tmp_path: Path) -> None:
    """What was refused may lie in the file all the same, and the judge submits it again."""
    assert on_a_broken_disk(tmp_path, "fsync") == "refused"
    with Outbox(tmp_path / "outbox.sqlite3", reserve_bytes=0) as outbox:
        with closing(Judge(outbox, Oracle(tmp_path))) as judge:
            for _ in range(3):
                judge.submit()
            assert judge.accepted == 3
        assert [row.id for row in outbox.pending("redis")] == ["i0", "i1", "i2"]
