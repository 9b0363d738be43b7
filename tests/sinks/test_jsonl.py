"""Alerts in a file: whole lines, on disk before they count as delivered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sinks.alert_json import encode_alert
from sinks.base import EntryRejected, OutboxEntry, SinkUnavailable
from sinks.jsonl import JsonLinesFile
from tests.sinks.builders import NOW, make_alert


def entry(seq: int, document: str | None = None) -> OutboxEntry:
    alert = make_alert(f"i{seq}")
    return OutboxEntry(seq, alert.id, 0, document or encode_alert(alert), NOW)


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def test_one_object_a_line_in_order_and_appended_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "log" / "alerts.jsonl"
    for batch in ([entry(1), entry(2)], [entry(3)]):
        sink = JsonLinesFile(path)
        assert not sink.open(None)
        sink.deliver(batch)
        sink.close()
    assert ids(path) == ["i1", "i2", "i3"]
    assert path.stat().st_mode & 0o077 == 0


def test_a_line_that_a_crash_tore_stays_alone(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_text(encode_alert(make_alert("whole")) + "\n" + '{"id": "to')
    sink = JsonLinesFile(path)
    sink.open(None)
    sink.deliver([entry(1)])
    sink.close()
    lines = path.read_text().splitlines()
    assert lines[1] == '{"id": "to'
    assert [json.loads(lines[n])["id"] for n in (0, 2)] == ["whole", "i1"]


def test_a_file_rotated_away_is_followed_by_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = JsonLinesFile(path)
    sink.open(None)
    sink.deliver([entry(1)])
    path.rename(tmp_path / "alerts.jsonl.1")
    sink.deliver([entry(2)])
    sink.close()
    assert ids(tmp_path / "alerts.jsonl.1") == ["i1"]
    assert ids(path) == ["i2"]


def test_a_poisoned_row_is_named_and_those_before_it_are_written(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = JsonLinesFile(path)
    sink.open(None)
    with pytest.raises(EntryRejected) as refusal:
        sink.deliver([entry(1), entry(2, "{}"), entry(3)])
    sink.close()
    assert refusal.value.delivered == 1
    assert ids(path) == ["i1"]


def test_a_full_disk_is_unavailable_not_delivered() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    sink = JsonLinesFile(full)
    sink.open(None)
    with pytest.raises(SinkUnavailable, match="No space left"):
        sink.deliver([entry(1)])


def test_a_path_that_cannot_be_a_file_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(SinkUnavailable, match="cannot be written"):
        JsonLinesFile(tmp_path).open(None)
