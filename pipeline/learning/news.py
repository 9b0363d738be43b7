"""What people should know of a camera's learning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class News:
    """A change."""

    #: learned, unlearned, adapted, accepted, drifted, silenced.
    what: str
    #: For people.
    detail: str
    #: Whether it is worth a version of its own.
    version: bool = False
