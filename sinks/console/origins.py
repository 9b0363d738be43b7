"""Which host a request is meant for, and which page it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"http": 80, "https": 443}


class Hosts:
    """The names under which browsers reach the console.

    A request for any other name is refused: else a page of somebody else's could let its own name
    point to this machine, and read what it wants (DNS rebinding).

    Args:
        names: without ports.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.strip("[]").rstrip(".").lower() for name in names)

    def __contains__(self, host: str) -> bool:
        place = _place(host, 0)
        return place is not None and place[0] in self._names


def own_page(headers: Headers, scheme: str) -> bool:
    """Whether a request that changes something comes from a page of this console.

    Browsers name the page's origin with every such request; where that is missing,
    ``Sec-Fetch-Site`` or ``Referer`` will do. What says none of these is refused.

    Args:
        headers: of the request; its ``Host`` has been checked.
        scheme: of this console, as browsers see it.
    """
    named = headers.getlist("origin")
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    if named:
        return len(named) == 1 and _same(named[0], headers["host"], scheme)
    if site is not None:
        return True
    return _same(headers.get("referer", ""), headers["host"], scheme)


def _same(url: str, host: str, scheme: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme != scheme or "@" in parts.netloc:
        return False
    there = _place(parts.netloc, _PORTS[scheme])
    return there is not None and there == _place(host, _PORTS[scheme])


def _place(netloc: str, port: int) -> tuple[str, int] | None:
    """Name and port; None for what is none."""
    if not netloc or any(sign in netloc for sign in "/\\@?# \t\r\n"):
        return None
    try:
        parts = urlsplit(f"//{netloc}")
        name, named_port = parts.hostname, parts.port
    except ValueError:
        return None
    if not name:
        return None
    return name.rstrip("."), port if named_port is None else named_port


def local_path(text: str, otherwise: str = "/") -> str:
    """``text`` if it is a path of this console that a browser cannot take for another host's.

    Args:
        text: from a request.
        otherwise: what is given in place of all else.
    """
    if (
        not text.startswith("/")
        or text.startswith("//")
        or "\\" in text
        or any(ord(sign) < 0x21 or ord(sign) == 0x7F for sign in text)
    ):
        return otherwise
    try:
        parts = urlsplit(text)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else text
