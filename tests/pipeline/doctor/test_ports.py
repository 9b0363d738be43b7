"""Ports that are free, ours, or somebody else's."""

from __future__ import annotations

import socket
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from pipeline.doctor.findings import Finding, Level
from pipeline.doctor.ports import look_at_certificate, look_at_port, look_at_ports
from pipeline.health import HealthServer, build_app
from pipeline.metrics import Exporter
from pipeline.sockets import health_socket
from tests.pipeline.doctor.boxes import found, level, site_of


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def look(folder: Path, port: int, *, running: bool) -> list[Finding]:
    site = site_of(folder, f"health: {{port: {port}}}\nconsole: {{port: 0}}\n")
    return look_at_ports(site, running=running)


def test_a_free_port_is_right_only_while_nothing_runs(tmp_path: Path) -> None:
    port = free_port()
    assert level(look(tmp_path, port, running=False), "health") is Level.OK
    changed = found(look(tmp_path, port, running=True), "health")
    assert changed.level is Level.WARNING
    assert "restart" in changed.advice


@pytest.mark.parametrize("ours", [True, False], ids=["this one", "another on this box"])
def test_a_port_held_by_a_site(tmp_path: Path, ours: bool) -> None:
    async def story() -> Finding:
        app = build_app(lambda: (True, {}), Exporter().registry)
        server = HealthServer(app, health_socket("127.0.0.1", 0))
        await server.start()
        try:
            port = int(server.address.rpartition(":")[2])
            seen = await anyio.to_thread.run_sync(lambda: look(this, port, running=True))
        finally:
            await server.stop()
        return found(seen, "health")

    this, other = tmp_path / "this", tmp_path / "other"
    this.mkdir()
    other.mkdir()
    with ((this if ours else other) / "lock").open("w"):
        held = anyio.run(story)
    if ours:
        assert held.level is Level.OK
        assert "our own" in held.told
    else:
        assert held.level is Level.FAILURE
        assert "set another health.port" in held.advice


def test_a_port_held_by_somebody_else(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        strange = look_at_port("health", "127.0.0.1", port, "health.port", ours=lambda *_: False)
    assert strange.level is Level.FAILURE
    assert "set another health.port" in strange.advice


def test_an_address_that_this_machine_does_not_have() -> None:
    strange = look_at_port("console", "192.0.2.77", 8460, "console.port", ours=lambda *_: False)
    assert strange.level is Level.FAILURE
    assert "ip address" in strange.advice


@pytest.mark.parametrize("content", ["", "-----BEGIN CERTIFICATE-----\nnone\n"])
def test_a_certificate_that_is_none(tmp_path: Path, content: str) -> None:
    pem = tmp_path / "console.pem"
    pem.write_text(content)
    assert look_at_certificate(pem, pem).level is Level.FAILURE
    assert look_at_certificate(pem, tmp_path / "none.key").level is Level.FAILURE
