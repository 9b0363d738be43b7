"""What an export is to hide, and what its process is told and tells."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Blur(StrEnum):
    """What is made unrecognisable in an export."""

    #: Those that a detector finds: it misses many.
    FACES = "faces"
    #: Whoever a detector finds, and everything that moves.
    PERSONS = "persons"
    #: The whole picture.
    ALL = "all"
    NONE = "none"


class Wish(msgspec.Struct, frozen=True):
    """What is wanted of an export. Without a word faces are covered and there is no sound."""

    blur: Blur = Blur.FACES
    sound: bool = False
    #: The camera's masks as they are now: a clip may be older than they are.
    masks: tuple[tuple[tuple[float, float], ...], ...] = ()
    #: A longer clip is refused, seconds.
    max_s: float = 600.0


class Told(msgspec.Struct, frozen=True):
    """What was made of the media."""

    #: Pictures of the clip.
    pictures: int = 0
    #: Tracks of faces or persons that were found; None where none were looked for.
    found: int | None = None
    #: Mean part of the picture that is covered, in [0, 1].
    covered: float = 0.0
    #: The files that were made.
    files: tuple[str, ...] = ()
    #: What could not be made, and why.
    left_out: tuple[str, ...] = ()
