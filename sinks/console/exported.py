"""The files of an exported incident besides its media: the card as a page, and all as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from pipeline.exports.measured import words_of
from pipeline.exports.wish import Told, Wish
from sinks.console.card import card_of
from sinks.console.incident import Incident, Note
from sinks.console.render import STATIC, Pages


def files_of(
    pages: Pages,
    row: Incident,
    document: Mapping[str, Any],
    notes: Sequence[Note],
    made: Mapping[str, bytes],
    *,
    wish: Wish,
    told: Told,
) -> dict[str, bytes]:
    """``card.html``, ``alert.json`` and the media, by name.

    Args:
        pages: render the card.
        row: the incident.
        document: its alert.
        notes: what people wrote to it.
        made: media, with what was wished hidden in them.
        wish: what that was.
        told: what was done.
    """
    hidden = words_of(wish.blur)
    page = pages.text(
        "export.html",
        incident=row,
        card=card_of(dict(document)),
        notes=notes,
        media=sorted(made),
        hidden=hidden,
        sound=wish.sound,
        left_out=told.left_out,
        style=(STATIC / "console.css").read_text("utf-8"),
    )
    done = msgspec.to_builtins(told)
    del done["files"]
    about = {
        "incident": row.as_json(),
        "alert": document,
        "notes": [{"at": n.at, "by": n.by, "text": n.text} for n in notes],
        "export": {"blur": str(wish.blur), "sound": wish.sound, "hidden": hidden, **done},
    }
    text = json.dumps(about, indent=2, ensure_ascii=False)
    return {"card.html": page.encode(), "alert.json": text.encode(), **made}


def named(incident: Incident) -> str:
    """The name of an incident's file."""
    return f"{incident.camera}-{incident.id}.zip"


def media_of(document: Mapping[str, Any], kinds: Iterable[str]) -> dict[str, str]:
    """By kind, such as ``clip.mp4``, where an alert says that it lies; absent where it has none."""
    data = document.get("data")
    rest = data if isinstance(data, Mapping) else {}
    places = {
        "thumb.jpg": document.get("thumb_path"),
        "clip.mp4": document.get("clip_path"),
        "heat.jpg": rest.get("heat_path"),
        "nearest.jpg": rest.get("nearest_path"),
    }
    found = {kind: places[kind] for kind in kinds}
    return {kind: path for kind, path in found.items() if isinstance(path, str) and path}
