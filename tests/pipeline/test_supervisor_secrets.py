"""A process quotes an address with its password: nobody is told it, by any way."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from pipeline.logs import MASK
from pipeline.messages import CameraState, HealthEvent
from sinks.console.line_client import LineClient
from tests.pipeline.stage import SITE, Stage, folder

__all__ = ["folder"]
URL = "rtsp://viewer:hush%20hush@camera/yard"


@pytest.mark.promise("security 12")
def test_what_a_process_says_in_words_is_told_without_the_password(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stage = Stage(folder, SITE.replace("rtsp://camera/yard", URL))
    stage.part(worker_0=f"cannot open {URL}")

    async def scenes() -> None:
        await stage.until(lambda: stage.restarts("worker-0"))
        url = f"http://{stage.supervisor.health_address}"
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            pages = [(await client.get(path)).text for path in ("/readiness", "/metrics")]
        async with LineClient(stage.site.state_dir) as line:
            pages += [json.dumps(await line.state()), json.dumps(await line.site())]
        assert not [page for page in pages if "hush" in page]
        details = [m.detail for m in stage.told if isinstance(m, CameraState | HealthEvent)]
        # It was said three times: in a state, in an event, and as its last words.
        assert f"cannot open rtsp://viewer:{MASK}@camera/yard" in details
        assert any(d.startswith("ingest replaced: OSError: cannot open") for d in details)
        assert "cannot open" in pages[0]
        assert not [detail for detail in details if "hush" in detail]

    stage.play(scenes)
    # Its own log is masked by the secrets that it was told with its first message.
    said = capfd.readouterr()
    assert "OSError: cannot open rtsp://viewer:" in said.err
    assert "hush" not in said.out + said.err
