"""A site file that cannot be used, and one that others may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.doctor.findings import Level
from pipeline.doctor.site_file import look_at_site_file
from tests.pipeline.doctor.boxes import found, level

CLEAR = (
    'cameras: {yard: {url: "rtsp://viewer:hush@192.0.2.10/a"}}\nrules: {fire: {see: [flames]}}\n'
)


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        pytest.param(CLEAR, 0o600, Level.OK, id="its owner alone"),
        pytest.param(CLEAR, 0o640, Level.WARNING, id="a group reads the password"),
        pytest.param(CLEAR, 0o644, Level.FAILURE, id="all read the password"),
        pytest.param(CLEAR.replace("hush", "${CODE}"), 0o644, Level.OK, id="it is not in the file"),
        pytest.param(CLEAR.replace("hush", "${CODE}"), 0o666, Level.FAILURE, id="all may write"),
        pytest.param(CLEAR.replace("hush", "${CODE}"), 0o664, Level.WARNING, id="a group may"),
    ],
)
def test_who_may_read_the_passwords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, mode: int, expected: Level
) -> None:
    monkeypatch.setenv("CODE", "sesame")
    path = tmp_path / "site.yaml"
    path.write_text(text)
    path.chmod(mode)
    site, findings = look_at_site_file(path)
    assert site is not None
    assert level(findings, "valid") is Level.OK
    assert "1 camera, 1 rule, site" in found(findings, "valid").told
    assert level(findings, "rights") is expected
    assert not any("hush" in f.told + f.advice or "sesame" in f.told for f in findings)


def test_a_file_that_cannot_be_used_says_in_which_line(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(CLEAR + "colour: red\n")
    site, findings = look_at_site_file(path)
    assert site is None
    assert found(findings, "valid").level is Level.FAILURE
    assert f"{path}:3: colour: unknown key" in found(findings, "valid").told


def test_what_check_advises_is_a_warning_here(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(CLEAR + "sinks: []\n")
    _, findings = look_at_site_file(path)
    assert "alerts stay in the outbox" in found(findings, "advice").told
    assert level(findings, "advice") is Level.WARNING
