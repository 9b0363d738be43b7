"""Whether a file of a site's data folder stands in the list of places."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.expiry import PLACES, TELL_NOTHING


def unknown_files(state: Path) -> list[str]:
    """Files below a data folder that neither list knows, as ``/``-separated names, sorted."""
    known = [_pattern(text) for text in (*(p.where for p in PLACES), *TELL_NOTHING)]
    files = (p.relative_to(state).as_posix() for p in state.rglob("*") if not p.is_dir())
    return sorted(name for name in files if not any(one.fullmatch(name) for one in known))


def _pattern(text: str) -> re.Pattern[str]:
    """``*`` is part of one name, ``**`` any number of folders and a name."""
    parts = re.split(r"(\*\*/|\*\*|\*)", text)
    meaning = {"**/": "(?:.+/)?", "**": ".+", "*": "[^/]*"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts))
