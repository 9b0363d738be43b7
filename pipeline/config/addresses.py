"""Addresses of cameras and servers: which are allowed; nobody sees the passwords in them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import AfterValidator, PlainSerializer, SecretStr, SerializationInfo

_LIVE_SCHEMES = ("rtsp", "rtsps")
_SCHEMES = (*_LIVE_SCHEMES, "file", "images")
_ENCODE = ": in a user name or password write '/' as %2F, '?' as %3F, '#' as %23 and '@' as %40"

#: Whoever listens there listens on every address of the machine; with each, the machine's own.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not listened at
#: A value of a query is taken for a secret from so many characters on: short ones (``stream=1``)
#: would blacken every other word of a log.
_SECRET = 5
#: Some cameras want user and password in the path.
_IN_PATH = re.compile(
    r"(?i)(?:pass(?:wor[dt]|wd)?|pwd|token|secret)[=:]([^&;/?]+?)(?=[&;/?]|_[a-z]+=|$)"
)


def secrets_in(url: str) -> Iterator[str]:
    """Every part of an address that nobody may be told, in the forms in which it travels.

    The password, as it is written, meant, and carried by HTTP's and RTSP's Basic; the query, and
    what is long in it; a password in the path.
    """
    parts = urlsplit(url)
    if parts.password:
        yield parts.password
        yield (password := unquote(parts.password))
        yield b64encode(f"{unquote(parts.username or '')}:{password}".encode()).decode()
    if parts.query:
        yield parts.query
        yield from (value for _, value in parse_qsl(parts.query) if len(value) >= _SECRET)
    yield from _IN_PATH.findall(parts.path)


def masked(url: str) -> str:
    """Return ``url`` without user, password and query, or a password in its path."""
    parts = urlsplit(url)
    path = parts.path
    for secret in secrets_in(f"//x{path}"):
        path = path.replace(secret, "***")
    host = parts.netloc.rpartition("@")[2]
    user = "***@" if "@" in parts.netloc else ""
    query = "?***" if parts.query else ""
    slashes = "//" if parts.netloc else ""
    return f"{parts.scheme}:{slashes}{user}{host}{path}{query}"


def check_source_url(url: str) -> str:
    """Return ``url`` if it names a source that may be opened.

    Raises:
        ValueError: the scheme is not allowed, the host or port is missing or unreadable, or
            characters are in it that a library might read as something else. No message repeats a
            part of the address in which a password may stand.
    """
    if any(ord(c) < 32 or ord(c) == 127 for c in url):
        raise ValueError("the address holds control characters")
    if url != url.strip():
        # urlsplit forgives blanks at the ends; FFmpeg would take such an address for a file.
        raise ValueError("the address begins or ends with a blank: remove it")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("the address cannot be read: write rtsp://HOST[:PORT]/PATH") from None
    if parts.scheme not in _SCHEMES:
        raise ValueError(
            f"{parts.scheme or 'no'} scheme cannot be a camera: use one of "
            + ", ".join(f"{s}:" for s in _SCHEMES)
        )
    if parts.scheme in _LIVE_SCHEMES:
        if not parts.hostname:
            raise ValueError("the address names no host: write rtsp://HOST[:PORT]/PATH")
        _check_authority(parts)
    elif not parts.path:
        raise ValueError(f"the address names no path: write {parts.scheme}:PATH")
    elif ":" in parts.path.partition("/")[0]:
        # `file:concat:a|b`: the path would name another protocol to whoever opens it.
        raise ValueError(f"the path begins with another scheme: write {parts.scheme}:./PATH")
    return url


def _check_authority(parts: SplitResult) -> None:
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(f"the port is no number from 0 to 65535{_ENCODE}") from None
    if "@" in parts.path + parts.query + parts.fragment and "@" not in parts.netloc:
        raise ValueError(f"an '@' stands behind the host{_ENCODE}")


def _secret_url(value: SecretStr) -> SecretStr:
    check_source_url(value.get_secret_value())
    return value


def _reveal(value: SecretStr | None, info: SerializationInfo) -> str | None:
    # Only the supervisor asks for it, for the processes that must connect.
    revealed = bool(info.context and info.context.get("reveal"))
    return None if value is None else value.get_secret_value() if revealed else str(value)


def _redis_url(value: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(value.get_secret_value())
        _ = parts.port
    except ValueError:
        raise ValueError(f"the Redis address or its port cannot be read{_ENCODE}") from None
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError("a Redis address begins with redis://, rediss:// or unix://")
    return value


_Revealable = PlainSerializer(_reveal, return_type=str | None, when_used="json")
SourceUrl = Annotated[SecretStr, AfterValidator(_secret_url), _Revealable]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url), _Revealable]
