"""From a camera's host to its numeric addresses; a name never leads to this machine."""

from __future__ import annotations

import socket
from ipaddress import ip_address

from pipeline.sources.reach import plain

_OWN_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


class Unresolved(Exception):
    """Nobody knows the name."""


class LeadsInside(Exception):
    """The name leads to this machine or to no host at all; the text is where."""


def addresses_of(host: str) -> frozenset[str]:
    """Numeric addresses of ``host``, as `pipeline.sources.reach` writes them.

    An address that the site writes itself may be any. What a name server answers may not be
    loopback, link-local, multicast or unspecified: whoever forges its answers would reach services
    that trust this machine.

    Raises:
        Unresolved, LeadsInside.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unresolved(host) from None
    numeric = frozenset(plain(str(address[0])) for *_, address in found)
    if _is_numeric(host) or host.lower().rstrip(".") in _OWN_NAMES:
        return numeric
    outside = frozenset(one for one in numeric if not _leads_inside(one))
    if not outside:
        raise LeadsInside(", ".join(sorted(numeric)))
    return outside


def _is_numeric(host: str) -> bool:
    try:
        plain(host)
    except ValueError:
        return False
    return True


def _leads_inside(host: str) -> bool:
    one = ip_address(host)
    return one.is_loopback or one.is_link_local or one.is_multicast or one.is_unspecified
