"""Cameras are looked at by a process that reaches them and nothing else, and may die."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path

import pytest

from pipeline.doctor.camera_process import cameras_of
from pipeline.doctor.findings import Level
from tests.pipeline.doctor.boxes import found, level, site_of
from tests.pipeline.sources.test_rtsp_errors import answering


@pytest.mark.promise("bad input 5")
def test_a_camera_that_leads_inside_is_not_followed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as inner:
        inner.settimeout(0.2)
        to = f"rtsp://127.0.0.1:{inner.getsockname()[1]}/secret"
        moved = f"RTSP/1.0 302 Moved Temporarily\r\nCSeq: 1\r\nLocation: {to}\r\n\r\n"
        with answering(moved.encode()) as port:
            url = f"rtsp://viewer:hush@127.0.0.1:{port}/stream1"
            looked = list(cameras_of(site_of(tmp_path, cameras=f'yard: {{url: "{url}"}}')))
        if any(finding.check == "confinement" for finding in looked):
            pytest.skip("this system cannot limit where a process connects")
        with pytest.raises(TimeoutError):
            inner.accept()
    assert level(looked, "yard") is Level.FAILURE
    assert "is not followed" in found(looked, "yard").told
    assert "hush" not in str(looked)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (f"import os; os.kill(os.getpid(), {signal.SIGSEGV.value})", "status -11"),
        ("raise SystemExit('out of pictures')", "out of pictures"),
    ],
)
def test_what_a_stream_does_to_the_process_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    stand_in = tmp_path / "python"
    stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}"\n')
    stand_in.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    (one,) = cameras_of(site_of(tmp_path))
    assert one.level is Level.FAILURE
    assert words in one.told


@pytest.mark.promise("security 9")
def test_the_process_is_left_what_reading_cameras_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import pipeline.doctor.camera_process as p; "
        "told = lambda hidden, **needs: p.say(p._AREA.ok('left', str((str(hidden), needs)))); "
        "p.enclose = told; p.main()"
    )
    stand_in = tmp_path / "python"
    stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}"\n')
    stand_in.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    site = site_of(tmp_path, cameras='yard: {url: "rtsp://127.0.0.1:1/live"}')
    left = found(list(cameras_of(site)), "left").told
    assert str(site.state_dir) in left
    assert "'readable': [], 'writable': [], 'ports': {1, 53}" in left.replace("{53, 1}", "{1, 53}")
