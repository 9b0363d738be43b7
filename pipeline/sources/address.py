"""Addresses as people may see them."""

from __future__ import annotations

from urllib.parse import urlsplit


def masked(url: str) -> str:
    """Return ``url`` without user, password and query: fit for a log or an error."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    user = "***@" if "@" in parts.netloc else ""
    query = "?***" if parts.query else ""
    slashes = "//" if parts.netloc else ""
    return f"{parts.scheme}:{slashes}{user}{host}{parts.path}{query}"
