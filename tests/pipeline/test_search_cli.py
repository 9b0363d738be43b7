"""`hearsight search`: what a running site finds, and what is to be known of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.responses import JSONResponse
from typer.testing import CliRunner, Result

from pipeline.cli import app
from tests.sinks.console.fake_line import FakeLine

AT = 1_800_000_000.0
SITE = """
timezone: Europe/Lisbon
cameras:
  yard: {url: "images:a"}
rules:
  fire: {see: [flames]}
"""
MOMENT = {
    "camera": "yard",
    "view": "whole",
    "sense": "audio",
    "at": AT,
    "begin": AT - 2,
    "end": AT + 10,
    "similarity": 0.3,
    "unusual": 8.13,
    "stands_out": "clearly",
    "picture": None,
}
FOUND: dict[str, Any] = {
    "moments": [MOMENT, MOMENT | {"camera": "[red]", "unusual": None, "stands_out": "unknown"}],
    "searched": {"yard": 1000},
    "back_to": None,
    "reaches_back_to": AT - 86400,
    "other_models": [],
    "damaged": 0,
    "since": AT - 86400,
    "until": AT,
    "unknown_words": {},
    "took_s": 0.52,
}


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, short_tmp: Path) -> FakeLine:
    monkeypatch.setenv("COLUMNS", "120")
    (short_tmp / "site.yaml").write_text(f"data_dir: {short_tmp}\n{SITE}")
    return FakeLine(short_tmp)


def hearsight(line: FakeLine, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["search", str(line.state_dir / "site.yaml"), *arguments])


@contextmanager
def running(line: FakeLine) -> Iterator[None]:
    """The site's socket, in a loop of its own."""
    ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        async with line.listening():
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(30)
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_moments_are_listed_in_the_time_of_the_site(line: FakeLine) -> None:
    line.says("POST /v1/search", FOUND)
    with running(line):
        result = hearsight(line, "a dog barking", "--sound", "--since", "2h", "--camera", "yard")
    assert result.exit_code == 0, result.output
    rows = result.output.splitlines()
    assert rows[1].split() == [
        "2027-01-15",
        "08:00:00",
        "12",
        "s",
        "yard",
        "whole",
        "heard",
        "clearly",
        "8.1",
    ]
    assert "[red]" in rows[2]
    assert rows[3] == "1000 pictures and sounds searched in 0.5 s"
    (asked,) = line.bodies
    assert (asked["text"], asked["senses"], asked["cameras"]) == (
        "a dog barking",
        ["audio"],
        ["yard"],
    )
    assert asked["until"] == pytest.approx(time.time(), abs=60)
    assert asked["until"] - asked["since"] == 7200


def test_what_was_not_searched_is_said(line: FakeLine) -> None:
    cut = {"back_to": AT - 60, "other_models": ["old@1"], "damaged": 3}
    line.says("POST /v1/search", FOUND | cut | {"unknown_words": {"video": ["ladder"]}})
    with running(line):
        told = " ".join(hearsight(line, "a ladder").output.split())
        assert "the sight model never met: ladder" in told
        assert "searched back to 2027-01-15 07:59:00 only" in told
        assert "another model (old@1)" in told
        assert "3 damaged places" in told
        line.says("POST /v1/search", FOUND | {"moments": [], "searched": {}})
        assert "it reaches back to 2027-01-14 08:00:00" in hearsight(line, "a ladder").output
        nothing = FOUND | {"moments": [], "searched": {}, "reaches_back_to": None}
        line.says("POST /v1/search", nothing)
        assert "nothing is archived of this time yet" in hearsight(line, "a ladder").output


def test_what_keeps_it_from_searching_ends_it_with_a_word(line: FakeLine) -> None:
    stopped = hearsight(line, "a ladder")
    assert (stopped.exit_code, "hearsight run" in stopped.stderr) == (1, True)
    body = JSONResponse({"detail": "the models are still being loaded"}).body
    line.answers["POST /v1/search"] = (409, {}, body)
    with running(line):
        refused = hearsight(line, "a ladder")
        assert (refused.exit_code, "still being loaded" in refused.stderr) == (1, True)
    unclear = hearsight(line, "a ladder", "--since", "soon")
    assert (unclear.exit_code, "--since" in unclear.stderr) == (1, True)
