"""The evidence card: from the alert's own numbers, whatever is missing or odd in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.config.console import RECORDER_NAMES
from sinks.console.card import card_of, recorder_link
from sinks.console.desk import Desk
from sinks.console.incident import Incident
from tests.sinks.builders import NOW, make_alert

FUSION: dict[str, Any] = {
    "score": 4.0,
    "per_day": 0.01,
    "promised_per_day": 1.0,
    "extrapolated": True,
    "series": [[0.0, 1.0], [1.0, 4.0]],
    "missing": ["audio"],
    "nearest": {"video": "a dog"},
    "would_not_fire_if": ["it had lasted less than 1 s"],
    "modalities": {
        "audio": {"share": 0.1, "p_value": 0.5, "prompts": [], "ear": "gate"},
        "video": {
            "share": 0.9,
            "p_value": 1e-4,
            "eligible": True,
            "prompts": [{"prompt": "a fire", "similarity": 0.3, "margin": 2.5}],
            "unusual": {
                "words": "at the top left it looks like nothing seen here",
                "detectors": {"distance": 1.0, "change": 3.0},
                "nearest_at": NOW,
            },
            "series": [[0.0, 0.5]],
        },
    },
}


def test_a_card_tells_what_carried_the_alert_and_how_far_it_stood_out() -> None:
    card = card_of({"data": {"fusion": FUSION, "model_versions": {"video": "m@1"}}})
    sight, sound = card["senses"]
    assert (sight["name"], sight["share"], sight["score"], sight["nearest"]) == (
        "video", 0.9, 4.0, "a dog",
    )  # fmt: skip
    assert sight["won"] == [{"prompt": "a fire", "margin": 2.5}]
    assert sight["detectors"] == [("change", 3.0), ("distance", 1.0)]
    assert (sound["name"], sound["ear"]) == ("audio", "gate")
    # A hundred times rarer than the rule allows: the line lies two decades lower.
    assert card["threshold"] == 2.0
    assert card["extrapolated"]
    assert (card["models"], card["missing"]) == ({"video": "m@1"}, ["audio"])
    assert [name for name, _ in card["plot"]["lines"]] == ["video", "both"]


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        {},
        {"fusion": []},
        {"fusion": {"modalities": {"video": 3}, "series": "x", "missing": {}, "nearest": []}},
        {"fusion": {"modalities": {"video": {"share": None, "p_value": 0, "prompts": [1, {}]}}}},
        {"fusion": {"series": [[1], [1, "2"], [True, 2], [0, float("nan")], [0.0, 1.0]]}},
        {"fusion": {"score": True, "per_day": -1, "promised_per_day": 0}, "model_versions": 3},
    ],
)
def test_evidence_of_any_shape_makes_a_card(data: Any) -> None:
    card = card_of({"data": data})
    assert card["threshold"] is None
    assert len(card["series"]) <= 1


@pytest.fixture
def incident(tmp_path: Path) -> Incident:
    with Desk(tmp_path / "desk.sqlite3") as desk:
        change = desk.take(make_alert(camera="yard", kind="end", revision=1))
    assert change is not None
    return change.incident


def test_all_that_a_site_may_write_in_the_link_into_the_recorder_is_filled_in(
    incident: Incident,
) -> None:
    written = "".join(f"{{{name}}}" for name in RECORDER_NAMES)
    assert "{" not in recorder_link(f"https://nvr/{written}", incident)


def test_the_link_into_the_recorder_is_filled_in_and_cannot_be_broken_out_of(
    incident: Incident,
) -> None:
    link = recorder_link("https://nvr/{camera}?from={start}&to={end}&iso={start_iso}", incident)
    assert link == (
        "https://nvr/yard?from=1760000000&to=1760000010&iso=2025-10-09T08%3A53%3A20%2B00%3A00"
    )
    assert recorder_link("", incident) == ""
    from dataclasses import replace

    odd = replace(incident, camera='a/b"?x={start}')
    assert recorder_link("https://nvr/{camera}", odd) == "https://nvr/a%2Fb%22%3Fx%3D%7Bstart%7D"
