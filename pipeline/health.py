"""Health and metrics over HTTP: ``/healthz``, ``/readiness``, ``/metrics``."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

#: Requests in flight before more are answered 503: nobody can starve the supervisor.
_CONCURRENCY = 32


class PortTaken(RuntimeError):
    """The health endpoint's address cannot be listened on."""


def build_app(
    readiness: Callable[[], tuple[bool, dict[str, Any]]], registry: CollectorRegistry
) -> FastAPI:
    """Return the HTTP application.

    Args:
        readiness: returns whether the site can do its work, and the body that says why.
        registry: what ``/metrics`` shows.
    """
    app = FastAPI(title="Hearsight health", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readiness")
    async def ready() -> JSONResponse:
        fine, body = readiness()
        return JSONResponse(body, status_code=200 if fine else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return app


class HealthServer:
    """Serves the application inside the supervisor's event loop."""

    def __init__(self, app: FastAPI, *, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.address = ""

    async def start(self) -> None:
        """Listen; ``address`` says where.

        Raises:
            PortTaken: the address is in use or not ours.
        """
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self._host, self._port))
        except OSError as error:
            sock.close()
            raise PortTaken(
                f"health endpoint {self._host}:{self._port}: {error.strerror}: "
                "set another health.port in the site file (0 picks a free one)"
            ) from error
        self.address = "{}:{}".format(*sock.getsockname()[:2])
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="off",
            limit_concurrency=_CONCURRENCY,
            timeout_keep_alive=5,
        )
        self._server = _Embedded(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[sock]))

    async def stop(self) -> None:
        """Stop serving."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task


class _Embedded(uvicorn.Server):
    """A server that leaves the process's signals to the supervisor."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield
