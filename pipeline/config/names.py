"""Names in a site file: of cameras, rules, regions, groups, modes."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")


def check_name(value: str) -> str:
    """Return ``value`` if it may be a name. Raises ValueError."""
    if not _NAME.match(value):
        raise ValueError(
            f"{value!r} is no valid name: use lower-case letters, digits, '-' and '_', "
            "beginning with a letter or digit"
        )
    return value


Name = Annotated[
    str,
    AfterValidator(check_name),
    WithJsonSchema({"type": "string", "pattern": _NAME.pattern}),
]
