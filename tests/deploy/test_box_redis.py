"""The Redis that install.sh sets up, and the command that runs as the user of the site."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from pipeline.doctor.findings import Level
from pipeline.doctor.redis_server import judge_keeping, look_at_console_user, look_at_server
from sinks.redis_binary import find_redis_server
from tests.deploy.box import Box


@pytest.fixture
def served(project: Path) -> Iterator[tuple[Box, str]]:
    """A box whose Redis runs, and where it listens."""
    server = find_redis_server()
    if server.version < (7, 0):
        pytest.skip("redis-server 7 is needed for these users: apt install redis-server")
    with tempfile.TemporaryDirectory(prefix="hs-") as name:
        box = Box(Path(name), project)
        box.install()
        etc = box.root / "etc/hearsight"
        socket = Path(name) / "s"
        text = (etc / "redis.conf").read_text()
        for there, here in (
            ("/run/hearsight-redis/redis.sock", socket),
            ("/etc/hearsight/", f"{etc}/"),
            ("/var/lib/hearsight-redis", box.root / "var/lib/hearsight-redis"),
            ("supervised systemd", "supervised no"),
        ):
            assert there in text
            text = text.replace(there, str(here))
        conf = Path(name) / "redis.conf"
        conf.write_text(text)
        process = subprocess.Popen([str(server.path), str(conf)], stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 20
            while not socket.exists():
                assert process.poll() is None, "it does not take its settings"
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield box, str(socket)
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.mark.promise("security 13")
def test_the_doctor_finds_nothing_wrong_with_it(served: tuple[Box, str]) -> None:
    box, socket = served
    passwords = box.secrets()
    site = f"unix://hearsight:{passwords['HEARSIGHT_REDIS_PASSWORD']}@{socket}"
    console = f"unix://console:{passwords['CONSOLE_REDIS_PASSWORD']}@{socket}"

    found = [
        *look_at_server(site, "hearsight", None),
        *look_at_console_user(console, "hearsight", None),
    ]
    with redis.Redis.from_url(console) as client:
        told = {**client.info("persistence"), **client.info("memory")}
        found += judge_keeping(told)

    assert [finding for finding in found if finding.level is not Level.OK] == []
    assert "append-only file" in [finding.check for finding in found]
    assert told["maxmemory"] == 512 << 20


def test_it_listens_on_no_port_and_only_its_group_may_open_the_socket(
    served: tuple[Box, str],
) -> None:
    box, socket = served
    console = f"unix://console:{box.secrets()['CONSOLE_REDIS_PASSWORD']}@{socket}"

    with redis.Redis.from_url(console) as client:
        assert client.info("server")["tcp_port"] == 0
    assert Path(socket).stat().st_mode & 0o777 == 0o770
    with redis.Redis(unix_socket_path=socket) as nobody, pytest.raises(redis.AuthenticationError):
        nobody.ping()


# --- the command ---------------------------------------------------------------------------------


class Command:
    """The box's command hearsight, whose change of user is played: it runs, and tells how."""

    def __init__(self, folder: Path, project: Path) -> None:
        shims = folder / "shims"
        shims.mkdir()
        for name, does in (
            ("id", "echo ${PLAYED_ID:-0}"),
            ("install", ":"),
            ("setpriv", f'printf "%s\\n" "$*" >{folder}/argv; env >{folder}/environ'),
        ):
            (shims / name).write_text(f"#!/bin/sh\n{does}\n")
            (shims / name).chmod(0o755)
        self.folder, self.environment = folder, folder / "environment"
        text = (project / "deploy/box/hearsight").read_text()
        assert "\nENVIRONMENT=/etc/hearsight/environment\n" in text
        self.script = folder / "hearsight"
        self.script.write_text(text.replace("/etc/hearsight/environment", str(self.environment)))
        self.path = f"{shims}:{os.environ['PATH']}"

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", str(self.script), *arguments],
            env={"PATH": self.path, "HEARSIGHT_PROGRAM": "/bin/true"} | environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def told(self) -> dict[str, str]:
        """The environment that the program got."""
        lines = (self.folder / "environ").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def command(tmp_path: Path, project: Path) -> Command:
    return Command(tmp_path, project)


@pytest.mark.promise("security 12")
def test_a_command_by_hand_gets_the_services_passwords_and_shows_none(command: Command) -> None:
    command.environment.write_text(
        "# cameras\n\nCAMERA_PASSWORD=a%40b$(id)=c\nOTHER='with space'\n; old\nLAST=\"x\""
    )

    done = command.run("doctor", "site.yaml")

    assert (done.returncode, done.stderr) == (0, "")
    told = command.told()
    assert told["CAMERA_PASSWORD"] == "a%40b$(id)=c", "nothing in it is run or filled in"
    assert (told["OTHER"], told["LAST"]) == ("with space", "x")
    assert told["XDG_DATA_HOME"] == "/var/lib"
    argv = (command.folder / "argv").read_text()
    assert argv.startswith("--reuid hearsight --regid hearsight ")
    assert argv.endswith("-- /bin/true doctor site.yaml\n")
    assert "a%40b" not in argv


@pytest.mark.parametrize("line", ["no equals sign", "2ND=x", "A B=x", "=x", 'A=x"y', "A=x\\y"])
def test_a_line_that_systemd_may_read_otherwise_is_refused_by_number(
    command: Command, line: str
) -> None:
    command.environment.write_text(f"FIRST=s3cret\n{line}\n")

    done = command.run("check")

    assert done.returncode == 1
    assert "environment, line 2: write" in done.stderr
    assert "s3cret" not in done.stderr
    assert not (command.folder / "argv").exists()


def test_others_than_root_are_told_to_use_sudo(command: Command) -> None:
    command.environment.write_text("")

    done = command.run("doctor", PLAYED_ID="1000")

    assert done.returncode == 1
    assert "sudo hearsight doctor" in done.stderr
