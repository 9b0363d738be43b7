"""What the console asks the running site, over the supervisor's socket (`line_socket`)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx

from sinks.console.line_socket import LineSocket, LineUnavailable, detail_of, expect

__all__ = [
    "LineClient",
    "LineUnavailable",
    "LivePicture",
    "MediaPart",
    "OrderRefused",
    "SearchRefused",
]

_ANSWER_S = 10.0
#: A picture is given to everybody who asks within so many seconds: workers make one a second.
_SHARED_S = 0.7
#: A clip that is converted first is waited for so long, seconds.
_CONVERT_S = 180.0
#: A search waits its turn and then looks for half a minute at most; seconds.
_SEARCH_S = 100.0
#: New texts are embedded, and a new judge starts: seconds.
_RELOAD_S = 150.0
#: What is passed on of an answer that carries media.
_MEDIA_HEADERS = (
    "content-type",
    "content-length",
    "content-range",
    "accept-ranges",
    "etag",
    "last-modified",
    "retry-after",
    "x-video-codec",
)


class OrderRefused(Exception):
    """The site does not take an order; the text says what is wrong with it."""


class SearchRefused(Exception):
    """The site does not search; the text says what to do.

    Args:
        words: the text.
        status: 409 (there is no archive, the models load), 422 (the search is wrong), 429 (too many
            search) or 504 (it took too long).
    """

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True, slots=True)
class LivePicture:
    """A camera's newest picture; ``captured_at`` is UTC epoch seconds."""

    jpeg: bytes
    captured_at: float


@dataclass(frozen=True, slots=True)
class MediaPart:
    """An answer that is passed on: its body is read once, or `close` is called.

    Args:
        status: 200, 206 (a range), 404 (no such file), 416 (no such range), 422 (cannot be made
            playable) or 503 (too many are being converted: ask again).
        headers: those of the answer that a browser needs.
        body: chunks, empty for HEAD; raises LineUnavailable where the line breaks off.
    """

    status: int
    headers: Mapping[str, str]
    body: AsyncIterator[bytes]
    _answer: httpx.Response

    async def close(self) -> None:
        """Give the connection back; safe to call twice."""
        await self._answer.aclose()


class LineClient:
    """Asks the supervisor. Used in one event loop; opened by the first request.

    Args:
        state_dir: the site's data folder, where socket and token are.
    """

    def __init__(self, state_dir: Path) -> None:
        self._socket = LineSocket(state_dir)
        # Two pools: clips that are slowly read never keep a picture waiting.
        self._short: httpx.AsyncClient | None = None
        self._media: httpx.AsyncClient | None = None
        self._searching: httpx.AsyncClient | None = None
        #: By camera, the newest request for its picture and when it was made, monotonic seconds.
        self._pictures: dict[str, tuple[float, asyncio.Task[LivePicture | None]]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        asked = [task for _, task in self._pictures.values()]
        self._pictures.clear()
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        for client in (self._short, self._media, self._searching):
            if client is not None:
                await client.aclose()
        self._short = self._media = self._searching = None

    # --- what can be asked --------------------------------------------------------------------

    async def site(self) -> dict[str, Any]:
        """Cameras, rules, models and media settings, without addresses and secrets.

        Raises:
            LineUnavailable: the site does not run.
        """
        return await self._json("GET", "/v1/site")

    async def state(self) -> dict[str, Any]:
        """How the site is now: cameras, processes, lag, outbox. Raises LineUnavailable."""
        return await self._json("GET", "/v1/state")

    async def picture(self, camera: str) -> LivePicture | None:
        """The camera's newest picture, at most about two seconds old while it delivers.

        The first request after a pause waits up to two seconds for one. However many people look
        at a camera, the site is asked about once a second.

        Returns:
            None where there is none: the camera is unknown, has only sound, or sent none yet.

        Raises:
            LineUnavailable: the site does not run.
        """
        now = time.monotonic()
        asked_at, asked = self._pictures.get(camera, (float("-inf"), None))
        if asked is None or (asked.done() and now - asked_at > _SHARED_S):
            asked = asyncio.create_task(self._ask_picture(camera))
            # Nobody may be left to hear of an error.
            asked.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._pictures[camera] = (now, asked)
        # Who goes away does not end what others wait for.
        return await asyncio.shield(asked)

    async def _ask_picture(self, camera: str) -> LivePicture | None:
        answer = await self._ask("GET", f"/v1/cameras/{quote(camera, safe='')}/picture")
        if answer.status_code == 404 or _says_no_picture(answer):
            return None
        expect(answer, 200)
        return LivePicture(answer.content, float(answer.headers["x-captured-at"]))

    async def media(
        self, path: str, range_header: str | None = None, *, playable: bool = False
    ) -> MediaPart:
        """Open a file of the media folder, as alerts name it (``camera/incident/clip.mp4``).

        Args:
            path: relative to the media folder.
            range_header: the browser's ``Range``.
            playable: a clip that browsers cannot play is converted to H.264 first.

        Raises:
            LineUnavailable: the site does not run.
        """
        # What no range can hold is as none (RFC 9110, 14.2), and could not be sent on.
        asked = range_header or ""
        headers = {"range": asked} if asked.isascii() and asked.isprintable() and asked else {}
        return await self._open_media("GET", path, headers, playable=playable)

    async def media_head(self, path: str) -> MediaPart:
        """As `media` without a body; ``x-video-codec`` names a clip's codec, such as ``hevc``.

        Raises:
            LineUnavailable: the site does not run.
        """
        return await self._open_media("HEAD", path, {}, playable=False)

    async def order(
        self, kind: str, *, by: str, camera: str = "", rule: str = "", **detail: Any
    ) -> int:
        """Place an order in somebody's name; return its number.

        Raises:
            OrderRefused: nobody knows the kind, or there is no such camera or rule.
            LineUnavailable: the site does not run, and nothing was placed.
        """
        order = {"kind": kind, "by": by, "camera": camera, "rule": rule, "detail": detail}
        answer = await self._ask("POST", "/v1/orders", json=order)
        if answer.status_code in (400, 413, 422):
            raise OrderRefused(detail_of(answer))
        expect(answer, 202)
        return int(answer.json()["number"])

    async def order_outcome(self, number: int) -> str | None:
        """What became of an order; None while it waits, or where there is none of the number.

        Raises:
            LineUnavailable: the site does not run.
        """
        answer = await self._ask("GET", f"/v1/orders/{number}")
        if answer.status_code == 404:
            return None
        expect(answer, 200)
        outcome: str | None = answer.json()["outcome"]
        return outcome

    async def arming(self) -> dict[str, Any]:
        """What the judge last said of what is armed and silenced, under the key ``arming``.

        Empty before it said anything.

        Raises:
            LineUnavailable: the site does not run.
        """
        return await self._json("GET", "/v1/arming")

    async def canary(self) -> str:
        """Have a canary sent down the line; return the id of the alert that is to come of it.

        Raises:
            LineUnavailable: the site does not run, or loads its models.
        """
        answer = await self._ask("POST", "/v1/canary", json={})
        if answer.status_code == 409:
            raise LineUnavailable(detail_of(answer))
        expect(answer, 202)
        return str(answer.json()["id"])

    async def reload(self) -> dict[str, Any]:
        """Have the site follow its file as it is now; see `pipeline.reload_desk` for what is told.

        Raises:
            OrderRefused: it goes on as it was, and why.
            LineUnavailable: it does not run.
        """
        client = self._socket.client(_RELOAD_S, connections=1)
        async with client:
            answer = await self._socket.send(client, "POST", "/v1/reload", json={})
        if answer.status_code in (409, 422):
            raise OrderRefused(detail_of(answer))
        expect(answer, 200)
        told: dict[str, Any] = answer.json()
        return told

    async def search(self, **asked: Any) -> dict[str, Any]:
        """Search the archive by words; see `pipeline.search_desk` for what is asked and told.

        Raises:
            SearchRefused: it is not searched, and why.
            LineUnavailable: the site does not run.
        """
        if self._searching is None:
            self._searching = self._socket.client(_SEARCH_S, connections=6)
        answer = await self._socket.send(self._searching, "POST", "/v1/search", json=asked)
        if answer.status_code in (409, 413, 422, 429, 504):
            raise SearchRefused(detail_of(answer), answer.status_code)
        expect(answer, 200)
        found: dict[str, Any] = answer.json()
        return found

    async def thumbnail(self, camera: str, view: str, at: float) -> bytes | None:
        """A picture of the archive that a search named, as JPEG; None where there is none any more.

        Raises:
            LineUnavailable: the site does not run.
        """
        name: dict[str, str | float] = {"camera": camera, "view": view, "at": at}
        answer = await self._socket.send(
            self._for_media(), "GET", "/v1/archive/thumbnail", params=name
        )
        if answer.status_code in (404, 422):
            return None
        expect(answer, 200)
        return answer.content

    async def exchange(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> tuple[int, Any]:
        """Ask for anything that answers in JSON; return the status, below 500, and the answer.

        Raises:
            ValueError: the body is no JSON.
            LineUnavailable: the site does not run, or cannot do it now.
        """
        answer = await self._ask(method, path, **({} if body is None else {"json": body}))
        if answer.status_code >= 500:
            expect(answer, 200)
        return answer.status_code, answer.json()

    async def rehearsal_picture(self, number: str, name: str) -> bytes | None:
        """The picture of an alert that a rehearsal found; None where there is none.

        Raises:
            LineUnavailable: the site does not run.
        """
        parts = quote(number, safe=""), quote(name, safe="")
        answer = await self._ask("GET", f"/v1/rehearsals/{parts[0]}/pictures/{parts[1]}")
        if answer.status_code == 404:
            return None
        expect(answer, 200)
        return answer.content

    # --- how it is asked ----------------------------------------------------------------------

    async def _json(self, method: str, path: str) -> dict[str, Any]:
        answer = await self._ask(method, path)
        expect(answer, 200)
        found: dict[str, Any] = answer.json()
        return found

    async def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        if self._short is None:
            self._short = self._socket.client(_ANSWER_S, connections=8)
        return await self._socket.send(self._short, method, path, **request)

    async def _open_media(
        self, method: str, path: str, headers: dict[str, str], *, playable: bool
    ) -> MediaPart:
        where = f"/v1/media/{quote(path, safe='/')}" + ("?as=h264" if playable else "")
        answer = await self._socket.send(
            self._for_media(), method, where, stream=True, headers=headers
        )
        if answer.status_code >= 500 and answer.status_code != 503:
            await answer.aclose()
            expect(answer, 200)
        kept = {name: answer.headers[name] for name in _MEDIA_HEADERS if name in answer.headers}
        return MediaPart(answer.status_code, kept, _body(answer), answer)

    def _for_media(self) -> httpx.AsyncClient:
        if self._media is None:
            self._media = self._socket.client(_CONVERT_S, connections=16)
        return self._media


def _says_no_picture(answer: httpx.Response) -> bool:
    # A server with too much to do answers 503 as well, but without a reason of ours.
    return answer.status_code == 503 and "x-no-picture" in answer.headers


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    async with contextlib.aclosing(answer):
        try:
            async for chunk in answer.aiter_raw():
                yield chunk
        except httpx.TransportError as error:
            raise LineUnavailable(
                f"the site's supervisor broke off within a file ({type(error).__name__})"
            ) from error
