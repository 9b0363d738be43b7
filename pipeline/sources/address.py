"""Addresses as people may see them."""

from __future__ import annotations

from urllib.parse import urlsplit

from pipeline.config.addresses import secrets_in

_PORTS = {"rtsp": 554, "rtsps": 322}


def port_of(url: str) -> int | None:
    """The port at which a camera is connected to; None where it is no live one."""
    parts = urlsplit(url)
    return parts.port or _PORTS.get(parts.scheme)


def masked(url: str) -> str:
    """Return ``url`` without user, password and query: fit for a log or an error."""
    parts = urlsplit(url)
    path = parts.path
    for secret in secrets_in(f"//x{path}"):
        path = path.replace(secret, "***")
    host = parts.netloc.rpartition("@")[2]
    user = "***@" if "@" in parts.netloc else ""
    query = "?***" if parts.query else ""
    slashes = "//" if parts.netloc else ""
    return f"{parts.scheme}:{slashes}{user}{host}{path}{query}"
