"""Who decides what is armed: schedules, people's orders, and silences."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.arming import Arming
from pipeline.arming_orders import (
    ByHand,
    OrderRefused,
    Orders,
    Silence,
    known_of,
    with_arm,
    with_silence,
    without_silence,
)
from pipeline.config import Site
from tests.pipeline.config.sites import site

ZONE = ZoneInfo("Europe/Lisbon")
SITE = site(
    """
timezone: Europe/Lisbon
cameras:
  yard: {url: "images:a", groups: [outside, north]}
  gate: {url: "images:b", groups: [outside]}
  hall: {url: "images:c", rules: [fight, fire]}
rules:
  fight: {see: [people fighting], armed: [away, night]}
  fire: {see: [flames], armed: always}
  crowd: {see: [a crowd]}
arming:
  schedule:
    - {days: mon-fri, from: 08:00, to: 18:00, mode: away}
    - {from: 22:00, to: 06:00, mode: night}
  groups:
    north: [{days: thu, from: 10:00, to: 12:00, mode: disarmed}]
    outside: [{days: thu, from: 11:00, to: 13:00, mode: night}]
  cameras:
    gate: [{days: thu, from: 12:30, to: 12:45, mode: home}]
"""
)


def moment(wall: str) -> float:
    return datetime.fromisoformat(wall).replace(tzinfo=ZONE).timestamp()


#: A Thursday.
DAY = "2026-01-01"


@dataclass
class Desk:
    """People at work, in one line each; the clock is set by hand."""

    now: float = moment(f"{DAY} 20:00")
    site: Site = SITE
    arming: Arming = field(default_factory=lambda: Arming(SITE))

    def arm(self, mode: str, *, until: float | None = None, **where: str) -> None:
        order = ByHand(mode, until=until, by="ana", at=self.now, **where)
        self.arming.orders = with_arm(self.site, self.arming.orders, order, self.now)

    def silence(self, rule: str, camera: str = "", *, hours: float = 2) -> None:
        silence = Silence(rule, camera, self.now + hours * 3600, by="ana", at=self.now)
        self.arming.orders = with_silence(self.site, self.arming.orders, silence, self.now)

    def unsilence(self, rule: str, camera: str = "") -> None:
        orders = self.arming.orders
        self.arming.orders = without_silence(self.site, orders, rule, camera, self.now)

    def mode(self, camera: str, at: float | None = None) -> str:
        return self.arming.in_force(camera, self.now if at is None else at).mode

    def reason(self, camera: str, rule: str, at: float | None = None) -> str:
        return self.arming.allows(camera, rule, self.now if at is None else at).reason


# --- schedules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("camera", "time", "mode", "of"),
    [
        ("hall", "09:00", "away", "site"),
        ("hall", "23:00", "night", "site"),
        ("yard", "10:30", "disarmed", "group north"),
        pytest.param("yard", "11:30", "night", "group outside", id="the group named first wins"),
        ("gate", "11:30", "night", "group outside"),
        pytest.param("gate", "12:40", "home", "camera gate", id="the camera before its group"),
        pytest.param("gate", "13:00", "away", "site", id="where it says nothing the site's holds"),
    ],
)
def test_the_narrowest_schedule_holds(camera: str, time: str, mode: str, of: str) -> None:
    found = Arming(SITE).in_force(camera, moment(f"{DAY} {time}"))
    assert (found.mode, found.why, found.of) == (mode, "schedule", of)


def test_what_no_entry_covers_has_the_default_mode() -> None:
    found = Arming(SITE).in_force("hall", moment(f"{DAY} 19:00"))
    assert (found.mode, found.why, found.of) == ("home", "default", "site")


@pytest.mark.parametrize(
    ("time", "armed"),
    [
        ("09:00", ["fight", "fire", "crowd"]),
        pytest.param("19:00", ["fire", "crowd"], id="at home nobody asks for fights"),
        pytest.param("10:30", ["fire"], id="disarmed arms what is armed always"),
    ],
)
def test_a_mode_arms_the_rules_that_ask_for_it(time: str, armed: list[str]) -> None:
    at = moment(f"{DAY} {time}")
    assert [r for r in SITE.rules if Arming(SITE).allows("yard", r, at).allowed] == armed
    refused = {Arming(SITE).allows("yard", r, at).reason for r in SITE.rules if r not in armed}
    assert refused <= {"not_armed"}


# --- by hand -------------------------------------------------------------------------------------


def test_an_order_goes_before_every_schedule_and_ends_by_itself() -> None:
    desk = Desk()
    desk.arm("away", until=moment(f"{DAY} 23:00"))
    found = desk.arming.in_force("gate", desk.now)
    assert (found.mode, found.why, found.of, found.by) == ("away", "by hand", "site", "ana")
    assert desk.mode("gate", moment(f"{DAY} 22:59:59")) == "away"
    assert desk.mode("gate", moment(f"{DAY} 23:00")) == "night"


def test_an_order_without_an_end_holds_until_it_is_taken_back() -> None:
    desk = Desk()
    desk.arm("away", camera="hall")
    assert desk.mode("hall", desk.now + 300 * 86400) == "away"
    assert desk.mode("yard") == "home"
    desk.arm("", camera="hall")
    assert desk.mode("hall") == "home"
    assert desk.arming.orders == Orders(), "nothing is left of it"


def test_of_two_orders_for_a_camera_the_newer_holds() -> None:
    desk = Desk()
    desk.arm("disarmed", camera="yard")
    desk.arm("night", group="outside")
    assert [desk.mode(c) for c in ("yard", "gate", "hall")] == ["night", "night", "home"]
    desk.arm("away")
    assert [desk.mode(c) for c in ("yard", "gate", "hall")] == ["away", "away", "away"]
    assert len(desk.arming.orders.by_hand) == 1, "what can never hold again is forgotten"
    desk.arm("disarmed", camera="yard")
    assert [desk.mode(c) for c in ("yard", "gate")] == ["disarmed", "away"]


def test_what_held_before_comes_back_when_a_newer_order_ends() -> None:
    desk = Desk()
    desk.arm("disarmed", camera="yard")
    desk.arm("away", until=desk.now + 3600)
    assert desk.mode("yard") == "away"
    assert desk.mode("yard", desk.now + 3600) == "disarmed"
    assert desk.mode("hall", desk.now + 3600) == "home"


def test_a_second_order_for_the_same_takes_the_place_of_the_first() -> None:
    desk = Desk()
    desk.arm("disarmed", camera="yard")
    desk.arm("away", camera="yard", until=desk.now + 3600)
    assert desk.mode("yard", desk.now + 3600) == "home", "the schedule, not the first order"


def test_one_camera_goes_back_to_its_schedule_while_the_others_stay() -> None:
    desk = Desk(now=moment(f"{DAY} 12:40"))
    desk.arm("away")
    desk.arm("", camera="gate")
    gate = desk.arming.in_force("gate", desk.now)
    assert (gate.mode, gate.why) == ("home", "schedule")
    assert desk.mode("hall") == "away"
    desk.arm("")
    assert desk.arming.orders == Orders()


def test_a_group_goes_back_and_takes_its_cameras_with_it() -> None:
    desk = Desk()
    desk.arm("away", camera="yard")
    desk.arm("away", camera="hall")
    desk.arm("", group="outside")
    assert [desk.mode(c) for c in ("yard", "hall")] == ["home", "away"]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (ByHand("nigth"), "no mode 'nigth': the site has home, away, night, disarmed"),
        (ByHand("away", camera="yrad"), "no camera 'yrad'"),
        (ByHand("away", group="inside"), "no group 'inside': the site has outside, north"),
        (ByHand("away", camera="yard", group="outside"), "not for both"),
        (ByHand("away", until=moment(f"{DAY} 19:59")), "past already"),
        (ByHand("away", until=moment(f"{DAY} 21:00") * 1000), "it is in seconds"),
        (ByHand("away", until=float("nan")), "past already"),
        (ByHand("", until=moment(f"{DAY} 21:00")), "back to the schedule has no end"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused(order: ByHand, said: str) -> None:
    with pytest.raises(OrderRefused, match=said):
        with_arm(SITE, Orders(), order, Desk().now)


# --- silences ------------------------------------------------------------------------------------


def test_a_silence_ends_by_itself_and_concerns_one_rule() -> None:
    desk = Desk()
    desk.silence("crowd", "yard", hours=2)
    assert desk.reason("yard", "crowd") == "silenced"
    assert desk.reason("yard", "crowd", desk.now + 7200) == ""
    assert desk.reason("gate", "crowd") == ""
    assert desk.reason("yard", "fire") == ""


def test_a_silence_everywhere_is_one_and_covers_what_is_armed_always() -> None:
    desk = Desk()
    desk.silence("fire")
    assert [desk.reason(c, "fire") for c in SITE.cameras] == ["silenced"] * 3
    desk.unsilence("fire")
    assert desk.reason("yard", "fire") == ""


def test_what_is_not_armed_is_said_to_be_that_though_it_is_silenced_too() -> None:
    desk = Desk()
    desk.silence("fight", "yard")
    assert desk.reason("yard", "fight") == "not_armed"


def test_a_longer_silence_takes_the_place_of_a_shorter_one() -> None:
    desk = Desk()
    desk.silence("crowd", "yard", hours=2)
    desk.silence("crowd", "yard", hours=1)
    assert desk.reason("yard", "crowd", desk.now + 3601) == ""
    assert len(desk.arming.orders.silences) == 1


@pytest.mark.parametrize(
    ("rule", "camera", "hours", "said"),
    [
        ("crowd", "yard", 8 * 24, "more than seven days"),
        ("crowd", "yard", 0, "past already"),
        ("crwod", "yard", 1, "no rule 'crwod': the site has fight, fire, crowd"),
        ("crowd", "yrad", 1, "no camera 'yrad'"),
        ("crowd", "hall", 1, "crowd does not watch camera hall"),
    ],
)
def test_a_silence_that_cannot_be_meant_is_refused(
    rule: str, camera: str, hours: float, said: str
) -> None:
    with pytest.raises(OrderRefused, match=said):
        Desk().silence(rule, camera, hours=hours)


def test_a_silence_is_taken_back_where_it_was_made() -> None:
    desk = Desk()
    with pytest.raises(OrderRefused, match="crowd is not silenced at yard"):
        desk.unsilence("crowd", "yard")
    desk.silence("crowd")
    with pytest.raises(OrderRefused, match="silenced at all cameras: take that back"):
        desk.unsilence("crowd", "yard")
    desk.silence("crowd", "gate")
    desk.unsilence("crowd")
    assert desk.arming.orders.silences == ()


# --- clocks and names that change ----------------------------------------------------------------


def test_a_clock_that_was_wrong_and_is_set_back_leaves_no_endless_silence() -> None:
    desk = Desk()
    right = desk.now
    desk.now += 400 * 86400  # a year ahead, until time is synchronised
    desk.silence("crowd", "yard")
    assert desk.reason("yard", "crowd") == "silenced"
    assert desk.reason("yard", "crowd", right) == ""


def test_a_clock_that_steps_changes_nothing_but_the_time() -> None:
    desk = Desk()
    desk.arm("away", until=desk.now + 3600)
    story = [desk.mode("hall", desk.now + step) for step in (0, 7199, 60, -60, 3599, 3600)]
    assert story == ["away", "home", "away", "away", "away", "home"]


def test_orders_for_what_the_site_file_does_not_name_any_more_are_left_out() -> None:
    good = Orders((ByHand("away", camera="yard"),), (Silence("fire", "", 1.0),))
    gone = Orders(
        (ByHand("siesta"), ByHand("away", camera="roof"), ByHand("away", group="south")),
        (Silence("flood", "", 1.0), Silence("fire", "roof", 1.0)),
    )
    both = Orders(gone.by_hand + good.by_hand, gone.silences + good.silences)
    assert known_of(SITE, both) == good


# --- how it stands -------------------------------------------------------------------------------


def test_how_it_stands_is_told_with_the_reason_and_what_comes_next() -> None:
    desk = Desk()
    desk.arm("away", group="outside", until=moment("2026-01-02 07:00"))
    desk.silence("crowd", "yard", hours=1)
    told = desk.arming.standing(desk.now)
    assert told["cameras"]["hall"] == {
        "mode": "home",
        "why": "default",
        "of": "site",
        "until": None,
        "by": "",
        "next": {"at": moment(f"{DAY} 22:00"), "mode": "night"},
        "rules": {"fight": "not_armed", "fire": "armed"},
    }
    yard = told["cameras"]["yard"]
    assert (yard["mode"], yard["why"], yard["of"]) == ("away", "by hand", "group outside")
    assert yard["next"] == {"at": moment("2026-01-02 07:00"), "mode": "home"}
    assert yard["rules"] == {"fight": "armed", "fire": "armed", "crowd": "silenced"}
    assert [s["rule"] for s in told["silences"]] == ["crowd"]
    assert [o["group"] for o in told["by_hand"]] == ["outside"]
    assert told["next_change"] == desk.now + 3600


def test_a_site_without_a_schedule_changes_by_no_clock() -> None:
    plain = site()
    arming = Arming(plain)
    told = arming.standing(0.0)
    assert told["next_change"] is None
    assert told["cameras"]["yard"]["next"] is None
    assert arming.allows("yard", "fire", 1e9).allowed


def test_the_same_mode_from_the_day_before_is_no_change() -> None:
    always = site("cameras: {yard: {url: 'images:a'}}\nrules: {fire: {see: [flames]}}\n"
                  "arming: {schedule: [{mode: night}]}\n")  # fmt: skip
    assert Arming(always).next_change("yard", moment(f"{DAY} 12:00")) is None
