"""`hearsight arm` and `hearsight silence`: people set modes by hand, and see how it stands."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from pipeline import normal_cli
from pipeline.arming_cli import WhenUnclear, moment_of
from pipeline.cli import app
from pipeline.ledger import Ledger, Order
from tests.pipeline.test_arming_desk import Life

LISBON = ZoneInfo("Europe/Lisbon")
SITE = """
timezone: Europe/Lisbon
cameras:
  yard: {url: "images:a", groups: [outside]}
  hall: {url: "images:b"}
rules:
  fight: {see: [people fighting], armed: [away, night]}
  fire: {see: [flames], armed: always}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(normal_cli, "PATIENCE_S", 0.0)
    monkeypatch.setenv("COLUMNS", "160")
    path = tmp_path / "site.yaml"
    path.write_text(f"data_dir: {tmp_path / 'data'}\n{SITE}")
    return path


def hearsight(command: str, site: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [command, str(site), *arguments])


def waiting(site: Path) -> list[Order]:
    with Ledger(site.parent / "data" / "learning.sqlite3") as book:
        return book.due()


@contextmanager
def running(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The part of a running site that takes orders, beside the test."""
    monkeypatch.setattr(normal_cli, "PATIENCE_S", 20.0)
    stop = threading.Event()

    def judge() -> None:
        life = Life(site.parent / "data", site.read_text(), now=time.time())
        while not stop.wait(0.02):
            life.now = time.time()
            life.beat()
        life.close()

    thread = threading.Thread(target=judge)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_mode_set_by_hand_is_carried_out_and_shown_and_taken_back(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(site, monkeypatch):
        done = hearsight("arm", site, "night", "--group", "outside")
        assert done.exit_code == 0
        assert "\ngroup outside: night by hand, until it is taken back" in done.output
        shown = hearsight("arm", site).output
        assert "by hand, group outside" in shown
        assert "default, site" in shown
        back = hearsight("arm", site, "--group", "outside", "--undo")
        assert "group outside: back to the schedule" in back.output
        assert "by hand" not in hearsight("arm", site).output


def test_a_rule_is_silenced_for_a_while_and_that_is_shown_and_taken_back(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(site, monkeypatch):
        done = hearsight(
            "silence", site, "fire", "--camera", "yard", "--for", "2h", "--reason", "welding"
        )
        assert "rule fire is silenced at yard, until" in done.output
        shown = hearsight("arm", site).output
        assert "fire (silenced)" in shown
        assert "welding" in shown
        assert hearsight("silence", site, "fire", "--undo").exit_code == 0
        again = hearsight("silence", site, "fire", "--undo")
        assert again.exit_code == 1
        assert "rule fire is not silenced" in again.output
        assert "Silences" not in hearsight("arm", site).output


def test_before_the_first_run_the_schedule_is_shown(site: Path) -> None:
    site.write_text(site.read_text() + "arming: {schedule: [{mode: away}]}\n")
    shown = hearsight("arm", site)
    assert shown.exit_code == 0, shown.output
    assert "schedule, site" in shown.output
    assert not (site.parent / "data").exists()


def test_a_site_that_does_not_run_takes_the_order_at_its_next_start(site: Path) -> None:
    before = time.time()
    result = hearsight("arm", site, "away", "--for", "90 min")
    assert result.exit_code == 0
    assert "takes it at its next start" in result.output
    (order,) = waiting(site)
    assert (order.kind, order.detail["mode"], order.camera) == ("arm", "away", "")
    assert order.detail["until"] == pytest.approx(before + 5400, abs=5)


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        ("arm", ["nigth"], "no mode 'nigth': the site has home, away, night"),
        ("arm", ["away", "--camera", "roof"], "no camera 'roof'"),
        ("arm", ["away", "--camera", "yard", "--group", "outside"], "not for both"),
        ("arm", ["away", "--undo"], "a mode, or --undo, not both"),
        ("arm", ["--camera", "yard"], "say which mode: home, away, night, disarmed"),
        ("arm", ["away", "--until", "25:00"], "'25:00' is no time"),
        ("arm", ["away", "--until", ""], "'' is no time"),
        ("arm", ["away", "--until", "2020-01-01 10:00"], "past already"),
        ("arm", ["away", "--for", "2x"], "unknown unit 'x'"),
        ("arm", ["away", "--for", "2h", "--until", "10:00"], "not both"),
        ("arm", ["--undo", "--for", "2h"], "back to the schedule has no end"),
        ("silence", ["fire"], "a silence has an end"),
        ("silence", ["fire", "--for", "8d"], "more than seven days"),
        ("silence", ["flood", "--for", "2h"], "no rule 'flood'"),
        ("silence", ["fire", "--undo", "--for", "2h"], "leave the time out"),
    ],
)
def test_what_cannot_be_meant_is_said_at_once_and_nothing_is_ordered(
    site: Path, command: str, arguments: list[str], said: str
) -> None:
    result = hearsight(command, site, *arguments)
    assert result.exit_code == 1
    assert said in result.stderr
    assert waiting(site) == []


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        pytest.param("20:30", "2026-01-01 20:30", id="today, still to come"),
        pytest.param("06:30", "2026-01-02 06:30", id="today it is past: tomorrow"),
        pytest.param("20:00", "2026-01-02 20:00", id="now is past"),
        pytest.param("24:00", "2026-01-02 00:00", id="the coming midnight"),
        pytest.param("2026-07-01 09:00", "2026-07-01 09:00", id="a day, in summer time"),
        pytest.param("2026-07-01T09:00", "2026-07-01 09:00", id="as machines write it"),
    ],
)
def test_a_time_is_one_of_the_wall_of_the_site(text: str, wall: str) -> None:
    now = datetime(2026, 1, 1, 20, tzinfo=LISBON).timestamp()
    found = datetime.fromtimestamp(moment_of(text, LISBON, now), LISBON)
    assert f"{found:%Y-%m-%d %H:%M}" == wall


@pytest.mark.parametrize("text", ["6:30", "tomorrow", "24:30", "2026-02-30 10:00", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(WhenUnclear):
        moment_of(text, LISBON, 0.0)
