"""The demo's promise: three scenes never trained on, watched at once, all found, nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from pipeline.config.packaged import packaged_config
from pipeline.demo.console import ConsoleProcess
from pipeline.demo.play import play
from pipeline.demo.stage import Line
from tests.pipeline.places import unknown_files

#: Training draws its scenes from seeds beyond a million.
UNSEEN = (3001, 3002, 3003)


@pytest.mark.timeout(420)
def test_three_unseen_scenes_as_three_cameras_at_once(tmp_path: Path) -> None:
    told = io.StringIO()
    pages: list[tuple[int, str]] = []

    def look(line: Line, operators: ConsoleProcess) -> None:
        line.check()
        login = httpx.get(f"{operators.address}login")
        pages.append((login.status_code, operators.address))
        assert (operators.user, operators.password) != ("", "")
        assert operators.password not in (tmp_path / "films" / "console.log").read_text()

    report = play(
        UNSEEN,
        template=packaged_config("demo.yaml"),
        console=Console(file=told, width=120),
        report_path=tmp_path / "report.json",
        keep=tmp_path / "films",
        stay=look,
    )
    assert report.recall == 1.0, told.getvalue()
    assert report.wrong_alerts == 0, told.getvalue()
    assert report.passed
    assert {event.camera for event in report.events} == {"yard-1", "yard-2", "yard-3"}
    assert len(report.events) == 9

    ((status, address),) = pages
    assert status == 200
    assert f"The console is at {address}" in told.getvalue()
    assert told.getvalue().count("(shown once)") == 1
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)

    strangers = unknown_files(tmp_path / "films" / "state")
    assert strangers == [], "files whose age nobody looks after: name them in pipeline.expiry"

    written = json.loads((tmp_path / "report.json").read_text())
    assert written["recall"] == 1.0
    assert written["latency_s"]["p95"] is not None

    site = (tmp_path / "films" / "site.yaml").read_text()
    assert not any(word in site for word in ("at_s", "glass_breaking", "seed"))
    log = (tmp_path / "films" / "line.log").read_text()
    assert "Traceback" not in log
