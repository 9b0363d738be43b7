"""Versions of what was learned, on disk: the one in use, and those that can be gone back to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from detectors.base import State
from pipeline.statefile import load_state, save_state

#: Versions kept besides the first one.
_KEPT = 7
_NAME = re.compile(r"^(\d{4,})-([a-z]+)\.state$")


@dataclass(frozen=True, slots=True)
class Version:
    """One version."""

    number: int
    #: Why it was made: learned, adapted, accepted.
    reason: str
    #: Wall clock, seconds since the epoch.
    at: float
    path: Path


class Versions:
    """A learner's folder: ``current.state``, and numbered versions beside it.

    Every file is written whole or not at all. The first version and the last seven are kept.

    Args:
        folder: made at the first save.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save_current(self, state: State) -> None:
        """Keep what is in use. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        save_state(self._folder / "current.state", state)

    def current(self) -> State:
        """What was in use last; empty where nothing was kept. Raises StateDamaged, OSError."""
        return load_state(self._folder / "current.state")

    def add(self, state: State, reason: str) -> Version:
        """Keep a version; forget the oldest but the first. Raises OSError."""
        before = self.list()
        number = before[-1].number + 1 if before else 1
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{number:04}-{reason}.state"
        save_state(path, state)
        for old in before[1 : max(1, len(before) + 1 - _KEPT)]:
            old.path.unlink(missing_ok=True)
        return Version(number, reason, path.stat().st_mtime, path)

    def list(self) -> list[Version]:
        """All versions, the oldest first."""
        found = []
        for path in self._folder.glob("*.state"):
            if match := _NAME.match(path.name):
                at = path.stat().st_mtime
                found.append(Version(int(match[1]), match[2], at, path))
        return sorted(found, key=lambda v: v.number)

    def load(self, number: int) -> State:
        """The state of a version.

        Raises:
            KeyError: there is no such version.
            StateDamaged, OSError: it cannot be read.
        """
        for version in self.list():
            if version.number == number:
                return load_state(version.path)
        raise KeyError(number)
