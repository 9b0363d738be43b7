"""Rules are rehearsed over days past: what they would have raised is what they did raise."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import pipeline.rehearse.rehearse as module
from detectors.adapting import RepeatedFalseAlarms
from pipeline.judge import Judge
from pipeline.records import AlertType, Modality
from pipeline.rehearse.command import Output, request_of, run
from pipeline.rehearse.outcome import Outcome, Rehearsal, RehearsalError
from pipeline.rehearse.page import page
from pipeline.rehearse.rates import Verdict
from pipeline.rehearse.rehearse import Request, rehearse
from pipeline.rehearse.spaces import Opened
from pipeline.teaching.lessons import Lesson, LessonStore, Taught
from sinks.alert_json import decode_alert
from sinks.outbox import Outbox
from tests.pipeline.rehearse.days import (
    BEGIN,
    EAST,
    JPEG,
    NORTH,
    SITE,
    SPACES,
    Camera,
    a_fire_at,
    archive,
    site_in,
)
from tests.pipeline.test_judge import Overheard


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's models are those of the invented days."""

    def opened(site: object, senses: set[Modality]) -> Opened:
        return Opened(None, None, {m: space for m, space in SPACES.items() if m in senses})

    monkeypatch.setattr(module, "open_models", opened)


def of(found: Rehearsal, camera: str, rule: str) -> Outcome:
    return next(o for o in found.outcomes if (o.camera, o.rule) == (camera, rule))


def written(folder: Path, found: Rehearsal, **output: Path) -> str:
    console = Console(record=True, width=160, file=(folder / "out.txt").open("w"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.rehearse.command.rehearse", lambda *_: found)
        run(site_in(folder), Request(), Output(**output), console)
    console.file.close()
    return console.export_text()


def test_it_finds_the_alerts_that_the_judge_raised(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    with Outbox(tmp_path / "outbox.sqlite3") as outbox:
        judge = Judge(site, SPACES, outbox, Overheard(), tmp_path / "background.state")  # type: ignore[arg-type]
        judge.resume()
        for item in a_fire_at(Camera(), 3, 11, 11.3, 16):
            judge.take(item)
        judge.finish("shutdown")
        raised = [decode_alert(entry.document) for entry in outbox.pending("any")]
    begun = [a.start_time for a in raised if a.type is AlertType.NEW]
    ended = [a.end_time for a in raised if a.type is AlertType.END]
    assert len(begun) == 3, "the third fire lies in the cooldown of the second"

    found = of(rehearse(site, Request(rules=("fire",))), "yard", "fire")
    assert [a.started_at for a in found.alerts] == begun
    assert [a.ended_at for a in found.alerts] == ended
    assert found.suppressed > 0
    assert found.watched_s == pytest.approx(20 * 60, abs=5)
    assert "Nothing of its audio is kept: it is judged without." in found.notes


def test_an_alert_comes_with_its_words_its_picture_and_how_rare_it_is(tmp_path: Path) -> None:
    archive(tmp_path / "archive", a_fire_at(Camera(), 3))
    found = rehearse(site_in(tmp_path), Request(rules=("fire",)))
    (alert,) = of(found, "yard", "fire").alerts
    (sense,) = alert.senses
    assert (sense.modality, sense.words, sense.share) == (Modality.VIDEO, "a fire", 1.0)
    assert sense.margin is not None
    assert sense.margin > 5
    assert alert.per_day < 48
    assert alert.extrapolated, "three minutes cannot show what comes twice an hour"
    assert alert.picture is not None
    assert (alert.picture.jpeg, alert.picture.captured_at) == (JPEG, BEGIN + 180)
    assert -8 <= alert.picture_after_s <= 0
    found.outcomes[0].alerts[:] = [replace(alert, picture_after_s=40.0)]
    assert "picture from 40 s later" in page(found)
    found.outcomes[0].alerts[:] = [replace(alert, picture_after_s=-1.0)]
    assert "picture from" not in page(found)


def test_the_sum_for_the_site_stands_beside_what_it_promises(tmp_path: Path) -> None:
    archive(tmp_path / "archive", a_fire_at(Camera("yard"), 3, 9))
    archive(tmp_path / "archive", a_fire_at(Camera("gate", seed=8), 15), run="00000002")
    found = rehearse(site_in(tmp_path), Request())
    assert {(o.camera, o.rule): len(o.alerts) for o in found.outcomes} == {
        ("yard", "fire"): 2,
        ("yard", "crash"): 0,
        ("gate", "fire"): 1,
    }
    total = found.total
    assert total is not None
    assert total.count == 3
    assert total.per_day == pytest.approx(3 * 72, rel=0.02)
    assert found.promised == pytest.approx(96)
    assert found.site_promises == pytest.approx(96 + 1 / 7)
    told = written(tmp_path, found)
    assert "3 alerts of 2 pairs of camera and rule: 9 an hour" in told
    assert "Together they promise at most 4 an hour" in told
    assert "crash at yard: Nothing was judged." in told


def test_some_minutes_cannot_show_what_is_promised_for_a_week(tmp_path: Path) -> None:
    text = SITE.replace("2 per hour", "1 per week")
    archive(tmp_path / "archive", Camera().shows(NORTH, 1200))
    found = rehearse(site_in(tmp_path, text), Request(rules=("fire",)))
    outcome = of(found, "yard", "fire")
    assert (len(outcome.alerts), outcome.verdict) == (0, Verdict.SHORT)
    told = written(tmp_path, found)
    assert "too short to tell" in told
    assert "that 1 a week is kept shows after 26 d without an alert" in told


def test_a_rule_that_would_surely_exceed_its_promise_is_told(tmp_path: Path) -> None:
    # A bad rule: it fires at what the camera shows every two minutes.
    text = SITE.replace("2 per hour", "40 per day").replace("cooldown: 30", "cooldown: 1")
    archive(tmp_path / "archive", a_fire_at(Camera(), *range(1, 20, 2), of=20))
    found = rehearse(site_in(tmp_path, text), Request(rules=("fire",)))
    assert [o.camera for o in found.exceeded] == ["yard"]
    told = written(tmp_path, found)
    assert "exceeded" in told
    assert "Promises are of false alarms: look at the pictures." in told


def test_only_a_stretch_can_be_asked_for(tmp_path: Path) -> None:
    archive(tmp_path / "archive", a_fire_at(Camera(), 3, 9, 15))
    site = site_in(tmp_path)

    def alerts(**asked: Any) -> int:
        request = request_of(
            site, [], ["fire"], ["yard"], asked.get("begin"), asked.get("end"), asked.get("days")
        )
        return len(of(rehearse(site, request), "yard", "fire").alerts)

    assert alerts() == 3
    # 08:53:20 UTC is 09:53:20 in Lisbon, in summer.
    assert alerts(begin="2025-10-09T09:58") == 2
    assert alerts(begin="2025-10-09 09:58", end="2025-10-09T10:04") == 1
    assert alerts(end="2025-10-09T09:04+00:00") == 2
    assert alerts(days=10 / 1440) == 1
    for wrong, says in (
        ({"begin": "yesterday"}, "--from 'yesterday' is no time: write 2026-01-31"),
        ({"begin": "2025-10-09", "days": 1}, "not both"),
        ({"begin": "2031-01-01"}, "holds nothing of that time"),
    ):
        with pytest.raises(RehearsalError, match=says):
            alerts(**wrong)


def test_runs_of_days_apart_are_rehearsed_as_one_life(tmp_path: Path) -> None:
    # The machine started anew in between: stream time begins at zero again.
    archive(tmp_path / "archive", a_fire_at(Camera(), 3))
    later = Camera(seed=9)
    day = [*a_fire_at(later, 9)]
    for item in day:
        object.__setattr__(item, "captured_at", item.captured_at + 3 * 86_400)
    archive(tmp_path / "archive", day, run="00000000")
    outcome = of(rehearse(site_in(tmp_path), Request(rules=("fire",))), "yard", "fire")
    assert [round((a.started_at - BEGIN) / 60) for a in outcome.alerts] == [3, 3 * 1440 + 9]
    assert outcome.watched_s == pytest.approx(40 * 60, abs=10), "days without a stream do not count"


def test_another_model_starts_another_space(tmp_path: Path) -> None:
    archive(tmp_path / "archive", a_fire_at(Camera(clip="clip@0"), 3))
    with pytest.raises(
        RehearsalError, match=r"kept by clip@0, and the site now uses clip@1: another model starts"
    ):
        rehearse(site_in(tmp_path), Request(rules=("fire",), cameras=("yard",)))

    # Of a site that has both, the days of the old one are not mixed in.
    archive(tmp_path / "archive", a_fire_at(Camera(seed=3), 4), run="00000002")
    outcome = of(rehearse(site_in(tmp_path), Request(rules=("fire",))), "yard", "fire")
    assert [round((a.started_at - BEGIN) / 60) for a in outcome.alerts] == [4]


def test_what_cannot_be_rehearsed_says_what_to_do(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    nothing, empty = tmp_path / "none.mp4", tmp_path / "folder"
    empty.mkdir()
    film = tmp_path / "film.mp4"
    film.write_bytes(b"no film")
    for request, says in (
        (Request(), r"archive holds no archive yet: it fills while the site runs"),
        (Request(rules=("flood",)), r"no rule 'flood': it has fire, crash"),
        (Request(cameras=("attic",)), r"no camera 'attic': it has yard, gate"),
        (Request(rules=("crash",), cameras=("gate",)), r"none of these rules can raise an alert"),
        (Request(over=(nothing,)), r"none.mp4: no such file or folder"),
        (Request(over=(empty,)), r"folder is no archive of embeddings"),
        (Request(over=(film,)), r"the cameras yard, gate: say with --camera whose"),
    ):
        with pytest.raises(RehearsalError, match=says):
            rehearse(site, request)
    with pytest.raises(RehearsalError, match="enabled: false"):
        rehearse(site_in(tmp_path, SITE + "archive: {{enabled: false}}\n"), Request())

    archive(tmp_path / "archive", Camera("attic").shows(NORTH, 5))
    with pytest.raises(RehearsalError, match="holds nothing of yard, gate, but of attic"):
        rehearse(site, Request())


def test_a_damaged_archive_is_rehearsed_as_far_as_it_goes(tmp_path: Path) -> None:
    archive(tmp_path / "archive", a_fire_at(Camera(), 3, 15))
    (segment,) = (tmp_path / "archive").rglob("*.seg")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    found = rehearse(site_in(tmp_path), Request(rules=("fire",)))
    assert len(of(found, "yard", "fire").alerts) == 2
    assert "1 place in the archive could not be read" in written(tmp_path, found)


def test_the_report_holds_all_of_it_and_the_pictures_lie_beside(tmp_path: Path) -> None:
    archive(tmp_path / "archive", a_fire_at(Camera(), 3))
    found = rehearse(site_in(tmp_path), Request(rules=("fire",)))
    told = written(
        tmp_path,
        found,
        report=tmp_path / "r.json",
        pictures=tmp_path / "p",
        page=tmp_path / "r.html",
    )
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["schema"] == "hearsight.rehearsal/1"
    (rule,) = report["rules"]
    (alert,) = rule["would_be"]
    assert (rule["camera"], rule["rule"], rule["alerts"]) == ("yard", "fire", 1)
    assert rule["interval_per_day"][0] < rule["per_day"] < rule["interval_per_day"][1]
    assert alert["extrapolated"] is True
    assert Path(alert["picture"]).read_bytes() == JPEG
    assert alert["picture"] in told
    assert "seen: a fire (lead " in told
    assert "What has a * is extrapolated" in told


def test_the_page_needs_nothing_else_and_takes_no_text_for_markup(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script> [red]&"
    text = SITE.replace("a fire]", f'"{bad}"]')
    SPACES[Modality.VIDEO].texts[bad] = EAST  # type: ignore[index]
    archive(tmp_path / "archive", a_fire_at(Camera(), 3))
    found = rehearse(site_in(tmp_path, text), Request(rules=("fire",)))
    shown = page(found)
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; [red]&amp;" in shown
    assert 'src="data:image/jpeg;base64,' in shown
    assert "default-src 'none'" in shown
    for outside in ("http://", "https://", "url(", "@import", "<link"):
        assert outside not in shown
    assert "[red]" in written(tmp_path, found)


def test_what_nobody_named_is_rehearsed_from_where_it_was_learned(tmp_path: Path) -> None:
    learn = "  unusual: {{learn: {{from: [video], after: 4 min}}, false_alarms: 2 per hour}}\n"
    learn += "  slow: {{learn: {{after: 1 day}}}}\n"
    camera = Camera()
    days = [*a_fire_at(camera, 6, of=7), *camera.is_still(420, until=420)]
    archive(tmp_path / "archive", days)
    site = site_in(tmp_path, SITE + learn)
    found = rehearse(site, Request(rules=("unusual", "slow"), cameras=("yard",)))
    unusual, slow = of(found, "yard", "unusual"), of(found, "yard", "slow")
    assert [round((a.started_at - BEGIN) / 60) for a in unusual.alerts] == [6]
    assert unusual.watched_s == pytest.approx(3 * 60, abs=20)
    assert unusual.alerts[0].senses[0].words
    assert (slow.watched_s, slow.alerts) == (0, [])
    assert "slow at yard: Nothing was judged." in written(tmp_path, found)


def test_what_a_rule_was_taught_is_rehearsed_too(tmp_path: Path) -> None:
    archive(tmp_path / "archive", a_fire_at(Camera(), 3, of=5))
    site = site_in(tmp_path)
    request = Request(rules=("fire",))
    assert len(of(rehearse(site, request), "yard", "fire").alerts) == 1

    # People said that it is a false alarm.
    forget = RepeatedFalseAlarms(
        EAST[None].astype(float), np.array([100.0]), np.zeros((0, 2)), sharpness=5.0
    )
    store = LessonStore(tmp_path / "lessons")
    taught = Taught("clip@1", "repeats", forget)
    version = site.rules["fire"].version
    store.add(Lesson("fire", version, {Modality.VIDEO: taught}, 0.0, "eve", "a verdict"))
    outcome = of(rehearse(site, request), "yard", "fire")
    assert outcome.alerts == []
    assert "It is rehearsed with what lesson 1 taught it." in outcome.notes

    store.add(Lesson("fire", "other words", {Modality.VIDEO: taught}, 0.0, "eve", "a verdict"))
    outcome = of(rehearse(site, request), "yard", "fire")
    assert len(outcome.alerts) == 1
    assert any("Lesson 2 of rule fire was learned for other words" in n for n in outcome.notes)


def test_directions_are_kept_well_enough_to_judge_by(tmp_path: Path) -> None:
    # Near the border between ordinary and alarming, eight bits could decide otherwise.
    camera = Camera()
    slope = [
        item
        for angle in np.linspace(np.pi / 2, 0, 60)
        for item in camera.shows(np.array([np.cos(angle), np.sin(angle)], np.float32), 5)
    ]
    site = site_in(tmp_path)
    with Outbox(tmp_path / "outbox.sqlite3") as outbox:
        judge = Judge(site, SPACES, outbox, Overheard(), tmp_path / "background.state")  # type: ignore[arg-type]
        for item in slope:
            judge.take(item)
        judge.finish("shutdown")
        raised = [decode_alert(entry.document) for entry in outbox.pending("any")]
    outcome = of(rehearse(site, Request(rules=("fire",))), "yard", "fire")
    assert [a.started_at for a in outcome.alerts] == [
        a.start_time for a in raised if a.type is AlertType.NEW
    ]
    assert outcome.alerts
