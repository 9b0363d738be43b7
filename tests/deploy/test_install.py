"""install.sh puts a box in order, and finds it in order the second time."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.config import load_site
from pipeline.config.advice import warnings_of
from tests.deploy.box import SITE, Box


@pytest.fixture
def box(tmp_path: Path, project: Path) -> Box:
    return Box(tmp_path, project)


def test_a_bare_box_gets_everything_and_is_told_what_is_next(box: Box) -> None:
    said = box.install()

    assert box.link("current") == "1.0.0"
    assert box.link("previous") is None
    for unit in ("hearsight", "hearsight-console", "hearsight-redis"):
        assert "[Service]" in box.text(f"etc/systemd/system/{unit}.service")
    assert "/opt/hearsight/current/bin/hearsight" in box.text("usr/local/bin/hearsight")
    assert "MaxRetentionSec=" in box.text("etc/systemd/journald.conf.d/50-hearsight.conf")
    assert "Write your cameras into /etc/hearsight/site.yaml" in said
    assert "hearsight doctor /etc/hearsight/site.yaml" in said


def test_nobody_reads_what_is_not_for_everybody(box: Box) -> None:
    box.install()

    assert box.mode("etc/hearsight/environment") == 0o600
    for name in ("site.yaml", "redis-users.acl", "redis.local.acl", "redis.local.conf"):
        assert box.mode(f"etc/hearsight/{name}") == 0o640
    for folder in ("hearsight", "hearsight/backups", "hearsight-redis"):
        assert box.mode(f"var/lib/{folder}") == 0o700
    assert box.mode("usr/local/bin/hearsight") == 0o755


@pytest.mark.promise("security 3")
def test_passwords_are_random_and_redis_has_their_digests_alone(box: Box, project: Path) -> None:
    box.install()
    mine = box.secrets()
    (box.root / "again").mkdir()
    other = Box(box.root / "again", project)
    other.install()

    assert set(mine) == {"HEARSIGHT_REDIS_PASSWORD", "CONSOLE_REDIS_PASSWORD"}
    assert len({*mine.values(), *other.secrets().values()}) == 4
    assert all(len(bytes.fromhex(password)) == 24 for password in mine.values())
    users = box.text("etc/hearsight/redis-users.acl")
    for password in mine.values():
        assert hashlib.sha256(password.encode()).hexdigest() in users
    holding = [
        name
        for name, (_, text) in box.snapshot().items()
        if isinstance(text, bytes) and any(p.encode() in text for p in mine.values())
    ]
    assert holding == ["etc/hearsight/environment"]


@pytest.mark.promise("security 12")
def test_no_password_is_an_argument_of_a_program(box: Box, tmp_path: Path) -> None:
    """`ps` shows arguments to everybody: every program that is called writes its own down."""
    shims, told = tmp_path / "shims", tmp_path / "told"
    shims.mkdir()
    told.touch()
    for name in (
        *("sed", "grep", "sha256sum", "od", "head", "tail", "tr", "cut", "cat", "cmp", "mktemp"),
        *("chmod", "mv", "install", "sync", "touch", "awk", "find", "sort", "xargs", "dirname"),
    ):
        real = shutil.which(name)
        assert real is not None
        shim = shims / name
        shim.write_text(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>{told}\nexec {real} "$@"\n')
        shim.chmod(0o755)
    box.install(PATH=f"{shims}:{os.environ['PATH']}")

    lines = told.read_text()
    assert "sed -e s/SHA256-OF-THE-PASSWORD-OF-hearsight/" in lines
    assert [p for p in box.secrets().values() if p in lines] == []


def test_a_second_run_changes_nothing(box: Box) -> None:
    box.install()
    before = box.snapshot()
    box.asked()

    said = box.install()

    assert box.snapshot() == before
    assert "is built already" in said
    assert "wrote" not in said
    assert box.asked() == [], "nothing is built a second time"


def test_a_second_run_puts_right_what_is_missing_or_too_open(box: Box) -> None:
    box.install()
    before = box.snapshot()
    (box.root / "etc/hearsight/environment").chmod(0o644)
    (box.root / "etc/hearsight/site.yaml").chmod(0o666)
    (box.root / "etc/hearsight/redis.conf").unlink()
    shutil.rmtree(box.root / "var/lib/hearsight-redis")
    (box.root / "etc/systemd/system/hearsight.service").write_text("[Service]\n")

    box.install()

    assert box.snapshot() == before


def test_what_the_operator_wrote_is_left_alone(box: Box) -> None:
    box.install()
    etc = box.root / "etc/hearsight"
    with (etc / "environment").open("a") as file:
        file.write("YARD_PASSWORD=s3cret\n")
    (etc / "site.yaml").write_text(SITE)
    reader = f"user reader on #{'0' * 64} ~hearsight:alerts -@all +xreadgroup"
    with (etc / "redis.local.acl").open("a") as file:
        file.write(reader + "\n")
    before = box.secrets()

    box.install("--site", str(box.project / "README.md"))

    assert (etc / "site.yaml").read_text() == SITE
    assert "YARD_PASSWORD=s3cret\n" in box.text("etc/hearsight/environment")
    assert box.secrets() == before
    users = box.text("etc/hearsight/redis-users.acl").splitlines()
    assert users[-1] == reader
    assert [line.split()[:2] for line in users] == [
        ["user", "default"],
        ["user", "hearsight"],
        ["user", "console"],
        ["user", "reader"],
    ], "Redis knows no comments there"


def test_a_password_that_is_lost_is_made_anew_and_the_others_stay(box: Box) -> None:
    box.install()
    before = box.secrets()
    path = box.root / "etc/hearsight/environment"
    path.write_text(path.read_text().replace(before["CONSOLE_REDIS_PASSWORD"], ""))

    box.install()

    after = box.secrets()
    assert after["HEARSIGHT_REDIS_PASSWORD"] == before["HEARSIGHT_REDIS_PASSWORD"]
    assert len(after["CONSOLE_REDIS_PASSWORD"]) == 48
    assert after["CONSOLE_REDIS_PASSWORD"] != before["CONSOLE_REDIS_PASSWORD"]
    assert path.read_text().count("CONSOLE_REDIS_PASSWORD=") == 1


def test_a_site_file_of_ones_own_is_taken_and_the_example_knows_the_time_zone(
    box: Box, tmp_path: Path, project: Path
) -> None:
    (box.root / "etc").mkdir()
    (box.root / "etc/timezone").write_text("Europe/Lisbon\n")
    box.install()
    assert "\ntimezone: Europe/Lisbon\n" in box.text("etc/hearsight/site.yaml")

    own = tmp_path / "own.yaml"
    own.write_text(SITE)
    (tmp_path / "other").mkdir()
    other = Box(tmp_path / "other", project)
    other.install("--site", str(own))
    assert other.text("etc/hearsight/site.yaml") == SITE


def test_the_example_is_a_good_site_file(box: Box) -> None:
    box.install()
    environ = box.secrets() | {"CAMERA_USER": "viewer", "CAMERA_PASSWORD": "p"}

    site = load_site(box.root / "etc/hearsight/site.yaml", environ=environ)

    assert warnings_of(site) == ["rule fire has hear:, but audio is off at entrance."]
    assert site.redis.url is not None
    assert site.redis.url.get_secret_value().startswith("unix://hearsight:")
    assert site.console.redis_url is not None


def test_a_dry_run_says_what_it_would_do_and_does_nothing(box: Box) -> None:
    said = box.install("--dry-run")

    assert box.snapshot() == {}
    assert "would write /etc/hearsight/environment (mode 0600, root:root)" in said
    assert "would make /var/lib/hearsight (mode 0700, hearsight:hearsight)" in said
    assert "would point /opt/hearsight/current at versions/1.0.0-" in said
    assert box.asked() == []


def test_a_dry_run_of_an_update_does_nothing_either(box: Box) -> None:
    box.put_into_service()
    before = box.snapshot()
    box.release("2.0.0", "good")
    box.asked()

    said = box.install("--dry-run", PLAYED="1")

    assert box.snapshot() == before
    assert box.asked() == []
    assert "would point /opt/hearsight/current at versions/2.0.0-" in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["install", "--fast"], "there is no option --fast"),
        (["instal"], "there is no command instal"),
        (["install", "--site", "/nowhere.yaml"], "--site /nowhere.yaml cannot be read"),
        (["install", "--health-timeout", "long"], "--health-timeout takes seconds"),
        (["install", "box2"], "what is box2?"),
        (["rollback"], "there is no version before this one: no version is current yet"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    box: Box, arguments: list[str], told: str
) -> None:
    done = box.run(*arguments)

    assert done.returncode in (1, 2)
    assert told in done.stderr


def test_a_folder_of_packages_that_is_not_there_is_told_of(project: Path) -> None:
    # The played box builds nothing: this is the real way to packages, up to where it looks.
    script = f'. "{project}/deploy/install.sh"; OFFLINE=/nowhere; use_packages'
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert "--offline /nowhere: there is no such folder (install.sh wheels makes" in done.stderr


def test_packages_are_fetched_for_every_patch_of_the_boxs_python(project: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f'. "{project}/deploy/install.sh"; for_every_patch'],
        input="a==1 ; python_full_version < '3.11.3' \\\nb==2 ; python_full_version >= '3.13' \\\n",
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.stdout == "a==1 \\\nb==2 ; python_full_version >= '3.13' \\\n"


def test_an_unsuitable_python_is_refused(box: Box, tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
    old.chmod(0o755)

    done = box.run("install", python=str(old))

    assert done.returncode == 1
    assert "Hearsight needs Python 3.11 or 3.12, this is Python 3.9.2" in done.stderr
    assert not (box.root / "opt").exists()


def test_two_at_once_are_not_let_in(box: Box) -> None:
    lock = box.root / "run/lock"
    lock.mkdir(parents=True)
    with (lock / "hearsight-install").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = box.run("install")

    assert done.returncode == 1
    assert "another install.sh is at work" in done.stderr
    box.install()


def test_uninstalling_keeps_what_was_recorded_and_what_was_set(box: Box) -> None:
    box.put_into_service()
    clip = box.root / "var/lib/hearsight/yard/clip.mp4"
    clip.parent.mkdir()
    clip.write_text("clip")
    kept = {
        name: entry
        for name, entry in box.snapshot().items()
        if name.startswith(("etc/hearsight/", "var/lib/hearsight"))
    }

    done = box.run("uninstall")

    assert done.returncode == 0
    left = box.snapshot()
    assert {name: left[name] for name in kept} == kept
    assert not (box.root / "opt/hearsight").exists()
    assert not [name for name in left if name.endswith((".service", "bin/hearsight"))]

    box.install()
    assert clip.read_text() == "clip"
    assert box.text("etc/hearsight/site.yaml") == SITE


def test_purging_asks_first_and_then_leaves_nothing(box: Box) -> None:
    box.put_into_service()

    refused = box.run("uninstall", "--purge")
    assert refused.returncode == 1
    assert "nothing was removed" in refused.stderr
    assert box.link("current") == "1.0.0"

    assert box.run("uninstall", "--purge", "--yes").returncode == 0
    assert [name for name in box.snapshot() if "hearsight" in name] == [
        "run/lock/hearsight-install"
    ]


def scripts(project: Path) -> list[Path]:
    folder = project / "deploy"
    return [folder / "install.sh", folder / "box/hearsight", *sorted(folder.glob("box/*.sh"))]


def test_shellcheck_finds_nothing_in_the_scripts(project: Path) -> None:
    tests = project / "tests/deploy"
    checks = [
        # With all that it sources.
        ["--check-sourced", "--source-path=SCRIPTDIR", "--external-sources", scripts(project)[0]],
        ["--source-path=SCRIPTDIR", "--external-sources", tests / "played_box.sh"],
        [project / "deploy/box/hearsight", project / ".ci/run", *tests.glob("tree/*.sh")],
    ]
    program = Path(sys.executable).with_name("shellcheck")
    for check in checks:
        found = subprocess.run(
            [program, "--format=gcc", *check], capture_output=True, text=True, check=False
        )
        assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_the_scripts_name_no_registry_and_fetch_nothing_but_packages(project: Path) -> None:
    for script in scripts(project):
        text = script.read_text()
        assert "://" not in text, script
        for word in ("curl ", "wget ", "git clone", "eval "):
            assert word not in text, script
