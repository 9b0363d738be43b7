"""Accounts: the first one, passwords, roles, and the cameras each may see."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from fastapi import HTTPException

from sinks.console import passwords
from sinks.console.accounts import (
    EVERYTHING,
    AccountRefused,
    Accounts,
    AccountsError,
    NoSuchAccount,
    Principal,
    Rights,
    Role,
)
from sinks.console.passwords import Hashes, PasswordRefused
from tests.sinks.console.reception import GROUPS, PASSWORD, Clock

Record = Callable[[str, object], None]
CHEAP = Hashes(memory_kib=64, passes=1)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(
        tmp_path / "accounts.sqlite3",
        lambda group: GROUPS.get(group, frozenset()),
        hashes=CHEAP,
        now=Clock(),
    )


def test_each_role_may_what_the_lesser_ones_may() -> None:
    assert [[a.may(b) for b in Role] for a in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


@pytest.mark.promise("security 3")
def test_the_first_admin_is_made_once_and_must_choose_a_password(accounts: Accounts) -> None:
    first = accounts.first_admin()
    assert first is not None
    name, password = first
    account = accounts.find(name)
    assert account is not None
    assert (account.role, account.rights, account.must_change) == (Role.ADMIN, EVERYTHING, True)
    assert asyncio.run(accounts.sign_in(name, password)) is not None
    assert accounts.first_admin() is None


def test_accounts_from_the_command_line_before_the_first_start_do_not_stand_in_for_it(
    accounts: Accounts,
) -> None:
    accounts.add("admin", Role.VIEWER, EVERYTHING, by="the command line")
    accounts.add("half", Role.ADMIN, Rights.of(cameras=["gate"]), by="the command line")
    assert accounts.change("half", disabled=True).disabled
    first = accounts.first_admin()
    assert first is not None
    made = accounts.find(first[0])
    assert made is not None
    assert (made.name, made.role, made.rights) == ("admin2", Role.ADMIN, EVERYTHING)
    assert accounts.first_admin() is None


@pytest.mark.promise("security 3")
def test_two_sites_first_passwords_have_nothing_in_common(tmp_path: Path) -> None:
    made = set()
    for number in range(20):
        site = Accounts(tmp_path / f"{number}.sqlite3", lambda _: frozenset(), hashes=CHEAP)
        first = site.first_admin()
        assert first is not None
        assert len(first[1].replace("-", "")) == 20
        made.add(first[1])
        site.close()
    assert len(made) == 20


@pytest.mark.promise("security 3")
def test_the_first_password_is_in_no_file_and_no_log(
    accounts: Accounts,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    first = accounts.first_admin()
    assert first is not None
    password = first[1]
    assert asyncio.run(accounts.sign_in("admin", password)) is not None
    assert asyncio.run(accounts.sign_in("admin", password + "x")) is None
    files = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    # The search can find something: the name is there.
    assert any(b"admin" in content for content in files)
    assert not any(password.encode() in content for content in files)
    assert password not in caplog.text
    shown = capfd.readouterr()
    assert password not in shown.out + shown.err


@pytest.mark.promise("security 4")
def test_passwords_are_kept_by_argon2id_with_at_least_19_mib_and_two_passes(
    tmp_path: Path, record_property: Record
) -> None:
    accounts = Accounts(tmp_path / "a.sqlite3", lambda _: frozenset())
    accounts.add("anna", Role.VIEWER, EVERYTHING, by="test")
    kept = accounts._password("anna")
    assert kept is not None
    _, kind, _, settings, *_ = kept.split("$")
    memory, passes, _ = (int(part.split("=")[1]) for part in settings.split(","))
    record_property("measured", f"{kind}: {memory / 1024:g} MiB, t={passes}")
    assert kind == "argon2id"
    assert memory >= 19 * 1024
    assert passes >= 2


@pytest.mark.promise("security 4")
def test_a_password_kept_the_old_way_is_kept_anew_at_the_next_sign_in(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    old = Accounts(path, lambda _: frozenset(), hashes=Hashes(memory_kib=64, passes=1))
    password = old.add("anna", Role.VIEWER, EVERYTHING, by="test")
    before = old._password("anna")
    new = Accounts(path, lambda _: frozenset(), hashes=Hashes(memory_kib=128, passes=2))
    assert asyncio.run(new.sign_in("anna", "wrong wrong wrong")) is None
    assert new._password("anna") == before
    assert asyncio.run(new.sign_in("anna", password)) is not None
    after = new._password("anna")
    assert after is not None
    assert "m=128,t=2" in after
    assert asyncio.run(new.sign_in("anna", password)) is not None


class CountedHasher:
    """Notes what each comparison costs: the parameters of the hash that it is made with."""

    def __init__(self, real: PasswordHasher) -> None:
        self._real = real
        self.work: list[Parameters] = []

    def hash(self, password: str) -> str:
        return self._real.hash(password)

    def verify(self, kept: str, password: str) -> bool:
        self.work.append(extract_parameters(kept))
        return self._real.verify(kept, password)


@pytest.mark.promise("security 4")
def test_no_account_costs_the_same_work_as_a_wrong_password(tmp_path: Path) -> None:
    hashes = Hashes(memory_kib=128, passes=2)
    hashes._hasher = hasher = CountedHasher(hashes._hasher)  # type: ignore[assignment]
    accounts = Accounts(tmp_path / "a.sqlite3", lambda _: frozenset(), hashes=hashes)
    accounts.add("anna", Role.VIEWER, EVERYTHING, by="test")
    accounts.add("gone", Role.VIEWER, EVERYTHING, by="test")
    accounts.add("boss", Role.ADMIN, EVERYTHING, by="test")
    accounts.change("gone", disabled=True)

    def work_for(name: str) -> list[Parameters]:
        hasher.work.clear()
        assert asyncio.run(accounts.sign_in(name, "not the password")) is None
        return list(hasher.work)

    known = work_for("anna")
    assert [(each.memory_cost, each.time_cost) for each in known] == [(128, 2)]
    assert work_for("nobody") == known
    assert work_for("gone") == known


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short one", "at least 12"),
        ("x" * 300, "at most 256"),
        ("abababababab", "different"),
        ("anna-anna-xyz", "account's name"),
        ("ANNAannaANNA1", "account's name"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_the_reason(password: str, why: str) -> None:
    with pytest.raises(PasswordRefused, match=why):
        passwords.check(password, "anna")


def test_a_password_is_the_same_however_its_letters_are_composed(accounts: Accounts) -> None:
    password = accounts.add("anna", Role.VIEWER, EVERYTHING, by="test")
    changed = asyncio.run(accounts.change_password("anna", password, "Gr\u00fcne Leiter am Tor"))
    assert not changed.must_change
    assert asyncio.run(accounts.sign_in("anna", "Gru\u0308ne Leiter am Tor")) is not None


def test_the_owner_changes_the_password_with_the_old_one_alone(accounts: Accounts) -> None:
    first = accounts.add("anna", Role.VIEWER, EVERYTHING, by="test")
    with pytest.raises(AccountRefused, match="present password"):
        asyncio.run(accounts.change_password("anna", "no idea at all", PASSWORD))
    with pytest.raises(PasswordRefused, match="is the old one"):
        asyncio.run(accounts.change_password("anna", first, first))
    was = accounts.find("anna")
    now = asyncio.run(accounts.change_password("anna", first, PASSWORD))
    assert was is not None
    # By this every session that began before has ended, whoever asks.
    assert now.generation == was.generation + 1
    assert asyncio.run(accounts.sign_in("anna", first)) is None
    assert asyncio.run(accounts.sign_in(" Anna ", PASSWORD)) is not None


def test_somebody_disabled_cannot_sign_in_and_can_again_later(accounts: Accounts) -> None:
    accounts.first_admin()
    password = accounts.add("anna", Role.OPERATOR, EVERYTHING, by="test")
    was = accounts.find("anna")
    off = accounts.change("anna", disabled=True)
    assert was is not None
    assert off.generation == was.generation + 1
    assert asyncio.run(accounts.sign_in("anna", password)) is None
    accounts.change("anna", disabled=False)
    assert asyncio.run(accounts.sign_in("anna", password)) is not None


def test_somebody_is_always_left_who_manages_the_accounts(accounts: Accounts) -> None:
    accounts.first_admin()
    accounts.add("half", Role.ADMIN, Rights.of(cameras=["gate"]), by="test")
    with pytest.raises(AccountRefused, match="last admin"):
        accounts.change("admin", disabled=True)
    with pytest.raises(AccountRefused, match="last admin"):
        accounts.change("admin", role=Role.OPERATOR)
    with pytest.raises(AccountRefused, match="last admin"):
        accounts.change("admin", rights=Rights.of(cameras=["gate"]))
    account = accounts.find("admin")
    assert account is not None
    assert (account.role, account.disabled, account.rights) == (Role.ADMIN, False, EVERYTHING)
    accounts.add("boss", Role.ADMIN, EVERYTHING, by="test")
    assert accounts.change("admin", disabled=True).disabled


@pytest.mark.parametrize("name", ["", "-x", "a b", "../a", "a\x00", "ä", "x" * 64, "a/b", "<b>"])
def test_a_name_that_is_none_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccountRefused):
        accounts.add(name, Role.VIEWER, EVERYTHING, by="test")
    assert accounts.all() == []


def test_names_are_unique_whatever_their_case(accounts: Accounts) -> None:
    accounts.add("anna@site.example", Role.VIEWER, EVERYTHING, by="test")
    with pytest.raises(AccountRefused, match="already"):
        accounts.add("ANNA@site.example ", Role.ADMIN, EVERYTHING, by="test")
    with pytest.raises(NoSuchAccount):
        accounts.reset_password("bert")


def test_rights_are_cameras_and_groups_as_the_site_stands_now(tmp_path: Path) -> None:
    groups = {"outside": frozenset({"gate", "yard"})}
    accounts = Accounts(tmp_path / "a.sqlite3", lambda g: groups.get(g, frozenset()), hashes=CHEAP)
    accounts.add(
        "anna", Role.OPERATOR, Rights.of(cameras=["front"], groups=["outside", "none"]), by="test"
    )
    accounts.add("bert", Role.OPERATOR, EVERYTHING, by="test")
    accounts.add("vera", Role.VIEWER, EVERYTHING, by="test")

    def anna() -> Principal:
        account = accounts.find("anna")
        assert account is not None
        return accounts.principal("anna", account.role, account.rights)

    assert anna().cameras == frozenset({"front", "gate", "yard"})
    groups["outside"] = frozenset({"gate"})
    assert anna().cameras == frozenset({"front", "gate"})
    assert not anna().sees("yard")
    # An alert may be given to those who work on alerts and see the camera.
    assert accounts.names("gate") == {"anna", "bert"}
    assert accounts.names("yard") == {"bert"}
    with pytest.raises(AccountRefused, match="at least one"):
        Rights.of()
    with pytest.raises(AccountRefused, match="no name"):
        Rights.of(cameras=["../gate"])


def test_a_camera_that_may_not_be_seen_is_one_that_does_not_exist() -> None:
    who = Principal("anna", Role.VIEWER, frozenset({"gate"}), "x")
    who.require("gate")
    refusals = []
    for camera in ("yard", "never-was"):
        with pytest.raises(HTTPException) as raised:
            who.require(camera)
        refusals.append((raised.value.status_code, raised.value.detail))
    assert refusals[0] == refusals[1]
    assert refusals[0][0] == 404


def test_a_damaged_file_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(AccountsError, match="remove the file"):
        Accounts(path, lambda _: frozenset()).all()


def test_too_many_at_the_hasher_are_told_to_come_again() -> None:
    hashes = Hashes(memory_kib=19 * 1024, passes=2)

    async def story() -> None:
        results = await asyncio.gather(
            *(hashes.matches_aside(None, "guess") for _ in range(30)), return_exceptions=True
        )
        busy = [result for result in results if isinstance(result, passwords.TooBusy)]
        assert len(busy) == 12
        # And then there is room again.
        assert await hashes.matches_aside(hashes.make("right one here"), "right one here")

    asyncio.run(story())
