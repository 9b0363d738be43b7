"""Bodies of requests: read whole, within limits, before anybody works on them."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Message, Receive

#: Of somebody who is signed in, and of anybody, in bytes.
LARGEST, LARGEST_STRANGER = 1 << 20, 16 << 10
_LONGEST_S = 20.0
_MOST_FIELDS = 500


class BodyRefused(Exception):
    """The body is too large or too slow.

    Args:
        status: of the response.
        text: for the one who sent it.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


async def read(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The whole body.

    Args:
        receive: of the request, not read from yet.
        headers: of the request.
        limit: in bytes.

    Raises:
        BodyRefused: it is larger, or takes longer than 20 s, or the client went away.
    """
    said = headers.get("content-length", "0")
    if not (said.isascii() and said.isdigit()) or len(said) > 20:
        raise BodyRefused(400, "Content-Length is no number")
    too_large = BodyRefused(413, f"a request has at most {limit} bytes")
    if int(said) > limit:
        raise too_large
    parts, size = [], 0
    try:
        async with asyncio.timeout(_LONGEST_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise BodyRefused(400, "the request broke off")
                part = message.get("body", b"")
                size += len(part)
                if size > limit:
                    raise too_large
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise BodyRefused(408, "the request came too slowly") from None


def replayed(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives the body that was read, and then what comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def field(body: bytes, headers: Headers, name: str) -> str | None:
    """A field of a form that was sent the usual way (``application/x-www-form-urlencoded``)."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return None
    try:
        fields = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    return next((value for key, value in fields if key == name), None)
