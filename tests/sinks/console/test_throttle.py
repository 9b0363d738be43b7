"""Guessing is slow, also across a restart; owners are not kept out."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from sinks.console import throttle as module
from sinks.console.throttle import SlowDown, Throttle, network
from tests.sinks.console.reception import Clock

OWNER, GUESSER = "192.0.2.7", "198.51.100.66"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(tmp_path: Path, clock: Clock) -> Throttle:
    return Throttle(tmp_path / "t.sqlite3", now=clock)


def wait_of(throttle: Throttle, name: str, address: str, device: str | None = None) -> int:
    """Seconds that a try has to wait; 0: it was let through, and failed."""
    try:
        throttle.admit(name, address, device)
    except SlowDown as slow:
        return slow.retry_after_s
    return 0


@pytest.mark.promise("security 4")
def test_after_a_few_free_tries_each_waits_twice_as_long(throttle: Throttle, clock: Clock) -> None:
    assert [wait_of(throttle, "anna", GUESSER) for _ in range(5)] == [0] * 5
    waits = []
    for _ in range(12):
        wait = wait_of(throttle, "anna", GUESSER)
        waits.append(wait)
        clock.passes(wait)
        assert wait_of(throttle, "anna", GUESSER) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_hammering_does_not_prolong_the_wait(throttle: Throttle, clock: Clock) -> None:
    for _ in range(7):
        clock.passes(wait_of(throttle, "anna", GUESSER))
    begun = clock.now
    while wait_of(throttle, "anna", GUESSER):
        clock.passes(0.5)
        assert clock.now - begun < 10


@pytest.mark.promise("security 4")
def test_a_restart_does_not_forget(throttle: Throttle, tmp_path: Path, clock: Clock) -> None:
    for _ in range(5):
        wait_of(throttle, "anna", GUESSER)
    for _ in range(3):
        clock.passes(wait_of(throttle, "anna", GUESSER))
        wait_of(throttle, "anna", GUESSER)
    throttle.close()
    again = Throttle(tmp_path / "t.sqlite3", now=clock)
    assert wait_of(again, "anna", GUESSER) == 8


def test_a_clock_set_back_makes_no_wait_longer(throttle: Throttle, clock: Clock) -> None:
    for _ in range(5):
        wait_of(throttle, "anna", GUESSER)
    clock.passes(-7200)
    assert wait_of(throttle, "anna", GUESSER) == 1


@pytest.mark.promise("security 4")
def test_tries_at_the_same_time_get_no_more_than_one_after_the_other(throttle: Throttle) -> None:
    # None of them knows yet how another ended.
    let_through = [wait_of(throttle, "anna", GUESSER) for _ in range(50)].count(0)
    assert let_through == 5


def test_who_hammers_at_a_name_does_not_keep_its_owner_out(
    throttle: Throttle, clock: Clock
) -> None:
    device = throttle.succeeded(throttle.admit("anna", OWNER, None))
    for number in range(200):
        wait_of(throttle, "anna", f"198.51.{number}.66")
    assert wait_of(throttle, "anna", "203.0.113.1") > 0
    # From a browser in which she signed in before, wherever it is now; or from her usual place.
    assert wait_of(throttle, "anna", "203.0.113.2", device) == 0
    assert wait_of(throttle, "anna", OWNER) == 0
    # The cookie is hers alone, and opens nothing for other names.
    for _ in range(6):
        wait_of(throttle, "bert", GUESSER)
    assert wait_of(throttle, "bert", GUESSER, device) > 0


def test_a_stolen_device_cookie_is_slowed_down_by_itself(throttle: Throttle) -> None:
    device = throttle.succeeded(throttle.admit("anna", OWNER, None))
    assert [wait_of(throttle, "anna", GUESSER, device) for _ in range(6)] == [0] * 5 + [1]


def test_the_device_is_forgotten_after_a_while_and_with_a_reset(
    throttle: Throttle, clock: Clock
) -> None:
    device = throttle.succeeded(throttle.admit("anna", OWNER, None))
    throttle.forget("anna")
    for _ in range(6):
        wait_of(throttle, "anna", GUESSER)
    assert wait_of(throttle, "anna", "203.0.113.2", device) > 0
    other = throttle.succeeded(throttle.admit("bert", OWNER, None))
    clock.passes(module.DEVICE_S + 1)
    for _ in range(5):
        wait_of(throttle, "bert", GUESSER)
    assert wait_of(throttle, "bert", "203.0.113.2", other) > 0


@pytest.mark.promise("security 4")
def test_one_address_cannot_try_a_password_at_every_name(throttle: Throttle) -> None:
    waits = [wait_of(throttle, f"user{number}", GUESSER) for number in range(25)]
    assert waits[:20] == [0] * 20
    assert all(waits[20:])
    # A whole IPv6 network is one address.
    waits = [wait_of(throttle, f"user{number}", f"2001:db8::{number:x}") for number in range(25)]
    assert all(waits[20:])


def test_an_account_of_ones_own_gives_no_tries_at_others(throttle: Throttle, clock: Clock) -> None:
    let_through = 0
    for number in range(40):
        let_through += wait_of(throttle, f"user{number}", GUESSER) == 0
        with contextlib.suppress(SlowDown):
            throttle.succeeded(throttle.admit("mallory", GUESSER, None))
    assert let_through <= 20


def test_a_try_that_was_not_looked_at_does_not_count(throttle: Throttle) -> None:
    for _ in range(20):
        throttle.taken_back(throttle.admit("anna", GUESSER, None))
    assert wait_of(throttle, "anna", GUESSER) == 0


def test_a_day_without_failures_and_it_is_forgotten(throttle: Throttle, clock: Clock) -> None:
    for _ in range(5):
        wait_of(throttle, "anna", GUESSER)
    clock.passes(86401)
    assert [wait_of(throttle, "anna", GUESSER) for _ in range(5)] == [0] * 5


def test_the_table_is_bounded_and_made_up_names_push_out_no_real_count(
    throttle: Throttle, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_BUCKETS", 50)
    for number in range(5):
        wait_of(throttle, "anna", f"198.51.{number}.1")
    clock.passes(0.5)
    for number in range(300):
        wait_of(throttle, f"madeup{number}", f"203.0.{number}.1" if number < 256 else "203.1.1.1")
    assert throttle.rows() <= 50
    assert wait_of(throttle, "anna", "198.51.100.1") == 1


def test_addresses_are_networks() -> None:
    assert network("192.0.2.7") == "192.0.2.7"
    assert network("::ffff:192.0.2.7") == "192.0.2.7"
    assert network("2001:db8:1:2:3::4") == network("2001:db8:1:2:ffff::") == "2001:db8:1:2::/64"
    assert len(network("x" * 1000)) == 64
