"""Somebody asks to be forgotten: one camera and an hour go, and the neighbours' hours stay."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.data_dir import hold
from pipeline.ledger import Ledger
from pipeline.records import Modality
from pipeline.teaching.examples import ExampleStore, Incident, Peak
from pipeline.teaching.labelled import one_window
from sinks.alert_json import document_of
from sinks.console.audit import AuditLog, Filter
from sinks.console.desk import Desk, NoSuchIncident
from sinks.console.history import History
from sinks.embedded_redis import EmbeddedRedis
from sinks.outbox import Outbox
from sinks.redis_client import open_client
from tests.pipeline.archive.days import NOON, archive, seen
from tests.sinks.builders import make_alert

pytestmark = pytest.mark.promise("security 15")

V = Modality.VIDEO
ROWS = np.eye(8, dtype=np.float32)[:3]
HOUR = 3600.0
#: The hour that is asked for: 2025-10-09, 08:53:20 to 09:53:20 UTC.
FROM, TO = "2025-10-09T08:53:20+00:00", "2025-10-09T09:53:20+00:00"
WITHIN, BEFORE, AFTER = NOON + 1800, NOON - 5 * HOUR, NOON + 9 * HOUR

SITE = """
site: home
timezone: Europe/Lisbon
data_dir: {state}
cameras:
  yard: {{url: "rtsp://192.0.2.10/stream1"}}
  gate: {{url: "rtsp://192.0.2.11/stream1"}}
rules: {{fire: {{see: [flames]}}}}
sinks: [{{type: jsonl, path: {state}/alerts.jsonl}}]
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "site.yaml").write_text(SITE.format(state=tmp_path / "state"))
    return tmp_path / "state"


def forget(state: Path, *more: str, camera: str = "yard") -> Result:
    words = ["forget", str(state.parent / "site.yaml"), "--camera", camera, "--from", FROM]
    return CliRunner().invoke(app, [*words, "--to", TO, *more], catch_exceptions=False)


def kept(state: Path, camera: str, incident: str, at: float) -> Path:
    """An incident's clip, written at a time."""
    path = state / "media" / camera / incident / "clip.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"film")
    for one in (path, path.parent):
        os.utime(one, (at, at))
    return path


def test_the_hour_goes_everywhere_and_no_other_hour_does(state: Path) -> None:
    when = {"before": BEFORE, "within": WITHIN, "after": AFTER}
    clips = {name: kept(state, "yard", name, at) for name, at in when.items()}
    neighbour = kept(state, "gate", "within", WITHIN)
    (state / "rehearsals" / "r1").mkdir(parents=True)
    for camera in ("yard", "gate"):
        for at in when.values():
            archive(state / "archive", [seen(at - NOON, camera=camera)])
    with ExampleStore(state / "examples.sqlite3") as store:
        for name, at in when.items():
            peak = {V: Peak("clip@1", ROWS)}
            store.remember(Incident(name, "yard", "fire", at, at + 5), peak)
            example = one_window(f"incident:{name}", False, ROWS, name)
            store.add("fire", V, "clip@1", example, "ana")
    with Desk(state / "console/desk.sqlite3") as desk:
        for name, at in when.items():
            desk.take(make_alert(name, start_time=at, captured_at=at))
            desk.note(name, "ann", "Mrs Smith")
        desk.take(make_alert("there", camera="gate", start_time=WITHIN, captured_at=WITHIN))
    with History(state / "console/history.sqlite3", 1e12) as history:
        for at in when.values():
            history.take("yard", "fire", {"score": 1.0, "threshold": 2.0, "at": at})
        history.flush()
    sink = f"jsonl:{state}/alerts.jsonl"
    with Outbox(state / "outbox.sqlite3") as outbox:
        for name, at in (*when.items(), ("owed", WITHIN)):
            outbox.append(make_alert(name, start_time=at, end_time=at + 5, kind="end"), at)
        rows = [row.seq for row in outbox.pending(sink)]
        outbox.mark_delivered(sink, rows[:-1], AFTER)

    done = forget(state, "--yes")
    assert done.exit_code == 0, done.output
    assert {name: path.exists() for name, path in clips.items()} == {
        "before": True,
        "within": False,
        "after": True,
    }
    assert neighbour.exists()
    assert not (state / "rehearsals" / "r1").exists()
    segments = [p.relative_to(state / "archive").parts[0] for p in state.rglob("*.seg")]
    assert sorted(segments) == ["gate"] * 3 + ["yard"] * 2
    with ExampleStore(state / "examples.sqlite3") as store:
        assert [store.incident(name) is not None for name in when] == [True, False, True]
        sources = [one.source for one in store.examples("fire", V, "clip@1")]
        assert sources == ["incident:before", "incident:after"]
    with Desk(state / "console/desk.sqlite3") as desk:
        assert desk.incident("before").notes == 1
        assert desk.incident("there").camera == "gate"
        with pytest.raises(NoSuchIncident):
            desk.incident("within")
        assert desk.notes("within") == []
    with History(state / "console/history.sqlite3", 1e12) as history:
        minutes = [point.at for point in history.of("yard", BEFORE - 60, AFTER + 60)]
        assert len(minutes) == 2
    with Outbox(state / "outbox.sqlite3") as outbox:
        left = [row.id for row in outbox.pending("nobody")]
        assert left == ["before", "after", "owed"], "what a sink is owed stays"
    with AuditLog(state / "console/accounts.sqlite3") as audit:
        (line,) = audit.entries(Filter(what="forgotten"))
        assert (line.camera, line.detail["from"]) == ("yard", NOON)


def test_a_site_that_runs_is_told_to_forget_what_it_has_in_memory(state: Path) -> None:
    lock = hold(state)
    assert forget(state, "--yes").exit_code == 0
    with Ledger(state / "learning.sqlite3") as ledger:
        (order,) = ledger.due()
    assert (order.kind, order.camera) == ("forget_pictures", "yard")
    assert (order.detail["since"], order.detail["until"]) == (NOON, NOON + HOUR)
    lock.close()


@pytest.mark.parametrize("runs", [False, True], ids=["of a site that stands", "of one that runs"])
def test_entries_in_the_site_s_own_redis_go_too(short_tmp: Path, runs: bool) -> None:
    state = short_tmp / "state"
    site = SITE.format(state=state).replace("sinks: [", "sinks: [{type: redis}, ")
    (short_tmp / "site.yaml").write_text(site)
    with EmbeddedRedis(state / "redis") as server:
        client = open_client(server.url, timeout_s=5)
        for name, at in (("before", BEFORE), ("within", WITHIN)):
            alert = make_alert(name, start_time=at, captured_at=at)
            fields = {"camera": "yard", "alert": json.dumps(document_of(alert))}
            client.xadd("hearsight:alerts", fields, id=f"{int(at * 1000)}-0")
        client.close()
        if runs:
            done = forget(state, "--yes")
    if not runs:
        done = forget(state, "--yes")
    assert done.exit_code == 0, done.output
    assert "entries in Redis: 1" in done.output
    with EmbeddedRedis(state / "redis") as server:
        client = open_client(server.url, timeout_s=5)
        ((entry, _),) = client.xrange("hearsight:alerts")
        client.close()
    assert entry == f"{int(BEFORE * 1000)}-0".encode()


def test_it_asks_first_and_knows_no_camera_that_never_was(state: Path) -> None:
    path = kept(state, "yard", "a1", WITHIN)
    refused = forget(state)
    assert (refused.exit_code, path.exists()) == (1, True)
    assert "for good?" in refused.output
    assert forget(state, "--yes", camera="door").exit_code == 1
    # One that the site file no longer has, but of which something is kept.
    kept(state, "attic", "a1", WITHIN)
    assert forget(state, "--yes", camera="attic").exit_code == 0
    assert not (state / "media" / "attic" / "a1").exists()
