"""Health and metrics over HTTP: ``/healthz``, ``/readiness``, ``/metrics``."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from pipeline.serving import AppServer
from pipeline.sockets import address_of


def build_app(
    readiness: Callable[[], tuple[bool, dict[str, Any]]], registry: CollectorRegistry
) -> FastAPI:
    """Return the HTTP application.

    Args:
        readiness: returns whether the site can do its work, and the body that says why.
        registry: what ``/metrics`` shows.
    """
    app = FastAPI(title="Hearsight health", docs_url=None, redoc_url=None, openapi_url=None)

    # Load balancers and monitors ask with HEAD as well.
    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.api_route("/readiness", methods=["GET", "HEAD"])
    async def ready() -> JSONResponse:
        fine, body = readiness()
        return JSONResponse(body, status_code=200 if fine else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return app


class HealthServer:
    """Serves the application inside the supervisor's event loop.

    Args:
        app: what is served.
        sock: where, bound; closed with the server.
    """

    def __init__(self, app: FastAPI, sock: socket.socket) -> None:
        self._sock = sock
        self._server = AppServer(app, lambda: sock)
        self.address = address_of(sock)

    async def start(self) -> None:
        """Listen."""
        await self._server.start()

    async def stop(self) -> None:
        """Stop serving."""
        await self._server.stop()
        self._sock.close()
