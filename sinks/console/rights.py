"""What somebody may do, and which cameras they may see."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from fastapi import HTTPException

_PLACE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class AccountRefused(Exception):
    """What was asked for cannot be done; the text says why, for the one who asked."""


class Role(StrEnum):
    """What an account may do: each role what the ones before it may, and more."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def may(self, other: Role) -> bool:
        """Whether this role may do what is kept for ``other``."""
        return _RANK[self] >= _RANK[other]


_RANK = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request comes from: a person who is signed in, or a machine with a token."""

    name: str
    role: Role
    #: None: all. Groups are resolved to cameras when it is made.
    cameras: frozenset[str] | None
    #: Of this session; empty for tokens.
    csrf: str

    def sees(self, camera: str) -> bool:
        """Whether it may know of this camera."""
        return self.cameras is None or camera in self.cameras

    def require(self, camera: str) -> None:
        """Raise the HTTPException (404) of a camera that does not exist, unless it is seen."""
        if not self.sees(camera):
            raise HTTPException(404, "there is no such camera")


@dataclass(frozen=True, slots=True)
class Rights:
    """The cameras that an account may see, as they were given: by name and by group."""

    everything: bool = False
    cameras: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *, cameras: Iterable[str] = (), groups: Iterable[str] = ()) -> Rights:
        """Rights to these alone: at least one. Raises AccountRefused."""
        named, grouped = frozenset(cameras), frozenset(groups)
        for place in sorted(named | grouped):
            if not _PLACE.fullmatch(place):
                raise AccountRefused(f"{place[:80]!r} is no name of a camera or group")
        if not named and not grouped:
            raise AccountRefused("choose all cameras, or at least one camera or group")
        return cls(False, named, grouped)

    def resolved(self, cameras_of: Callable[[str], frozenset[str]]) -> frozenset[str] | None:
        """The names of the cameras; None: all."""
        if self.everything:
            return None
        return self.cameras.union(*(cameras_of(group) for group in self.groups))

    def kept(self) -> str:
        """The text for the database."""
        if self.everything:
            return "all"
        return json.dumps({"cameras": sorted(self.cameras), "groups": sorted(self.groups)})

    @classmethod
    def read(cls, kept: str) -> Rights:
        """What `kept` made."""
        if kept == "all":
            return EVERYTHING
        document = json.loads(kept)
        return cls(False, frozenset(document["cameras"]), frozenset(document["groups"]))

    def __str__(self) -> str:
        if self.everything:
            return "all"
        return ", ".join([*sorted(self.cameras), *(f"group {g}" for g in sorted(self.groups))])


EVERYTHING = Rights(everything=True)
