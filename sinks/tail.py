"""Alerts for a person at a terminal: each revision once, nothing in them active."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import zoneinfo
from collections import OrderedDict
from collections.abc import Callable, Iterator

from rich.table import Table
from rich.text import Text

from pipeline.records import Alert, AlertType, Severity
from sinks.alert_json import inert
from sinks.reader import AlertReader, ReaderUnavailable, Received

_log = logging.getLogger(__name__)

_RETRY_S = (0.25, 5.0)
_STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_MARKS = {AlertType.NEW: "●", AlertType.UPDATE: "◐", AlertType.END: "○"}


class LatestView:
    """What an operator sees: each incident once, at its highest revision.

    Args:
        size: incidents remembered; the ones untouched for longest are forgotten first.
    """

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._rows: OrderedDict[str, Alert] = OrderedDict()

    def apply(self, alert: Alert) -> bool:
        """Take in ``alert``; False for a revision that is already shown or was overtaken."""
        shown = self._rows.get(alert.id)
        if shown is not None and shown.revision >= alert.revision:
            return False
        self._rows[alert.id] = alert
        self._rows.move_to_end(alert.id)
        if len(self._rows) > self._size:
            self._rows.popitem(last=False)
        return True

    def rows(self) -> list[Alert]:
        """The incidents, the one changed last at the end."""
        return list(self._rows.values())


def follow(
    reader: AlertReader,
    stop: threading.Event,
    *,
    view: LatestView | None = None,
    on_state: Callable[[str | None], None] = lambda _trouble: None,
    block_s: float = 1.0,
) -> Iterator[Received]:
    """Alerts as they come, each revision once and without canaries, until ``stop`` is set.

    An alert is acknowledged when the next one is asked for, that is after its use. While Redis is
    away it is tried again every few seconds.

    Args:
        reader: opened and closed here.
        stop: ends the following within ``block_s``.
        view: filled along the way; also what decides what was seen already.
        on_state: called with the trouble when Redis goes away, or refuses for another reason than
            before, and with None when it is there.
        block_s: longest wait for one reply.
    """
    shown = view if view is not None else LatestView()
    wait_s = _RETRY_S[0]
    is_open = False
    told: str | None = None
    try:
        while not stop.is_set():
            try:
                if not is_open:
                    reader.open()
                    is_open = True
                    told = None
                    on_state(None)
                batch = reader.read(block_s)
            except ReaderUnavailable as error:
                is_open = False
                if str(error) != told:
                    told = str(error)
                    on_state(told)
                stop.wait(wait_s)
                wait_s = min(_RETRY_S[1], wait_s * 2)
                continue
            wait_s = _RETRY_S[0]
            for item in batch:
                if not item.alert.canary and shown.apply(item.alert):
                    yield item
                try:
                    reader.ack([item])
                except ReaderUnavailable as error:
                    # It comes again and is then known.
                    _log.debug("acknowledging failed: %s", error)
    finally:
        reader.close()


def new_table() -> Table:
    """An empty table whose columns ``row_cells`` fills."""
    table = Table(box=None, pad_edge=False)
    for title in ("time", "", "severity", "camera", "rule", "score", "why", "incident"):
        table.add_column(title, no_wrap=title != "why", overflow="ellipsis")
    return table


def row_cells(alert: Alert, zone: zoneinfo.ZoneInfo | None = None) -> tuple[Text, ...]:
    """One alert as the cells of ``new_table``, with start time in ``zone`` (default UTC)."""
    return (
        Text(_clock(alert.start_time, zone)),
        Text(_MARKS[alert.type]),
        Text(str(alert.severity), style=_STYLES[alert.severity]),
        Text(inert(alert.camera, 40)),
        Text(inert(alert.rule, 40)),
        Text(_score(alert)),
        Text(_why(alert)),
        Text(f"{inert(alert.id, 40)} r{alert.revision}", style="dim"),
    )


def render_row(alert: Alert, zone: zoneinfo.ZoneInfo | None = None) -> Text:
    """One alert as one line; control, escape and direction marks in it are shown, not obeyed."""
    return Text("  ").join(row_cells(alert, zone))


def _clock(seconds: float, zone: zoneinfo.ZoneInfo | None) -> str:
    try:
        when = dt.datetime.fromtimestamp(seconds, zone or dt.UTC)
    except (OverflowError, ValueError, OSError):
        return inert(repr(seconds), 20)
    return when.strftime("%Y-%m-%d %H:%M:%S")


def _score(alert: Alert) -> str:
    fusion = alert.data.get("fusion")
    score = fusion.get("score") if isinstance(fusion, dict) else None
    return f"{score:.1f}" if isinstance(score, int | float) else "-"


def _why(alert: Alert) -> str:
    """The prompts that won, where the evidence names any, whatever its exact shape."""
    fusion = alert.data.get("fusion")
    prompts = fusion.get("prompts") if isinstance(fusion, dict) else None
    if not isinstance(prompts, list):
        return ""
    words = (item.get("prompt") if isinstance(item, dict) else item for item in prompts[:3])
    return inert(", ".join(word for word in words if isinstance(word, str)), 80)
