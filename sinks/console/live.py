"""Live updates for browsers: server-sent events, each listener with a bounded queue of its own.

Incidents carry the number of their change as the event's id, so that a browser that lost its line
gets exactly what it missed (`Desk.since`). Scores and states are worth nothing when they are late:
the newest replaces the one before, and neither has a number.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from sinks.console.incident import Change

#: Events that may wait for one browser: beyond it, its line is cut and it catches up anew.
_HELD = 512
#: Scores are told so often at most, seconds.
_SCORES_EVERY_S = 0.5
#: A comment after so many silent seconds tells proxies and browsers that the line lives.
_ALIVE_S = 15.0

Sees = Callable[[str], bool]


def event(kind: str, data: Any, seq: int | None = None) -> bytes:
    """One event as it goes over the line; JSON has no line ends that could end it early."""
    number = "" if seq is None else f"id: {seq}\n"
    return f"{number}event: {kind}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


class Listener:
    """One browser's line.

    Args:
        sees: which cameras it may know of.
    """

    def __init__(self, sees: Sees) -> None:
        self.sees = sees
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(_HELD)
        self.cut = False

    def put(self, data: bytes) -> None:
        """Hand over an event, or cut the line of a browser that does not keep up."""
        if self.cut:
            return
        try:
            self.queue.put_nowait(data)
        except asyncio.QueueFull:
            self.cut = True

    def end(self) -> None:
        """End the line after what waits for it."""
        # Room is made: the end must reach a browser that does not keep up, too.
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Hub:
    """Tells all listeners, each what it may know. Used from the event loop's thread alone."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        #: By camera and rule, the newest scores since they were told last.
        self._scores: dict[str, dict[str, Any]] = {}
        self._states: dict[str, Any] = {}
        #: By kind, what holds until it is told otherwise.
        self._standing: dict[str, Any] = {}

    @property
    def listeners(self) -> int:
        """How many browsers listen."""
        return len(self._listeners)

    def changed(self, change: Change) -> None:
        """An incident changed."""
        data = event("incident", change.incident.as_json(), change.seq)
        for listener in self._listeners:
            if listener.sees(change.incident.camera):
                listener.put(data)

    def scored(self, camera: str, rule: str, told: Mapping[str, Any]) -> None:
        """A window was scored; told with the next batch."""
        self._scores.setdefault(camera, {})[rule] = told

    def flush_scores(self) -> None:
        """Tell the scores that have come since the last time."""
        scores, self._scores = self._scores, {}
        self._each_its_own("scores", scores)

    def states(self, states: Mapping[str, Any]) -> None:
        """How the cameras stand; only what changed is told."""
        changed = {c: s for c, s in states.items() if self._states.get(c) != s}
        self._states = dict(states)
        self._each_its_own("cameras", changed)

    def event(self, kind: str, data: Any, camera: str | None = None) -> None:
        """Tell something of a camera to those who may know of it; of none: to everybody."""
        made = event(kind, data)
        for listener in self._listeners:
            if camera is None or listener.sees(camera):
                listener.put(made)

    def stands(self, kind: str, data: Any) -> None:
        """Tell everybody how something stands, and those who come later, too."""
        self._standing[kind] = data
        self.event(kind, data)

    async def keep_telling_scores(self) -> None:
        """Tell scores twice a second, until cancelled."""
        while True:
            await asyncio.sleep(_SCORES_EVERY_S)
            self.flush_scores()

    def join(self, sees: Sees) -> Listener:
        """A new listener, who may know of some cameras: what happens from now on waits for it."""
        listener = Listener(sees)
        # Those that never came to listen are cut by their full queue, and forgotten here.
        self._listeners = {one for one in self._listeners if not one.cut} | {listener}
        return listener

    async def listen(self, listener: Listener, first: list[bytes]) -> AsyncIterator[bytes]:
        """The events of one browser, until its line is cut or it goes away.

        Args:
            listener: joined.
            first: what it gets before anything else: what it missed.
        """
        try:
            for made in first:
                yield made
            if self._states:
                yield event("cameras", _seen(self._states, listener.sees))
            for kind, stands in self._standing.items():
                yield event(kind, stands)
            while not listener.cut:
                try:
                    data: bytes | None = await asyncio.wait_for(listener.queue.get(), _ALIVE_S)
                except TimeoutError:
                    yield b": alive\n\n"
                    continue
                if data is None:
                    return
                yield data
        finally:
            self._listeners.discard(listener)

    def renew(self) -> None:
        """Say that the site is another, and end all lines: browsers come again by themselves.

        What each may see is asked when it comes, and a camera may have left its group.
        """
        self.event("site", {})
        leaving, self._listeners = self._listeners, set()
        for listener in leaving:
            listener.end()

    def close(self) -> None:
        """End all lines at once: the console stops."""
        for listener in self._listeners:
            listener.cut = True
            listener.end()

    def _each_its_own(self, kind: str, by_camera: Mapping[str, Any]) -> None:
        if not by_camera:
            return
        made: dict[frozenset[str], bytes] = {}
        for listener in self._listeners:
            seen = frozenset(camera for camera in by_camera if listener.sees(camera))
            if not seen:
                continue
            if seen not in made:
                # Made once for all who see the same.
                made[seen] = event(kind, {c: by_camera[c] for c in by_camera if c in seen})
            listener.put(made[seen])


def _seen(by_camera: Mapping[str, Any], sees: Sees) -> dict[str, Any]:
    return {camera: told for camera, told in by_camera.items() if sees(camera)}
