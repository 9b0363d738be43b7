"""What the supervisor asks of a rehearsal's process (`pipeline.rehearse.child`)."""

from __future__ import annotations

import msgspec

from pipeline.messages import ModelInfo

#: What was found, in the rehearsal's folder.
FOUND = "found.json"
#: Where results lie in a data folder.
FOLDER = "rehearsals"


class Ask(msgspec.Struct, frozen=True):
    """What is to be rehearsed."""

    #: The site as JSON, with the rule as it would be.
    site: str
    rule: str
    cameras: list[str]
    #: The newest so many of what is archived.
    days: float
    #: For what is found.
    folder: str
    sight: ModelInfo | None = None
    sound: ModelInfo | None = None
