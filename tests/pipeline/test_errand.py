"""A process that is sent to do one thing is heard to its end, and is never left behind."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from pipeline.errand import Outcome, run_errand

PROGRAM = "tests.pipeline.fakes.errand"


def ran(does: str, *more: str, given: bytes = b"", trusted: bool = False) -> Outcome:
    return asyncio.run(run_errand(PROGRAM, does, *more, given=given, limit_s=60, trusted=trusted))


def test_what_it_is_given_reaches_it_and_what_it_made_comes_back() -> None:
    large = bytes(range(256)) * 4096
    ended = ran("answers", "at", "noon", given=large)
    assert ended.out == large[::-1] + b"at noon"
    assert (ended.status, ended.words, ended.reason) == (0, "", "")


@pytest.mark.promise("security 12")
def test_the_site_s_passwords_are_not_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YARD_PASSWORD", "hunter2")
    monkeypatch.setenv("LANG", "C.UTF-8")
    names = set(ran("tells its environment").out.decode().split())
    assert "LANG" in names
    assert "YARD_PASSWORD" not in names
    trusted = ran("tells its environment", trusted=True).out.decode().split()
    assert "YARD_PASSWORD" in trusted


def test_one_that_gives_up_says_why_in_its_last_line() -> None:
    ended = ran("gives up")
    assert ended.status == 1
    assert ended.words.startswith("a first line\n")
    assert ended.reason.startswith("the disk is tired !!!")
    assert len(ended.reason) == 500


@pytest.mark.parametrize(
    ("does", "status"), [("dies", -signal.SIGABRT), ("says nothing and fails", 3)]
)
def test_one_that_dies_without_a_word_is_told_from_one_that_did_it(does: str, status: int) -> None:
    ended = ran(does)
    assert (ended.status, ended.reason) == (status, "")


async def _running(kept: Path) -> int:
    """The process's id, once it is at work."""
    async with asyncio.timeout(60):
        while not (kept.exists() and (pid := kept.read_text())):
            await asyncio.sleep(0.01)
    return int(pid)


@pytest.mark.parametrize("cancelled", [False, True], ids=["takes too long", "is not wanted"])
def test_one_that_takes_too_long_or_is_not_wanted_any_more_is_gone(
    tmp_path: Path, cancelled: bool
) -> None:
    kept = tmp_path / "pid"

    async def story() -> None:
        limit_s = 600 if cancelled else 5
        errand = asyncio.create_task(run_errand(PROGRAM, "never ends", str(kept), limit_s=limit_s))
        pid = await _running(kept)
        assert Path(f"/proc/{pid}").exists()
        if cancelled:
            errand.cancel()
        with pytest.raises(asyncio.CancelledError if cancelled else TimeoutError):
            await errand
        assert not Path(f"/proc/{pid}").exists(), "not even as a zombie"

    asyncio.run(story())
