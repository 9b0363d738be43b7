"""An alert's document: camera software's names, additions welcome, nothing active in it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.alert_json import (
    MAX_ALERT_BYTES,
    MalformedAlert,
    UnencodableAlert,
    UnknownSchema,
    decode_alert,
    encode_alert,
    inert,
)
from tests.sinks.builders import make_alert


def document(**changes: Any) -> dict[str, Any]:
    return {**json.loads(encode_alert(make_alert())), **changes}


def test_an_alert_survives_the_way_there_and_back() -> None:
    alert = make_alert(revision=3, kind="end", data={"text": "Wörter 💥 \x1b[31m", "n": [1, 2.5]})
    assert decode_alert(encode_alert(alert)) == alert


def test_the_document_has_the_names_camera_software_uses() -> None:
    names = {"id", "camera", "type", "start_time", "end_time", "severity", "thumb_path", "data"}
    assert names | {"clip_path", "revision", "rule", "schema"} <= document().keys()
    assert document()["schema"] == "hearsight.alert/1"
    assert "\n" not in encode_alert(make_alert(data={"caption": "two\nlines"}))


def test_a_later_addition_is_passed_over() -> None:
    assert decode_alert(json.dumps(document(zone="gate"))) == make_alert()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"p": math.nan}, id="NaN"),
        pytest.param({"p": math.inf}, id="infinity"),
        pytest.param({"p": object()}, id="foreign type"),
        pytest.param({"caption": "\ud800"}, id="lone surrogate"),
        pytest.param({"caption": "x" * MAX_ALERT_BYTES}, id="too long"),
    ],
)
def test_what_json_cannot_say_is_refused_with_the_incident_named(data: dict[str, Any]) -> None:
    with pytest.raises(UnencodableAlert, match="yard-fire-1"):
        encode_alert(make_alert(data=data))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        pytest.param(b"", "not an alert", id="empty"),
        pytest.param(b"\xff\xfe{}", "not an alert", id="bad UTF-8"),
        pytest.param(b"[" * 100_000, "not an alert", id="nesting bomb"),
        pytest.param(b" " * 10_000_000, "bytes long", id="10 MB"),
        pytest.param(b"{}", "schema", id="no field at all"),
        pytest.param(json.dumps(document(revision=-1)).encode(), "revision", id="revision"),
        pytest.param(json.dumps(document(severity="dire")).encode(), "severity", id="severity"),
        pytest.param(json.dumps(document(start_time=math.nan)).encode(), "start_time", id="NaN"),
        pytest.param(json.dumps(document(start_time=1e18)).encode(), "start_time", id="no date"),
        pytest.param(json.dumps(document(end_time=-1.0)).encode(), "end_time", id="before 1970"),
        pytest.param(json.dumps(document(id="x" * 300)).encode(), "id", id="long id"),
    ],
)
def test_a_broken_document_is_named(raw: bytes, says: str) -> None:
    with pytest.raises(MalformedAlert, match=says):
        decode_alert(raw)


def test_a_newer_schema_says_to_update() -> None:
    with pytest.raises(UnknownSchema, match=r"alert/2.*update"):
        decode_alert(json.dumps(document(schema="hearsight.alert/2")))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_input_raises_anything_else(raw: bytes | str) -> None:
    with pytest.raises(MalformedAlert):
        decode_alert(raw)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(document())),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_one_wrong_field_is_read_or_refused_by_name(field: str, value: Any) -> None:
    try:
        decode_alert(json.dumps(document(**{field: value})))
    except MalformedAlert:
        return  # Any other error fails the test.


@pytest.mark.promise("bad input 25")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("people fighting", "people fighting"),
        ("\x1b[2Jgone\r\n", "\\x1b[2Jgone\\x0d\\x0a"),
        ("safe\u202egpj.exe", "safe\\u202egpj.exe"),
        ("<img onerror=x> [bold]", "<img onerror=x> [bold]"),
        ("Feuer 🔥 été", "Feuer 🔥 été"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_text_for_the_eye_is_inert(text: str, shown: str) -> None:
    assert inert(text) == shown


@pytest.mark.promise("bad input 25")
def test_long_text_is_cut() -> None:
    assert inert("a" * 100_000, 10) == "a" * 10 + "…"
    assert len(inert("\x1b" * 100, 10)) <= 11
