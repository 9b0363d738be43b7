"""Health over HTTP."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest

from pipeline.errors import PortTaken
from pipeline.health import HealthServer, build_app
from pipeline.metrics import Exporter
from pipeline.sockets import health_socket


class FakeSite:
    """A site whose readiness the test decides."""

    def __init__(self) -> None:
        self.exporter = Exporter()
        self.ready = True

    def readiness(self) -> tuple[bool, dict[str, Any]]:
        return self.ready, {"ready": self.ready, "cameras": {"yard": {"state": "online"}}}

    def server(self, host: str = "127.0.0.1", port: int = 0) -> HealthServer:
        app = build_app(self.readiness, self.exporter.registry)
        return HealthServer(app, health_socket(host, port))

    @asynccontextmanager
    async def served(self, host: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
        server = self.server(host)
        await server.start()
        name = f"[{host}]" if ":" in host else host
        base = f"http://{name}:{server.address.rpartition(':')[2]}"
        try:
            async with httpx.AsyncClient(base_url=base, timeout=10, trust_env=False) as client:
                yield client
        finally:
            await server.stop()


def test_alive_is_not_the_same_as_ready() -> None:
    async def story() -> None:
        site = FakeSite()
        async with site.served() as client:
            assert (await client.get("/readiness")).status_code == 200
            site.ready = False
            alive, ready = await client.get("/healthz"), await client.get("/readiness")
            for path, answer in (("/healthz", alive), ("/readiness", ready)):
                head = await client.head(path)
                assert (head.status_code, head.content) == (answer.status_code, b"")
        assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
        assert ready.status_code == 503
        assert ready.json()["cameras"]["yard"]["state"] == "online"

    anyio.run(story)


def test_metrics_are_shown_as_prometheus_reads_them() -> None:
    async def story() -> None:
        site = FakeSite()
        site.exporter.count(
            "hearsight_alerts_total", camera="yard", rule="fire", severity="critical"
        )
        async with site.served() as client:
            answer = await client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=")
        line = 'hearsight_alerts_total{camera="yard",rule="fire",severity="critical"} 1.0'
        assert line in answer.text.splitlines()

    anyio.run(story)


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/openapi.json", "/metrics/../x"])
def test_there_is_nothing_else(path: str) -> None:
    async def story() -> None:
        async with FakeSite().served() as client:
            assert (await client.get(path)).status_code == 404

    anyio.run(story)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed_through_it(method: str) -> None:
    async def story() -> None:
        async with FakeSite().served() as client:
            for path in ("/healthz", "/readiness", "/metrics"):
                assert (await client.request(method, path)).status_code == 405

    anyio.run(story)


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    async def story(port: int) -> None:
        with pytest.raises(PortTaken, match=rf"127\.0\.0\.1:{port}.*health\.port"):
            FakeSite().server(port=port)

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        anyio.run(story, other.getsockname()[1])


def test_an_address_of_another_machine_is_named_too() -> None:
    async def story() -> None:
        with pytest.raises(PortTaken, match=r"192\.0\.2\.1:0: .*health"):
            FakeSite().server(host="192.0.2.1")

    anyio.run(story)


def test_after_stopping_nobody_listens() -> None:
    async def story() -> None:
        server = FakeSite().server()
        await server.start()
        port = int(server.address.rpartition(":")[2])
        await server.stop()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0

    anyio.run(story)


def test_stopping_what_never_started_is_no_fault() -> None:
    anyio.run(FakeSite().server().stop)
