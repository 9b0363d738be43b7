"""Where cameras are, what it takes to read them, and their addresses as people may see them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.config import Camera
from pipeline.config.addresses import masked
from pipeline.sources.file import path_of

__all__ = ["masked", "needs_of", "port_of"]

_PORTS = {"rtsp": 554, "rtsps": 322}
_DNS = 53


def port_of(url: str) -> int | None:
    """The port at which a camera is connected to; None where it is no live one."""
    parts = urlsplit(url)
    return parts.port or _PORTS.get(parts.scheme)


def needs_of(cameras: Iterable[Camera]) -> tuple[list[Path], set[int]]:
    """What a process that reads ``cameras`` needs: files and folders of films, and TCP ports.

    The port of name servers is among them: at times a name is looked up by TCP.
    """
    urls = [url for one in cameras for url in (one.url, one.analysis_url) if url is not None]
    addresses = [url.get_secret_value() for url in urls]
    films = [path_of(address) for address in addresses if port_of(address) is None]
    return films, {_DNS, *(port for a in addresses if (port := port_of(a)) is not None)}
