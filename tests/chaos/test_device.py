"""The encoder's device runs out of memory, fails for good, and is lost, before a site at work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline import inference_watch
from pipeline.messages import HealthEvent, ScoreLine
from pipeline.simulate import serve
from tests.chaos.light_site import LightSite
from tests.pipeline.simulate.clips import make_clip

pytestmark = pytest.mark.long
CAMERAS = ("yard", "gate", "hall")


@pytest.fixture
def site(short_tmp: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LightSite]:
    """Three cameras at work."""
    clip = make_clip(tmp_path / "yard.mp4")
    with ExitStack() as stack:
        camera = stack.enter_context(serve(dict.fromkeys(CAMERAS, clip)))
        cameras = {
            name: {"url": camera.url(name), "sample_fps": 5, "decode": "all", "gate": False}
            for name in CAMERAS
        }
        yield LightSite(short_tmp, monkeypatch, cameras, cameras_per_worker=3)


async def works(site: LightSite) -> None:
    await site.until(site.online, 90)
    await site.until(lambda: site.told(ScoreLine), 30)


def scored(site: LightSite, since: float) -> bool:
    return all(site.scores(name, since) for name in CAMERAS)


@pytest.mark.promise("fault 17")
def test_a_device_without_memory_gets_smaller_batches_and_the_process_survives(
    site: LightSite, record_property: Callable[[str, object], None]
) -> None:
    async def scenes() -> None:
        await works(site)
        encoder = site.supervisor.pids()["encoder"]
        site.device("memory 1")
        ran_out = time.monotonic()
        await site.until(
            lambda: site.value("errors_total", stage="encoder", reason="out_of_memory"), 60
        )
        # Time for what was under way.
        await site.until(lambda: scored(site, ran_out + 5), 60)
        assert site.supervisor.pids()["encoder"] == encoder
        assert site.value("process_restarts_total", process="encoder") == 0
        assert site.value("dropped_total", stage="encoder", reason="out_of_memory") == 0
        assert site.events("inference") == []
        errors = site.value("errors_total", stage="encoder", reason="out_of_memory")
        record_property("measured", f"{errors:.0f} times smaller batches, 0 restarts, 0 lost")

    site.play(scenes)


@pytest.mark.promise("fault 18")
def test_after_a_sticky_error_the_encoder_is_replaced_and_the_cameras_stay(
    site: LightSite, record_property: Callable[[str, object], None]
) -> None:
    async def scenes() -> None:
        await works(site)
        encoder = site.supervisor.pids()["encoder"]
        site.device("sticky")
        failed = time.monotonic()
        await site.until(lambda: site.events("inference"), 30)
        told_s = time.monotonic() - failed
        assert "an illegal memory access" in site.events("inference")[0].detail
        await site.until(lambda: not site.events("inference")[-1].standing, 60)
        back = time.monotonic()
        await site.until(lambda: scored(site, back), 60)
        replaced_s = time.monotonic() - failed
        assert site.supervisor.pids()["encoder"] != encoder
        for name in CAMERAS:
            assert site.states(name, failed) == [], "connected all the time"
            assert site.value("stream_reconnects_total", camera=name) == 0
        lost = sum(n for why, n in site.dropped().items() if "encoder" in why)
        assert lost > 0
        assert replaced_s < 60
        record_property(
            "measured",
            f"told after {told_s:.1f} s, scores again after {replaced_s:.1f} s, {lost:.0f} samples "
            "dropped and counted, no camera reconnected",
        )

    site.play(scenes)


@pytest.mark.timeout(400)
@pytest.mark.promise("fault 19")
def test_a_lost_device_is_told_and_the_encoder_is_let_rest(
    site: LightSite,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    # As often, in a fifth of the time.
    monkeypatch.setattr(inference_watch, "RESTARTS", (inference_watch.RESTARTS[0], 120.0))

    async def scenes() -> None:
        await works(site)
        lost = time.monotonic()
        site.device("lost")
        await site.until(lambda: site.events("inference"), 30)
        told_s = time.monotonic() - lost
        assert not site.supervisor.readiness()[0]
        assert "inference" in site.supervisor.readiness()[1]["troubles"]
        ended_too_often = "it ended too often"
        await site.until(
            lambda: any(ended_too_often in event.detail for event in site.events("inference")), 110
        )
        restarts = site.value("process_restarts_total", process="encoder")
        assert restarts == 6, "it was started again five times, and has ended once more"
        assert site.online(), "the cameras stay connected, the rings are filled"
        assert "encoder" not in site.supervisor.pids()
        # The driver is loaded again.
        site.device("")
        await site.until(lambda: not site.events("inference")[-1].standing, 150)
        back = time.monotonic()
        assert back - lost >= 115
        await site.until(lambda: scored(site, back), 60)
        assert [event.kind for event in site.told(HealthEvent)][-1] != "no_inference"
        record_property(
            "measured",
            f"“no inference” after {told_s:.1f} s; 5 restarts, then none until the time was over",
        )

    site.play(scenes)


@pytest.mark.timeout(300)
@pytest.mark.promise("fault 19")
def test_a_device_that_never_answers_is_told_within_thirty_seconds(
    site: LightSite, record_property: Callable[[str, object], None]
) -> None:
    async def scenes() -> None:
        await works(site)
        site.device("hangs")
        hung = time.monotonic()
        await site.until(lambda: site.events("inference"), 60)
        told_s = time.monotonic() - hung
        site.device("")
        back = time.monotonic()
        await site.until(lambda: scored(site, back), 90)
        assert told_s < 30
        record_property("measured", f"a call that never returns: told after {told_s:.1f} s")

    site.play(scenes)
