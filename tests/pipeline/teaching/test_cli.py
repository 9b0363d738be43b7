"""`hearsight verdict` on a site with Redis: it tells what the site made of it."""

from __future__ import annotations

import itertools
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import normal_cli
from pipeline.cli import app
from pipeline.feedback import FeedbackDesk
from pipeline.ledger import Ledger
from pipeline.metrics import Recorder
from sinks.embedded_redis import EmbeddedRedis
from sinks.feedback import FeedbackReader
from sinks.redis_client import open_client

SITE = """
site: home
data_dir: {folder}/state
redis: {{url: "{redis}"}}
cameras: {{yard: {{url: "rtsp://192.0.2.10/x"}}}}
rules: {{fire: {{see: [flames]}}}}
"""

run = CliRunner()


@pytest.fixture
def redis() -> Iterator[str]:
    """Its address, whose path fits into a socket's."""
    with tempfile.TemporaryDirectory(prefix="hs-") as folder, EmbeddedRedis(Path(folder)) as server:
        yield server.url


@pytest.fixture
def site(tmp_path: Path, redis: str) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE.format(folder=tmp_path, redis=redis))
    return path


@pytest.fixture
def running(redis: str, tmp_path: Path) -> Iterator[None]:
    """Publisher and judge of the site; the judge remembers one incident, yard-fire-1."""
    stop = threading.Event()

    def work() -> None:
        with Ledger(tmp_path / "state" / "learning.sqlite3") as ledger:
            publisher = FeedbackDesk(FeedbackReader(redis), ledger, Recorder())
            with closing(publisher):
                for second in itertools.count():
                    publisher.look(float(second))
                    for order in ledger.due():
                        known = order.detail["id"] == "yard-fire-1"
                        ledger.done(order, "lesson 1 holds" if known else "refused: unknown")
                    if stop.wait(0.05):
                        return

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


def verdict(site: Path, incident: str, said: str = "false_alarm") -> tuple[int, str]:
    done = run.invoke(app, ["verdict", str(site), incident, said])
    return done.exit_code, done.output.strip()


@pytest.mark.usefixtures("running")
def test_a_verdict_tells_what_the_site_made_of_it(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normal_cli, "PATIENCE_S", 20.0)
    assert verdict(site, "yard-fire-1") == (0, "lesson 1 holds")
    assert verdict(site, "yard-fire-1") == (0, "lesson 1 holds"), "said before, and not again"
    assert verdict(site, "nobody-knows-it") == (1, "refused: unknown")
    assert verdict(site, "nobody-knows-it") == (1, "refused: unknown")


def test_a_verdict_waits_in_redis_for_a_site_that_does_not_run(
    site: Path, redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normal_cli, "PATIENCE_S", 0.0)
    status, told = verdict(site, "yard-fire-1")
    assert status == 0
    assert "takes it at its next start" in " ".join(told.split())
    with closing(open_client(redis)) as client:
        assert client.xlen("hearsight:feedback") == 1


def test_what_is_no_verdict_goes_nowhere(site: Path, redis: str) -> None:
    status, told = verdict(site, "yard-fire-1", "perhaps")
    assert status == 2
    assert "confirmed or false_alarm, not 'perhaps'" in told
    with closing(open_client(redis)) as client:
        assert client.xlen("hearsight:feedback") == 0
