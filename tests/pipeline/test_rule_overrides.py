"""What people change of rules lies beside the site file: kept, taken back, left out when it no
longer fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.config import Site, parse_site
from pipeline.config.units import parse_duration, parse_rate
from pipeline.earlier_backgrounds import EarlierBackgrounds
from pipeline.rule_changes import (
    Kind,
    RuleRefused,
    effective,
    rate_words,
    rule_of,
    span_words,
    with_override,
)
from pipeline.rule_desk import RuleDesk
from pipeline.rule_overrides import FILE, ChangedMeanwhile, NothingToUndo, RuleOverrides
from pipeline.rules_view import rule_view, rules_view

SITE = """
site: test
data_dir: {folder}
cameras:
  yard: {{url: "rtsp://ann:hunter2@camera/yard", audio: score}}
  gate: {{url: "rtsp://camera/gate", rules: [fire]}}
rules:
  fire: {{see: [a fire], hear: [a fire alarm], false_alarms: 3 per day}}
  odd: {{learn: {{after: 1 h}}}}
"""


def site_in(folder: Path, text: str = SITE) -> Site:
    return parse_site(text.format(folder=folder), name="site.yaml", environ={})


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    opened = RuleDesk(site_in(tmp_path))
    opened.open()
    yield opened
    opened.close()


def saved(desk: RuleDesk, rule: str, changes: dict[str, Any] | None, by: str = "ann") -> Site:
    desk.save(rule, changes, by=by, after=None)
    assert desk.look()
    return desk.wanted.site


def test_a_rule_in_other_words_keeps_what_nobody_changed(desk: RuleDesk) -> None:
    whole = {"see": ["a big fire"], "hear": ["a fire alarm"], "false_alarms": "3 per day"}
    site = saved(desk, "fire", whole)
    rule = site.rules["fire"]
    assert (rule.see, rule.hear, rule.false_alarms) == (("a big fire",), ("a fire alarm",), 3.0)
    assert rule.version != desk.file.rules["fire"].version
    assert site.cameras["yard"].url.get_secret_value() == "rtsp://ann:hunter2@camera/yard"
    (version,) = desk.store.current()
    assert version.changes == {"see": ["a big fire"]}, "the rest still follows the site file"
    assert desk.in_force.site is desk.file, "until the line has taken it over"
    desk.settled()
    assert desk.in_force.site.rules["fire"].see == ("a big fire",)
    assert not desk.look()


def test_only_what_asks_for_something_else_starts_anew(desk: RuleDesk) -> None:
    site, _, _ = desk.proposed("fire", {"severity": "critical", "cooldown": "5 min"})
    assert not desk.starts_anew("fire", site.rules["fire"])
    site, _, _ = desk.proposed("fire", {"hear": []})
    assert desk.starts_anew("fire", site.rules["fire"])


@pytest.mark.parametrize(
    ("rule", "changes", "field", "words"),
    [
        ("fire", {"false_alarms": "often"}, "false_alarms", "write it as '1 per week'"),
        ("fire", {"see": ["a fire", "x"]}, "see", "line 2: string should have at least 2"),
        ("fire", {"normal": {"see": ["x"]}}, "normal.see", "line 1: string should have"),
        ("fire", {"see": [], "hear": []}, "", "asks for nothing"),
        ("fire", {"severity": "dire"}, "severity", "'critical'"),
        ("fire", {"margin": 99}, "margin", "less than or equal to 20"),
        ("fire", {"learn": {"after": "1 h"}}, "learn", "write it in the site file"),
        ("odd", {"see": ["a dog"]}, "", "make a rule of each"),
        ("Dog!", {"see": ["a dog"]}, "name", "is no valid name"),
        ("Dog!", {"see": ["a dog"], "margin": -1}, "margin", "greater than or equal to 0"),
        ("dog", {"see": ["a dog"], "cameras": ["attic"]}, "cameras", "there is no camera 'attic'"),
        ("dog", {"see": ["a dog"], "view": "door"}, "", "no camera has a region named 'door'"),
    ],
)
def test_what_makes_no_rule_is_refused_at_its_field(
    desk: RuleDesk, rule: str, changes: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(RuleRefused) as refused:
        desk.save(rule, changes, by="ann", after=None)
    assert field in refused.value.faults
    assert words in refused.value.faults[field]
    assert desk.store.revision() == 0


def test_a_new_rule_watches_the_cameras_that_it_is_for(desk: RuleDesk) -> None:
    site = saved(desk, "dog", {"see": ["a dog"], "cameras": ["gate"]})
    assert {c: list(site.rules_of(c)) for c in site.cameras} == {
        "yard": ["fire", "odd"],
        "gate": ["fire", "dog"],
    }
    everywhere = saved(desk, "cat", {"see": ["a cat"], "cameras": ["gate", "yard"]})
    assert "cat" in everywhere.rules_of("yard")
    assert "cat" in everywhere.rules_of("gate")


def test_a_rule_is_switched_off_and_on_but_never_the_last_one(desk: RuleDesk) -> None:
    site = saved(desk, "fire", None)
    assert list(site.rules) == ["odd"]
    assert site.cameras["gate"].rules == ()
    assert rule_view(desk, "fire")["state"] == "off"
    with pytest.raises(RuleRefused, match="only rule"):
        desk.save("odd", None, by="ann", after=None)
    assert "fire" in saved(desk, "fire", {}).rules
    assert "fire" not in desk.wanted.in_force, "it is as the site file has it"
    saved(desk, "dog", {"see": ["a dog"]})
    assert "dog" not in saved(desk, "dog", None).rules
    off = rule_view(desk, "dog")
    assert (off["state"], off["fields"]["see"]) == ("off", ["a dog"]), "it can be switched on"
    assert "dog" in saved(desk, "dog", {"see": ["a dog"]}).rules


def test_versions_are_taken_back_one_by_one_and_all_of_them_stay_on_record(desk: RuleDesk) -> None:
    saved(desk, "fire", {"severity": "critical"}, "ann")
    saved(desk, "fire", {"severity": "info", "see": ["flames"]}, "bob")
    assert desk.wanted.site.rules["fire"].see == ("flames",)
    gone, now = desk.store.undo("fire", by="cid")
    assert (gone.by, now.by if now else "") == ("bob", "ann")
    assert desk.look()
    assert desk.wanted.site.rules["fire"].severity == "critical"
    assert desk.store.undo("fire", by="cid")[1] is None
    desk.look()
    assert desk.wanted.site.rules == desk.file.rules
    with pytest.raises(NothingToUndo):
        desk.store.undo("fire", by="cid")
    told = rule_view(desk, "fire")["history"]
    assert [(v["by"], v["undone_by"], v["says"]) for v in told] == [
        ("bob", "cid", "What is seen: flames; Severity: info"),
        ("ann", "cid", "Severity: critical"),
    ]


def test_who_was_slower_is_told_and_changes_nothing(desk: RuleDesk) -> None:
    first = desk.save("fire", {"severity": "critical"}, by="ann", after=0)
    with pytest.raises(ChangedMeanwhile, match="ann has changed it meanwhile"):
        desk.save("fire", {"severity": "info"}, by="bob", after=0)
    with pytest.raises(ChangedMeanwhile):
        desk.store.undo("fire", by="bob", after=first.number + 1)
    desk.store.undo("fire", by="bob", after=first.number)
    with pytest.raises(ChangedMeanwhile, match="taken back"):
        desk.save("fire", {"severity": "info"}, by="ann", after=first.number)


def test_it_survives_a_restart_and_a_file_that_says_more(desk: RuleDesk, tmp_path: Path) -> None:
    saved(desk, "fire", {"see": ["a big fire"]})
    desk.close()
    later = RuleDesk(site_in(tmp_path, SITE.replace("3 per day", "1 per week")))
    later.open()
    rule = later.in_force.site.rules["fire"]
    assert (rule.see, rule.false_alarms) == (("a big fire",), 1 / 7)
    assert not later.look()
    later.close()


def test_what_no_longer_fits_is_left_out_and_said(desk: RuleDesk, tmp_path: Path) -> None:
    saved(desk, "fire", {"see": ["a big fire"]})
    saved(desk, "dog", {"see": ["a dog"]})
    saved(desk, "odd", {"severity": "info"})
    text = SITE.replace("fire:", "smoke:").replace("[fire]", "[smoke]")
    text += "  dog: {{see: [a large dog]}}\n"
    with RuleOverrides(tmp_path / FILE) as store:
        made = effective(site_in(tmp_path, text), store.current())
    assert made.site.rules["dog"].see == ("a large dog",)
    assert made.site.rules["odd"].severity == "info"
    fire, dog = made.left_out
    assert "rule fire: the change that ann made (version 1) no longer fits" in fire
    assert "the site file no longer has this rule" in fire
    assert "the site file now has a rule of this name" in dog


@pytest.mark.parametrize(
    "rate", ["1 per week", "3 per day", "20 per day", "1 per hour", "2 per month", "11.1 per month"]
)
def test_rates_and_times_go_to_words_and_back(rate: str) -> None:
    assert rate_words(parse_rate(rate)) == rate
    for seconds in (0, 0.5, 1, 20, 90, 3600, 86400, 1.25, 100):
        assert parse_duration(span_words(seconds)) == pytest.approx(seconds)


def test_a_rate_that_is_no_round_one_is_no_change() -> None:
    odd = rule_of("x", None, {"see": ["a dog"], "false_alarms": 0.123456})
    assert parse_rate(rate_words(odd.false_alarms)) == pytest.approx(0.123456)


def test_people_are_told_of_strange_words_and_of_cameras(desk: RuleDesk) -> None:
    saved(desk, "fire", {"see": ["a zxqwv"]})
    told = rules_view(desk)
    fire = told["rules"]["fire"]
    assert fire["cameras"] == {"yard": ["video", "audio"], "gate": ["video"]}
    assert "never met zxqwv" in fire["unknown_words"][0]
    assert (fire["fields"]["false_alarms"], fire["file"]["see"]) == ("3 per day", ["a fire"])
    assert (told["revision"], told["revision_in_force"]) == (1, 0)
    assert "hunter2" not in str(told)


def test_old_words_have_their_history_back() -> None:
    def state(identity: str) -> dict[str, Any]:
        return {"identity": identity, "single": {}, "heard": identity}

    first = EarlierBackgrounds()
    first.take_over({"yard/fire": state("a/m"), "health:yard": {"mean": 1}})
    assert first.find("yard/fire", "b/m") is None, "other words: it starts anew"
    second = EarlierBackgrounds()
    second.take_over({"yard/fire": state("b/m"), **first.save()})
    assert second.find("yard/fire", "a/m") == state("a/m")
    assert second.find("yard/fire", "a/m") is None, "it is in use now"
    third = EarlierBackgrounds()
    third.take_over({"yard/fire": state("a/m"), **second.save()})
    for number in range(5):
        third.take_over({"yard/fire": state(f"{number}/m"), **third.save()})
    assert len(third.save()["earlier"]["yard/fire"]) == 3


def hearsight(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_commands_say_what_is_changed_and_take_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    path = tmp_path / "site.yaml"
    path.write_text(SITE.format(folder=tmp_path / "data"))
    assert "nothing was changed" in hearsight("rules", path).output
    assert not (tmp_path / "data").exists(), "looking makes nothing"
    desk = RuleDesk(site_in(tmp_path / "data"))
    desk.save("fire", {"severity": "critical"}, by="ann", after=0)
    desk.close()
    checked = hearsight("check", path)
    assert checked.exit_code == 0, checked.output
    assert "rule fire is not as in the site file: Severity: critical (by ann" in checked.output
    assert "in force" in hearsight("rules", path).output
    done = hearsight("rules", path, "--undo", "fire")
    assert "version 1 is taken back; now as the site file has it" in done.output
    assert "not as in the site file" not in hearsight("check", path).output
    again = hearsight("rules", path, "--undo", "fire")
    assert again.exit_code == 1
    assert "nothing was changed of the rule 'fire'" in again.stderr
    assert "taken back by" in hearsight("rules", path).output


def test_there_is_one_way_to_switch_off(tmp_path: Path) -> None:
    with pytest.raises(RuleRefused, match="there is no rule 'dog'"):
        with_override(site_in(tmp_path), "dog", Kind.OFF, {})
