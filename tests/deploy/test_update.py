"""A version beside the old: it proves itself, or everything is as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.box import Box


@pytest.fixture
def box(tmp_path: Path, project: Path) -> Box:
    """A box in service, at version 1.0.0."""
    made = Box(tmp_path, project)
    made.put_into_service()
    made.asked()
    return made


def test_the_first_start_proves_itself_and_shows_the_first_password_once(
    tmp_path: Path, project: Path
) -> None:
    box = Box(tmp_path, project)
    box.install()
    (box.root / "etc/hearsight/site.yaml").write_text("site: yard\n")

    said = box.install("--show-password", PLAYED="1")

    assert "healthy: a canary went through" in said
    assert "password of admin: shown-once" in said
    asked = box.asked()
    order = [
        "good: doctor --no-cameras /etc/hearsight/site.yaml",
        "systemctl restart hearsight.service hearsight-console.service",
        "good: test-alert --timeout 20 /etc/hearsight/site.yaml",
        "good: users add /etc/hearsight/site.yaml admin --role admin",
    ]
    places = [asked.index(step) for step in order]
    assert places == sorted(places)


@pytest.mark.promise("security 3")
def test_where_somebody_can_sign_in_no_password_is_made(box: Box) -> None:
    said = box.install("--show-password", PLAYED="1", ACCOUNTS="ann operator\n")

    assert "shown-once" not in said
    assert not [line for line in box.asked() if "users add" in line]


@pytest.mark.promise("security 3")
def test_a_password_is_not_shown_where_there_is_no_terminal(box: Box) -> None:
    said = box.install(PLAYED="1")

    assert "shown-once" not in said
    assert "hearsight users add /etc/hearsight/site.yaml admin --role admin" in said
    assert not [line for line in box.asked() if "users add" in line]


def test_a_site_without_a_camera_is_not_started(tmp_path: Path, project: Path) -> None:
    box = Box(tmp_path, project)

    said = box.install(PLAYED="1")

    assert "Write your cameras" in said
    assert "good: check /etc/hearsight/site.yaml" in box.asked(), "but the program runs"
    box.install(PLAYED="1")
    assert not [line for line in box.asked() if line.startswith("systemctl restart hearsight.")]


def test_an_update_stands_beside_the_old_version(box: Box) -> None:
    box.release("2.0.0", "good")

    said = box.install(PLAYED="1")

    assert (box.link("current"), box.link("previous")) == ("2.0.0", "1.0.0")
    assert "healthy" in said
    asked = box.asked()
    saved = next(i for i, line in enumerate(asked) if line.startswith("good: backup"))
    assert saved < asked.index("systemctl restart hearsight.service hearsight-console.service")
    (kept,) = (box.root / "var/lib/hearsight/backups").iterdir()
    assert kept.name.startswith("before-2.0.0-")


def test_without_a_backup_nothing_is_switched_unless_there_is_nothing_to_keep(box: Box) -> None:
    box.release("2.0.0", "good")

    done = box.run("install", PLAYED="1", NO_ROOM="1")
    assert done.returncode == 1
    assert "nothing was switched: error: no room" in done.stderr
    assert box.link("current") == "1.0.0"

    box.install(PLAYED="1", NEVER_RAN="1")
    assert box.link("current") == "2.0.0"


def test_the_link_always_leads_somewhere_while_it_is_moved(box: Box) -> None:
    # Moved by a rename, which replaces: nothing is removed first.
    old = (box.root / "opt/hearsight/current").lstat().st_ino
    box.release("2.0.0", "good")
    box.install(PLAYED="1")

    assert (box.root / "opt/hearsight/current").lstat().st_ino != old
    assert not (box.root / "opt/hearsight/current.new").is_symlink()


@pytest.mark.parametrize("behaves", ["sick", "dead"])
def test_a_version_that_does_not_prove_itself_is_taken_back(box: Box, behaves: str) -> None:
    box.release("2.0.0", "good")
    box.install(PLAYED="1")
    box.release("3.0.0", behaves)
    box.asked()

    done = box.run("install", "--health-timeout", "0", PLAYED="1")

    assert done.returncode == 1
    assert (box.link("current"), box.link("previous")) == ("2.0.0", "1.0.0")
    why = {"sick": "the canary did not arrive", "dead": "hearsight-redis.service is"}[behaves]
    assert f"did not become healthy ({why}" in done.stderr
    assert "2.0.0" in done.stderr.splitlines()[-1]
    assert "runs again, healthy" in done.stderr
    assert f"the last words of {behaves}" in done.stdout + done.stderr
    restarts = [line for line in box.asked() if line.startswith("systemctl restart hearsight.")]
    assert len(restarts) == 2, "into the new one, and back"
    assert "failed" in box.run("versions").stdout


def test_one_that_ends_again_and_again_is_not_waited_for(box: Box) -> None:
    box.release("2.0.0", "sick")

    done = box.run("install", "--health-timeout", "3000", PLAYED="1", RESTARTS="3")

    # The old one ends as often, here: both are told of.
    assert done.returncode == 1
    assert box.link("current") == "1.0.0"


def test_going_back_brings_the_units_of_then(box: Box) -> None:
    unit = box.root / "etc/systemd/system/hearsight.service"
    mine = next((box.root / "opt/hearsight/versions").iterdir()) / "deploy/hearsight.service"
    mine.write_text(mine.read_text() + "# of version 1\n")
    box.release("2.0.0", "good")
    box.install(PLAYED="1")
    assert "# of version 1" not in unit.read_text()

    assert box.run("rollback", PLAYED="1").returncode == 0

    assert unit.read_text().endswith("# of version 1\n")


def test_a_version_that_finds_fault_with_the_box_is_not_switched_to(box: Box) -> None:
    box.release("2.0.0", "refuses")

    done = box.run("install", PLAYED="1")

    assert done.returncode == 1
    assert "redis: rights: fail" in done.stdout
    assert "Nothing was switched: 1.0.0-" in done.stderr
    assert box.link("current") == "1.0.0"
    assert not [line for line in box.asked() if line.startswith("systemctl restart hearsight.")]


def test_by_hand_one_goes_back_and_forth(box: Box) -> None:
    box.release("2.0.0", "good")
    box.install(PLAYED="1")

    assert box.run("rollback", PLAYED="1").returncode == 0
    assert (box.link("current"), box.link("previous")) == ("1.0.0", "2.0.0")
    assert box.run("rollback", PLAYED="1").returncode == 0
    assert (box.link("current"), box.link("previous")) == ("2.0.0", "1.0.0")


def test_with_no_version_before_there_is_no_way_back(box: Box) -> None:
    done = box.run("rollback", PLAYED="1")

    assert done.returncode == 1
    assert "there is no version before this one: 1.0.0-" in done.stderr
    assert box.link("current") == "1.0.0"


def test_a_build_that_breaks_leaves_nothing_and_touches_nothing(box: Box) -> None:
    before = box.snapshot()
    box.release("2.0.0", "good")

    done = box.run("install", PLAYED="1", BUILD_BREAKS="1")

    assert done.returncode == 1
    assert "a package is missing" in done.stderr
    assert "what runs is as it was" in done.stdout
    assert box.snapshot() == before


def test_a_build_that_was_killed_is_begun_anew(box: Box) -> None:
    box.release("2.0.0", "good")
    box.install(PLAYED="1")
    (half,) = (box.root / "opt/hearsight/versions").glob("2.0.0-*")
    (half / "complete").unlink()
    (half / "bin/hearsight").write_text("half of it")
    (half / "bin/left").touch()

    box.install(PLAYED="1")

    assert (half / "bin/hearsight").read_text() == "good"
    assert not (half / "bin/left").exists()
    assert (half / "complete").exists()


def test_only_two_versions_are_kept(box: Box) -> None:
    for number in ("2.0.0", "3.0.0", "4.0.0"):
        box.release(number, "good")
        box.install(PLAYED="1")

    assert box.versions == {"3.0.0", "4.0.0"}
    assert len(list((box.root / "var/lib/hearsight/backups").iterdir())) == 3


def test_the_same_sources_are_the_same_version_and_others_are_not(box: Box) -> None:
    first = box.run("versions").stdout
    box.install(PLAYED="1")
    assert box.run("versions").stdout == first

    (box.project / "sinks/new.py").write_text("")
    box.install(PLAYED="1")
    assert len(box.run("versions").stdout.splitlines()) == 2


def test_openvino_stays_chosen_until_it_is_chosen_away(box: Box) -> None:
    for number, options, lock in (
        ("2.0.0", ["--edge"], "requirements-edge.lock"),
        ("3.0.0", [], "requirements-edge.lock"),
        ("4.0.0", ["--no-edge"], "requirements.lock"),
    ):
        box.asked()
        box.release(number, "good")
        box.install(*options, PLAYED="1")
        assert f"build {lock}" in box.asked()
