"""What the demo says of its console is true."""

from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.demo import console
from pipeline.demo.console import ConsoleProcess, free_port, invitation
from pipeline.demo.stage import DemoFailed, write_site


def listening(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen()
    return sock


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> int:
    """A usual port of our own: another console may run on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    monkeypatch.setattr(console, "USUAL_PORT", port)
    return port


def test_the_usual_port_is_taken_where_it_is_free_and_else_another(usual: int) -> None:
    assert free_port() == usual
    with listening(usual):
        other = free_port()
        assert other != usual
        listening(other).close()


def test_the_invitation_names_a_command_that_there_is_and_the_address_it_will_have(
    usual: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/hearsight", "demo"])
    first, second = invitation([5, 7]).splitlines()
    assert first.endswith(".venv/bin/hearsight demo --console --seed 5 --seed 7")
    assert f"http://127.0.0.1:{usual}/" in second
    with listening(usual):
        first, second = invitation([5]).splitlines()
    command = shlex.split(first.partition(": ")[2])
    port = command[command.index("--port") + 1]
    assert f"http://127.0.0.1:{port}/" in second
    known = CliRunner().invoke(app, ["demo", "--help"]).output
    for option in ("--console", "--port", "--seed"):
        assert option in known


def test_the_site_file_gives_the_console_its_port(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("cameras: {yard: {}}\nrules: {fire: {see: [a fire]}}\n")
    site = yaml.safe_load(write_site(template, [], {}, tmp_path, 8461).read_text())
    assert site["console"] == {"port": 8461}


def test_a_console_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("rules: {}\n")
    with (
        pytest.raises(DemoFailed, match=r"(?s)console ended with status 2.*cameras"),
        ConsoleProcess(tmp_path / "site.yaml", tmp_path / "console.log"),
    ):
        raise AssertionError
