"""An alert as JSON, and back.

The names are those that camera software already uses. Additions keep the schema's number, so a
reader passes over keys it does not know; a document of another schema is refused.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.records import Alert, AlertType, Severity

SCHEMA = "hearsight.alert/1"

#: A larger document is refused on both sides: evidence is text and numbers, media are paths.
MAX_ALERT_BYTES = 1 << 20

_INERT_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class AlertJsonError(ValueError):
    """An alert and its JSON document do not fit together."""


class UnencodableAlert(AlertJsonError):
    """The alert cannot be written as JSON: NaN, a foreign type, or too much evidence."""


class MalformedAlert(AlertJsonError):
    """The document is not an alert."""


class UnknownSchema(MalformedAlert):
    """The document is of a schema that this version does not read."""


_Id = Annotated[str, Field(min_length=1, max_length=200)]
#: Seconds since the epoch, up to the year 5138: a time that every reader can show.
_Time = Annotated[float, Field(ge=0, le=1e11)]
_Path = Annotated[str, Field(max_length=4096)]


class AlertDocument(BaseModel):
    """The document's shape, for reading what others wrote."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    schema_: Annotated[str, Field(alias="schema")]
    id: _Id
    revision: Annotated[int, Field(ge=0, lt=1 << 31)]
    type: AlertType
    camera: _Id
    rule: _Id
    severity: Severity
    start_time: _Time
    end_time: _Time | None = None
    captured_at: _Time
    thumb_path: _Path | None = None
    clip_path: _Path | None = None
    data: dict[str, Any] = {}


def document_of(alert: Alert) -> dict[str, Any]:
    """The JSON document of ``alert``: times in seconds since the epoch, media as paths."""
    return {
        "schema": SCHEMA,
        "id": alert.id,
        "revision": alert.revision,
        "type": str(alert.type),
        "camera": alert.camera,
        "rule": alert.rule,
        "severity": str(alert.severity),
        "start_time": alert.start_time,
        "end_time": alert.end_time,
        "captured_at": alert.captured_at,
        "thumb_path": alert.thumb_path,
        "clip_path": alert.clip_path,
        "data": alert.data,
    }


def encode_alert(alert: Alert) -> str:
    """Write ``alert`` as one line of JSON that ``decode_alert`` will accept.

    Raises:
        UnencodableAlert: a NaN, a lone surrogate, a value JSON has no word for, a field out of
            its range, or more than ``MAX_ALERT_BYTES``.
    """
    document = document_of(alert)
    where = f"alert {alert.id!r} revision {alert.revision} of camera {alert.camera!r}"
    try:
        AlertDocument.model_validate(document)
        text = json.dumps(document, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        size = len(text.encode())
    except ValidationError as error:
        raise UnencodableAlert(f"{where}: {_first(error)}") from error
    except (TypeError, ValueError, RecursionError) as error:
        raise UnencodableAlert(
            f"{where} cannot be written as JSON ({error}): its data may hold only text, finite "
            "numbers, booleans, lists and objects"
        ) from error
    if size > MAX_ALERT_BYTES:
        raise UnencodableAlert(
            f"{where} is {size} bytes long, more than {MAX_ALERT_BYTES}: shorten its evidence"
        )
    return text


def decode_alert(text: str | bytes) -> Alert:
    """Read an alert that ``encode_alert`` or a later version's has written.

    Raises:
        UnknownSchema: the document names another schema.
        MalformedAlert: it is no JSON, no UTF-8, too long, or lacks a field.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_ALERT_BYTES:
        raise MalformedAlert(f"the document is {len(raw)} bytes long, more than {MAX_ALERT_BYTES}")
    try:
        document = AlertDocument.model_validate_json(raw)
    except ValidationError as error:
        raise MalformedAlert(f"not an alert: {_first(error)}") from error
    if document.schema_ != SCHEMA:
        raise UnknownSchema(
            f"the document's schema is {inert(document.schema_, 60)!r}, this version reads "
            f"{SCHEMA!r}: update Hearsight here, or the one that wrote it"
        )
    return Alert(
        id=document.id,
        revision=document.revision,
        type=document.type,
        camera=document.camera,
        rule=document.rule,
        severity=document.severity,
        start_time=document.start_time,
        end_time=document.end_time,
        captured_at=document.captured_at,
        thumb_path=document.thumb_path,
        clip_path=document.clip_path,
        data=document.data,
    )


def inert(text: str, limit: int = 200) -> str:
    r"""Make ``text`` harmless to show: no control, escape or direction marks, at most ``limit``.

    What is taken out stays visible as an escape such as ``\x1b`` or ``\u202e``.
    """
    shown: list[str] = []
    length = 0
    for char in text[:limit]:
        piece = _escape(char) if unicodedata.category(char) in _INERT_CATEGORIES else char
        length += len(piece)
        if length > limit:
            return "".join(shown) + "…"
        shown.append(piece)
    return "".join(shown) + ("…" if len(text) > limit else "")


def _escape(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _first(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}" if place else fault["msg"]
