"""Modes and schedules in a site file, and what is said about those that cannot be meant."""

from __future__ import annotations

import pytest

from pipeline.config import Site
from pipeline.config.advice import warnings_of
from pipeline.config.arming import DAYS, ScheduleEntry
from pipeline.config.explain_arming import when
from tests.pipeline.config.sites import SMALL, refusal, site
from tests.pipeline.config.test_explain import shown

SCHEDULED = """\
cameras:
  yard: {url: "images:a", groups: [outside, north]}
  gate: {url: "images:b", groups: [outside]}
  hall: {url: "images:c"}
rules:
  fight: {see: [people fighting], armed: [away, night]}
  fire: {see: [flames], armed: always}
arming:
  default: home
  schedule:
    - {days: mon-fri, from: 08:00, to: 18:00, mode: away}
    - {from: 22:00, to: 06:00, mode: night}
  groups:
    outside: [{days: [sat-sun, wed], mode: away}]
  cameras:
    gate: [{from: 12:30, to: 13:00, mode: disarmed}]
"""


def test_without_a_word_about_it_every_rule_is_armed_all_the_time() -> None:
    plain = site()
    assert plain.arming.known == ("home", "away", "night", "disarmed")
    assert plain.arming.default_mode == "home"
    assert all(plain.rules["fire"].armed_in(mode) for mode in ("home", "away", "night"))
    assert plain.groups == {}


def test_a_schedule_is_read_as_it_is_meant() -> None:
    read = site(SCHEDULED)
    weekdays, nights = read.arming.schedule
    assert (weekdays.days, weekdays.begin, weekdays.end) == (DAYS[:5], "08:00", "18:00")
    assert (nights.days, nights.begin, nights.mode) == (DAYS, "22:00", "night")
    (weekend,) = read.arming.groups["outside"]
    assert (weekend.days, weekend.begin, weekend.end) == (("wed", "sat", "sun"), "00:00", "24:00")
    assert read.groups == {"outside": ("yard", "gate"), "north": ("yard",)}


def test_a_time_without_quotes_is_a_time_though_yaml_reads_a_number_of_base_sixty() -> None:
    (entry,) = site(SCHEDULED).arming.cameras["gate"]
    assert (entry.begin, entry.end) == ("12:30", "13:00")


@pytest.mark.parametrize(
    ("armed", "home", "away", "disarmed"),
    [
        ("all", True, True, False),
        ("always", True, True, True),
        ("away", False, True, False),
        ("[away, night]", False, True, False),
    ],
)
def test_a_rule_says_in_which_modes_it_is_armed(
    armed: str, home: bool, away: bool, disarmed: bool
) -> None:
    rule = site(SMALL.replace("]}", f"], armed: {armed}}}")).rules["fire"]
    assert [rule.armed_in(m) for m in ("home", "away", "disarmed")] == [home, away, disarmed]


def test_arming_does_not_change_what_a_rule_has_learned() -> None:
    armed = site(SMALL.replace("]}", "], armed: [away]}"))
    assert armed.rules["fire"].version == site().rules["fire"].version


def test_names_of_modes_are_free() -> None:
    shop = site(SMALL + "arming: {modes: [open, closed], schedule: [{mode: closed}]}\n")
    assert (shop.arming.default_mode, shop.arming.known) == ("open", ("open", "closed", "disarmed"))


def test_it_reaches_the_other_processes_as_it_is() -> None:
    before = site(SCHEDULED)
    assert Site.model_validate_json(before.model_dump_json(context={"reveal": True})) == before


SCHEDULE = SMALL + "arming: {schedule: [{%s}]}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SCHEDULE % "mode: nigth", "no mode 'nigth': add it to arming.modes (home, away, night"),
        (SCHEDULE % "days: mo, mode: night", "'mo' is no day: write one of mon, tue"),
        (SCHEDULE % "days: mon-fry, mode: night", "'mon-fry' is no day"),
        (SCHEDULE % "days: [], mode: night", "days are a list such as [mon-fri, sun]"),
        (SCHEDULE % "from: 22, mode: night", '22 is no time of day: write it as "06:30"'),
        (SCHEDULE % "from: 25:00, mode: night", "'25:00' is no time of day"),
        (SCHEDULE % "from: 9:00, mode: night", "'9:00' is no time of day"),
        (SCHEDULE % "from: 24:00, to: 06:00, mode: night", "is the next day"),
        (SCHEDULE % "from: 06:00, to: 06:00, mode: night", "leave both out for the whole day"),
        (SCHEDULE % "form: 06:00, mode: night", "unknown key"),
        (SCHEDULE % "from: 06:00", "schedule.0.mode: is missing"),
        (
            SCHEDULE.replace("{schedule: [", "{schedule: [\n") % "mode: nihgt",
            "yaml:6: arming: arming.schedule: there is no mode 'nihgt'",
        ),
        (SMALL + "arming: {default: nihgt}\n", "yaml:5: arming: default: there is no mode 'nihgt'"),
        (SMALL + "arming: {modes: [home, all]}\n", "no mode can be named 'all'"),
        (SMALL + "arming: {modes: []}\n", "at least 1 item"),
        (
            SMALL + "arming:\n  cameras:\n    yrad: []\n",
            "site.yaml:7: arming.cameras: there is no camera 'yrad'",
        ),
        (
            SMALL + "arming:\n  groups:\n    outside: []\n",
            "site.yaml:7: arming.groups: no camera is in group 'outside'",
        ),
        (
            SMALL.replace("]}", "], armed: [awya]}"),
            "yaml:4: rule fire: armed: there is no mode 'awya'",
        ),
        (SMALL.replace("]}", "], armed: [all, away]}"), "all stands alone"),
        (SMALL.replace("]}", "], armed: [disarmed]}"), "say armed: always"),
        (SMALL.replace("]}", "], armed: []}"), "would never alert"),
        (SMALL.replace("]}", "], armed: true}"), "is a list of modes, or all, or always"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(text: str, said: str) -> None:
    assert said in refusal(text)


# --- what `hearsight check` says -----------------------------------------------------------------


def test_check_tells_which_mode_holds_when_and_what_it_arms() -> None:
    page = shown(site(SCHEDULED))
    for told in (
        "camera gate │ every day 12:30 to 13:00 │ disarmed",
        "group outside │ wed, sat-sun │ away",
        "site │ mon-fri 08:00 to 18:00 │ away",
        "every day 22:00 to 06:00 (next day) │ night",
        "everywhere else │ at other times │ home",
        "in home │ armed: fire",
        "in away │ armed: fight, fire",
        "in disarmed │ armed: fire",
        "armed in away, night",
        "armed always, also disarmed",
    ):
        assert told in page
    assert page.index("camera gate") < page.index("group outside"), "as they count"


def test_check_says_nothing_of_it_where_everything_is_armed() -> None:
    assert "Arming" not in shown(site())


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (["sat-mon"], "mon, sat-sun 06:00 to 07:00"),
        (["tue"], "tue 06:00 to 07:00"),
        (["mon-sun"], "every day 06:00 to 07:00"),
    ],
)
def test_days_are_told_as_ranges(days: list[str], said: str) -> None:
    entry = {"days": days, "from": "06:00", "to": "07:00", "mode": "night"}
    assert when(ScheduleEntry.model_validate(entry)) == said


def test_check_warns_of_a_rule_that_nothing_arms() -> None:
    silent = SMALL.replace("]}", "], armed: [away, night]}")
    assert warnings_of(site(silent)) == [
        "rule fire is armed in away, night, which no schedule and no default sets: it is silent "
        "until somebody arms it by hand."
    ]
    assert warnings_of(site(silent + "arming: {schedule: [{days: sun, mode: night}]}\n")) == []
    assert warnings_of(site(silent + "arming: {default: away}\n")) == []
