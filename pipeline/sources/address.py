"""Where a live camera is connected to, and its address as people may see it."""

from __future__ import annotations

from urllib.parse import urlsplit

from pipeline.config.addresses import masked

__all__ = ["masked", "port_of"]

_PORTS = {"rtsp": 554, "rtsps": 322}


def port_of(url: str) -> int | None:
    """The port at which a camera is connected to; None where it is no live one."""
    parts = urlsplit(url)
    return parts.port or _PORTS.get(parts.scheme)
