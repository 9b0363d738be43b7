"""What the service manager is told, and that telling it never costs the site anything."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.watchdog import Watchdog


@pytest.fixture
def manager() -> Iterator[tuple[str, socket.socket]]:
    with tempfile.TemporaryDirectory(prefix="hs-") as folder:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.bind(f"{folder}/notify")
        sock.setblocking(False)
        with sock:
            yield f"{folder}/notify", sock


def heard(sock: socket.socket) -> list[str]:
    said = []
    while True:
        try:
            said.append(sock.recv(4096).decode())
        except BlockingIOError:
            return said


def test_it_says_when_the_site_is_there_and_when_it_goes_round(
    manager: tuple[str, socket.socket],
) -> None:
    address, sock = manager
    watchdog = Watchdog.of({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000000"})
    watchdog.ready()
    watchdog.progressed()
    watchdog.progressed()
    watchdog.stopping()
    assert heard(sock) == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"]


def test_a_manager_without_a_watchdog_hears_no_signs_of_life(
    manager: tuple[str, socket.socket],
) -> None:
    address, sock = manager
    watchdog = Watchdog.of({"NOTIFY_SOCKET": address})
    watchdog.ready()
    watchdog.progressed()
    assert heard(sock) == ["READY=1"]


def test_an_abstract_socket_is_found_by_its_name() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("")  # the kernel chooses an abstract name
        name = sock.getsockname().decode()
        Watchdog.of({"NOTIFY_SOCKET": f"@{name[1:]}"}).ready()
        assert sock.recv(100) == b"READY=1"


def test_without_a_manager_nothing_is_said() -> None:
    watchdog = Watchdog.of({"WATCHDOG_USEC": "1"})
    watchdog.ready()
    watchdog.progressed()


def test_a_manager_that_is_gone_is_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    watchdog = Watchdog.of({"NOTIFY_SOCKET": str(tmp_path / "nobody"), "WATCHDOG_USEC": "1"})
    for _ in range(5):
        watchdog.progressed()
    said = capsys.readouterr().out + caplog.text
    assert said.count("cannot be told") == 1


def test_a_manager_that_does_not_listen_does_not_hold_the_site(
    manager: tuple[str, socket.socket],
) -> None:
    address, sock = manager
    watchdog = Watchdog.of({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1"})
    # The queue of a datagram socket is short; a call that waited would wait for ever.
    for _ in range(10_000):
        watchdog.progressed()
    assert "WATCHDOG=1" in heard(sock)
