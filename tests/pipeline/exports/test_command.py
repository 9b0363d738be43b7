"""``hearsight export``: an incident as a file, with what it hides told on the terminal."""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.exports.film import jpeg_of
from pipeline.exports.measured import MEASURED, RATES, words_of
from pipeline.exports.wish import Blur
from sinks.console.audit import AuditLog, Filter
from sinks.console.desk import Desk
from sinks.embedded_redis import EmbeddedRedis
from tests.pipeline.exports.films import clip, detail, pictures, place_of, walker
from tests.sinks.builders import make_alert

pytestmark = pytest.mark.promise("security 15")

SITE = """
site: home
data_dir: {state}
cameras:
  yard: {{url: "rtsp://192.0.2.10/stream1", masks: [[[0, 0], [0.2, 0], [0.2, 0.2], [0, 0.2]]]}}
rules: {{fire: {{see: [flames]}}}}
sinks: [{{type: jsonl, path: {state}/alerts.jsonl}}]
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A site with one incident on its desk."""
    state = tmp_path / "state"
    (tmp_path / "site.yaml").write_text(SITE.format(state=state))
    clip(state / "media/yard/a1/clip.mp4", seconds=1.0)
    (state / "media/yard/a1/thumb.jpg").write_bytes(jpeg_of(walker(10)))
    paths = {"clip_path": "yard/a1/clip.mp4", "thumb_path": "yard/a1/thumb.jpg"}
    with Desk(state / "console/desk.sqlite3") as desk:
        desk.take(make_alert("a1", **paths))
        desk.note("a1", "ann", "it was the neighbour")
    return state


def export(state: Path, *words: str) -> Result:
    command = ["export", str(state.parent / "site.yaml"), *words]
    return CliRunner().invoke(app, command, catch_exceptions=False)


def test_an_incident_becomes_a_file_and_a_line_in_the_audit_log(
    state: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a1.zip"
    done = export(state, "a1", "--out", str(out), "--blur", "all")
    assert done.exit_code == 0, done.output
    assert words_of(Blur.ALL) in done.output
    with zipfile.ZipFile(out) as packed:
        assert sorted(packed.namelist()) == [
            "SHA256SUMS", "alert.json", "card.html", "clip.mp4", "thumb.jpg",
        ]  # fmt: skip
        packed.extractall(tmp_path / "out")
    for number, picture in enumerate(pictures(tmp_path / "out" / "clip.mp4")):
        left, top, right, bottom = place_of(number)
        assert detail(picture[top:bottom, left:right]) < 40
        assert picture[:25, :50].max() < 40, "the mask of today, on a clip from before it"
    about = json.loads((tmp_path / "out" / "alert.json").read_text())
    assert about["notes"][0]["text"] == "it was the neighbour"
    assert oct(out.stat().st_mode)[-3:] == "600"
    with AuditLog(state / "console/accounts.sqlite3") as audit:
        (line,) = audit.entries(Filter(what="exported"))
    assert (line.who, line.camera) == ("the command line", "yard")
    assert line.detail == {"incident": "a1", "blur": "all", "sound": False}
    assert list((state / "exports").iterdir()) == []


def test_how_much_is_missed_stands_on_the_terminal(state: Path, tmp_path: Path) -> None:
    done = export(state, "a1", "--out", str(tmp_path / "a1.zip"))
    assert done.exit_code == 0, done.output
    found = MEASURED[Blur.FACES]
    assert f"faces {found.missed} of {found.of}" in RATES
    assert RATES in " ".join(CliRunner().invoke(app, ["export", "--help"]).output.split())
    assert f"{found.missed} of {found.of} faces" in done.output
    assert "only “all” hides everybody for certain" in done.output.replace("\n", " ")


def test_nothing_is_written_over_and_nobody_is_made_up(state: Path, tmp_path: Path) -> None:
    out = tmp_path / "a1.zip"
    out.write_bytes(b"something else")
    done = export(state, "a1", "--out", str(out), "--blur", "none")
    assert done.exit_code == 1
    assert "is there already" in done.output
    assert out.read_bytes() == b"something else"
    nowhere = export(state, "a1", "--out", str(tmp_path / "none" / "a1.zip"), "--blur", "none")
    assert nowhere.exit_code == 1
    assert "name a file that this user may write" in nowhere.output
    unknown = export(state, "a2", "--out", str(tmp_path / "a2.zip"))
    assert unknown.exit_code == 1
    assert "go to no Redis" in unknown.output
    assert not (tmp_path / "a2.zip").exists()


def test_what_the_desk_does_not_know_is_looked_for_as_the_consoles_user(state: Path) -> None:
    site = state.parent / "site.yaml"
    with tempfile.TemporaryDirectory(prefix="hs-") as folder, EmbeddedRedis(Path(folder)) as redis:
        # The site's own user may only add.
        users = f"redis: {{url: 'redis://127.0.0.1:1'}}\nconsole: {{redis_url: '{redis.url}'}}\n"
        site.write_text(site.read_text() + users)
        unknown = export(state, "a2")
    assert unknown.exit_code == 1
    assert "nobody knows an incident a2" in unknown.output
