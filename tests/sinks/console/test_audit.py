"""The audit log: lines stay, and go only after a year and with a line that says so."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sinks.console import audit as module
from sinks.console.accounts import Principal, Role
from sinks.console.audit import KEEP_S, AuditError, AuditLog, Filter
from tests.sinks.console.desktop import Desktop, told
from tests.sinks.console.reception import Clock

ANNA = Principal("anna", Role.OPERATOR, None, "x")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path, clock: Clock) -> AuditLog:
    return AuditLog(tmp_path / "a.sqlite3", now=clock)


def test_a_line_says_who_when_what_where_and_from(log: AuditLog, clock: Clock) -> None:
    token = module.address.set("192.0.2.7")
    log.write(ANNA, "rule silenced", "gate", rule="ladder", minutes=30)
    module.address.reset(token)
    (line,) = log.entries(Filter())
    assert (line.who, line.at, line.what, line.camera) == (
        "anna",
        clock.now,
        "rule silenced",
        "gate",
    )
    assert line.detail == {"rule": "ladder", "minutes": 30}
    assert line.address == "192.0.2.7"


def test_no_line_is_changed_or_removed(log: AuditLog) -> None:
    log.write(ANNA, "rule edited")
    with log.open(), pytest.raises(AuditError, match="is not changed"), log._using() as db:
        db.execute("UPDATE audit SET who = 'bert'")
    with log.open(), pytest.raises(AuditError, match="for a year"), log._using() as db:
        db.execute("DELETE FROM audit")
    assert [line.who for line in log.entries(Filter())] == ["anna"]


def test_no_false_note_of_trimming_opens_the_way(log: AuditLog, clock: Clock) -> None:
    log.write(ANNA, "rule edited")
    log.write(ANNA, "audit log trimmed", before=clock.now + 1)
    with log.open(), pytest.raises(AuditError, match="for a year"), log._using() as db:
        db.execute("DELETE FROM audit WHERE what = 'rule edited'")


def test_after_a_year_lines_go_and_a_line_says_how_many(log: AuditLog, clock: Clock) -> None:
    for _ in range(3):
        log.write(ANNA, "old")
    clock.passes(KEEP_S - 3600)
    log.write(ANNA, "young")
    assert log.trim() == 0
    clock.passes(3601)
    assert log.trim() == 3
    lines = log.entries(Filter())
    assert [line.what for line in lines] == ["audit log trimmed", "young"]
    assert lines[0].detail["lines"] == 3
    assert log.trim() == 0


def test_trimming_happens_by_itself_once_a_day(log: AuditLog, clock: Clock) -> None:
    log.write(ANNA, "old")
    clock.passes(KEEP_S + 1)
    log.write(ANNA, "new")
    assert {line.what for line in log.entries(Filter())} == {"new", "audit log trimmed"}


def test_lines_are_found_by_who_what_camera_and_time(log: AuditLog, clock: Clock) -> None:
    begun = clock.now
    for who, what, camera in [
        ("anna", "rule silenced", "gate"),
        ("anna", "rule edited", "yard"),
        ("bert", "rule silenced", "gate"),
        ("bert", "100% sure", ""),
    ]:
        log.write(who, what, camera)
        clock.passes(60)

    def found(**which: object) -> list[str]:
        return [f"{e.who} {e.what}" for e in log.entries(Filter(**which))]  # type: ignore[arg-type]

    assert found(who="anna") == ["anna rule edited", "anna rule silenced"]
    assert found(what="rule s", camera="gate") == ["bert rule silenced", "anna rule silenced"]
    # No pattern, no SQL.
    assert found(what="%") == []
    assert found(who="' OR 1=1 --") == []
    assert found(since=begun + 60, until=begun + 180) == ["bert rule silenced", "anna rule edited"]


def test_pages_follow_one_another_without_gap_or_double(log: AuditLog) -> None:
    for number in range(25):
        log.write("anna", f"act {number}")
    seen, before = [], None
    while page := log.entries(Filter(), before=before, limit=10):
        seen += [line.what for line in page]
        before = page[-1].id
        log.write("bert", "meanwhile")
    assert seen == [f"act {number}" for number in reversed(range(25))]


def test_csv_holds_every_line_and_no_formula(log: AuditLog) -> None:
    log.write("=HYPERLINK(1)", '@cmd, "quoted"\nline', "gate", note="ünï")
    for number in range(1200):
        log.write("anna", f"act {number}")
    rows = list(csv.reader("".join(log.csv(Filter())).splitlines(keepends=True)))
    assert len(rows) == 1202
    assert rows[0][:5] == ["id", "time", "seconds", "who", "what"]
    assert rows[-1][3] == "'=HYPERLINK(1)"
    assert rows[-1][4].startswith("'@cmd")
    assert "ünï" in rows[-1][6]


def test_odd_texts_and_large_details_are_lines_too(log: AuditLog) -> None:
    log.write("anna", "noted", text="\udcff<b>\x1b[31m", size="x" * 100_000)
    (line,) = log.entries(Filter())
    assert len(line.detail["cut"]) == 4000
    log.write("anna\udcff", "short \udc80", text="\udcff")
    assert len(log.entries(Filter())) == 2


def test_the_page_tells_times_as_people_at_the_site_do(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        stretch = {"from": 1_795_730_400.0, "to": 1_795_732_800.0}
        desk.guard.audit.write("the command line", "forgotten", "yard", **stretch)
        page = (await (await desk.person("rita", Role.ADMIN)).get("/audit")).text
        assert "from: 2026-11-26 22:00:00; to: 2026-11-26 22:40:00" in page
        desk.guard.audit.write("rita", "searched", since=stretch["from"], until=stretch["to"])
        desk.guard.audit.write("hearsight", "audit log trimmed", lines=3, before=stretch["from"])
        page = (await (await desk.person("ruth", Role.ADMIN)).get("/audit")).text
        assert "since: 2026-11-26 22:00:00; until: 2026-11-26 22:40:00" in page
        assert "lines: 3; before: 2026-11-26 22:00:00" in page
        assert "1795730400" not in page

    told(story, short_tmp)
