"""What a person at a terminal sees: each incident once, and nothing active."""

from __future__ import annotations

import io
import threading
import zoneinfo
from collections.abc import Sequence

import pytest
from rich.console import Console

from pipeline.records import Alert
from sinks.reader import AlertReader, ReaderUnavailable, Received
from sinks.tail import LatestView, follow, new_table, render_row, row_cells
from tests.sinks.builders import make_alert


def shown(renderable: object) -> str:
    console = Console(file=io.StringIO(), width=300, force_terminal=True, color_system=None)
    console.print(renderable)
    out = console.file
    assert isinstance(out, io.StringIO)
    return out.getvalue()


def test_the_highest_revision_wins_in_any_order() -> None:
    view = LatestView()
    assert view.apply(make_alert("a", 0))
    assert view.apply(make_alert("b", 0))
    assert view.apply(make_alert("a", 2, "end"))
    assert not view.apply(make_alert("a", 1, "update"))
    assert not view.apply(make_alert("a", 2, "end"))
    assert [(alert.id, alert.revision) for alert in view.rows()] == [("b", 0), ("a", 2)]


def test_the_view_is_bounded() -> None:
    view = LatestView(size=2)
    for name in "abc":
        view.apply(make_alert(name))
    assert [alert.id for alert in view.rows()] == ["b", "c"]


class AwayReader(AlertReader):
    """A Redis that answers nothing but its refusals, one a try, until there are none left."""

    def __init__(self, stop: threading.Event, *refusals: str) -> None:
        super().__init__("unix:///nowhere", group="tail-x", consumer="x")
        self._left = list(refusals)
        self._stop = stop

    def open(self) -> None:
        refusal = self._left.pop(0)
        if not self._left:
            self._stop.set()
        raise ReaderUnavailable(refusal)


def test_each_trouble_is_said_once_and_not_at_every_try() -> None:
    stop, said = threading.Event(), []
    reader = AwayReader(stop, "away", "away", "wrong password")
    assert list(follow(reader, stop, on_state=said.append)) == []
    assert said == ["away", "wrong password"]


def test_a_row_says_what_an_operator_needs() -> None:
    text = render_row(make_alert(), zoneinfo.ZoneInfo("Europe/Lisbon")).plain
    for word in ("2025-10-09 09:53:20", "critical", "yard", "fire", "4.2", "a fire", "r0"):
        assert word in text


@pytest.mark.promise("bad input 25")
@pytest.mark.parametrize(
    "evil",
    ["\x1b[2J\x1b]0;owned\x07", "a\r\nb", "\u202egpj.exe", "[bold red]x[/]", "<img onerror>"],
)
def test_captions_and_names_are_inert(evil: str) -> None:
    alert = make_alert(
        id=evil, camera=evil, rule=evil, data={"fusion": {"prompts": [{"prompt": evil}, evil]}}
    )
    line = shown(render_row(alert))
    assert not set(line.rstrip("\n")) & set("\x1b\x07\r\n\u202e")
    if evil.startswith("["):
        assert "[bold red]x" in line, "shown, not obeyed"


@pytest.mark.parametrize(
    "data", [{}, {"fusion": None}, {"fusion": {"score": "high", "prompts": 3}}, {"fusion": []}]
)
def test_evidence_of_an_unexpected_shape_is_left_out(data: dict[str, object]) -> None:
    assert "fire" in render_row(make_alert(data=data)).plain


def test_a_time_beyond_the_calendar_is_shown_as_a_number() -> None:
    assert "1e+30" in render_row(make_alert(start_time=1e30)).plain


def test_rows_fit_the_table() -> None:
    table = new_table()
    table.add_row(*row_cells(make_alert()))
    assert "yard-fire-1" in shown(table)


class FullReader(AwayReader):
    """One batch of alerts."""

    def __init__(self, stop: threading.Event, *alerts: Alert) -> None:
        super().__init__(stop)
        self._alerts = alerts
        self.acknowledged: list[str] = []

    def open(self) -> None:
        """It is there."""

    def close(self) -> None:
        """Nothing is held."""

    def read(self, block_s: float = 0.0, count: int = 100) -> list[Received]:
        self._stop.set()
        return [Received(f"{k}-0", 0.0, alert) for k, alert in enumerate(self._alerts)]

    def ack(self, received: Sequence[Received]) -> None:
        self.acknowledged += [item.alert.id for item in received]


def test_a_canary_is_no_alert_and_is_acknowledged_all_the_same() -> None:
    stop = threading.Event()
    canary = make_alert("canary-1", kind="end", data={"canary": True})
    reader = FullReader(stop, make_alert("a"), canary, make_alert("b"))
    view = LatestView()
    assert [item.alert.id for item in follow(reader, stop, view=view)] == ["a", "b"]
    assert reader.acknowledged == ["a", "canary-1", "b"]
    assert [alert.id for alert in view.rows()] == ["a", "b"]
