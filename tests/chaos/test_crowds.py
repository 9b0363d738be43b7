"""A camera that crashes all the time, many that return at once, and one that loses its sound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.messages import ScoreLine
from pipeline.simulate import Fault, serve
from tests.chaos.light_site import LightSite
from tests.pipeline.simulate.clips import make_clip

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
SETTINGS = {"sample_fps": 5, "decode": "all", "gate": False}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("films") / "yard.mp4")


@pytest.mark.promise("fault 5")
def test_one_camera_crashes_all_the_time_and_the_others_hold(
    short_tmp: Path,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    names = ("yard", "gate", "hall")
    with serve(dict.fromkeys(names, clip)) as camera:
        # Two of them share a worker with the one that crashes, or have their own.
        site = LightSite(
            short_tmp,
            monkeypatch,
            {name: {"url": camera.url(name), **SETTINGS} for name in names},
            cameras_per_worker=2,
        )
        minutes = 3.0

        def sampled() -> dict[str, float]:
            return {n: site.value("frames_total", camera=n, step="sampled") for n in names}

        async def rates(seconds: float) -> dict[str, float]:
            before, began = sampled(), time.monotonic()
            await asyncio.sleep(seconds)
            took = time.monotonic() - began
            return {name: (n - before[name]) / took for name, n in sampled().items()}

        async def scenes() -> None:
            await site.until(site.online, 90)
            calm = await rates(30)
            capfd.readouterr()
            camera.set_fault("yard", Fault.CRASH)
            restless = await rates(minutes * 60)
            said = capfd.readouterr()
            lines = [line for line in (said.out + said.err).splitlines() if "yard" in line]
            assert site.value("stream_reconnects_total", camera="yard") >= 8
            for name in ("gate", "hall"):
                assert restless[name] >= 0.95 * calm[name], (calm, restless)
                assert site.value("stream_reconnects_total", camera=name) == 0
                assert site.state(name) == "online"
            assert len(lines) <= minutes + 1, "\n".join(lines)
            held = min(restless[name] / calm[name] for name in ("gate", "hall"))
            record_property(
                "measured",
                f"{minutes:g} minutes: the others at {held:.0%} of their rate, {len(lines)} log "
                "lines",
            )

        site.play(scenes)


@pytest.mark.promise("fault 6")
def test_all_cameras_return_together_and_are_online_within_a_minute(
    short_tmp: Path,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    names = [f"c{number}" for number in range(24)]
    with serve(dict.fromkeys(names, clip)) as camera:
        site = LightSite(
            short_tmp,
            monkeypatch,
            {name: {"url": camera.url(name), **SETTINGS, "sample_fps": 2} for name in names},
            cameras_per_worker=8,
        )

        async def scenes() -> None:
            await site.until(site.online, 120)
            for name in names:
                camera.set_fault(name, Fault.DROP)
            await site.until(lambda: all(site.state(name) == "offline" for name in names), 30)
            # Until their waiting times are as long as they become.
            await asyncio.sleep(120)
            back = time.monotonic()
            for name in names:
                camera.set_fault(name, Fault.NONE)
            online_s = await site.until(site.online, 90)
            await site.until(lambda: all(site.scores(name, back) for name in names), 60)
            assert online_s < 60
            waits = {why: n for why, n in site.dropped().items() if "queue" in why or "to_" in why}
            assert site.told(ScoreLine, back)
            assert site.value("process_restarts_total", process="encoder") == 0
            record_property(
                "measured",
                f"{len(names)} cameras online {online_s:.0f} s after their return; dropped for "
                f"want of room: {sum(waits.values()):.0f} samples",
            )

        site.play(scenes)


@pytest.mark.promise("fault 12")
def test_when_the_sound_vanishes_the_picture_alone_is_scored(
    short_tmp: Path,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    with serve({"yard": clip}) as camera:
        cameras = {"yard": {"url": camera.url("yard"), "audio": "score", **SETTINGS}}
        site = LightSite(short_tmp, monkeypatch, cameras)

        def missing(since: float) -> list[list[str]]:
            return [line.missing for line in site.scores("yard", since)]

        async def scenes() -> None:
            await site.until(lambda: [] in missing(0.0), 90)
            camera.set_fault("yard", Fault.NO_SOUND)
            gone = time.monotonic()
            await site.until(lambda: ["audio"] in missing(gone), 30)
            alone_s = time.monotonic() - gone
            await site.until(lambda: "audio missing" in site.states("yard")[-1][1].detail, 30)
            missed_s = time.monotonic() - gone
            later = time.monotonic()
            await asyncio.sleep(10)
            assert len(missing(later)) >= 5
            assert all(one == ["audio"] for one in missing(later))
            assert site.value("stream_reconnects_total", camera="yard") == 0
            camera.set_fault("yard", Fault.NONE)
            back = time.monotonic()
            await site.until(lambda: [] in missing(back), 30)
            record_property(
                "measured",
                f"scored by picture alone after {alone_s:.1f} s, “audio missing” after "
                f"{missed_s:.1f} s, 0 reconnects",
            )

        site.play(scenes)
