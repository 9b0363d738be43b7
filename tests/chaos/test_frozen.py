"""A picture that freezes under advancing time stamps, at a camera that sleeps as well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.config import parse_site
from pipeline.messages import FrameReady, HealthEvent, Vitals
from pipeline.metrics import Recorder
from pipeline.readiness import Readiness
from pipeline.records import NS_PER_S as S
from pipeline.simulate import Fault, serve
from pipeline.sources import open_source
from pipeline.vital_signs import VitalSigns
from tests.chaos.light_site import LightSite
from tests.pipeline.ingest.scene import Scene
from tests.pipeline.simulate.clips import FPS, HEIGHT, WIDTH, make_clip
from tests.pipeline.sources.damaged import film_of
from tests.pipeline.test_judge import Overheard

#: Somebody passes each eight seconds, then nothing moves, then the picture is always the same.
STILL_S, FROZEN_S, END_S = 42, 64, 95
SITE = 'site: test\ncameras: {yard: {url: "rtsp://camera/yard"}}\nrules: {fire: {see: [a fire]}}'


def view(number: int) -> NDArray[np.uint8]:
    """A noisy view with edges."""
    number = min(number, FROZEN_S * FPS)
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.int16)
    for left in range(10, WIDTH, 40):
        picture[20:100, left : left + 15] = 150
    second, part = divmod(number, FPS)
    if number < STILL_S * FPS and second % 8 >= 6:
        at = (second % 8 - 6) * 50 + 2 * part
        picture[30:90, at : at + 40] = 230
    grain = np.random.default_rng(number).integers(-4, 5, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    return make_clip(folder / "freezing.mp4", seconds=END_S, sound=None, paint=view)


@pytest.mark.long
@pytest.mark.promise("fault 3")
def test_a_camera_that_freezes_is_told_at_a_whole_site(
    short_tmp: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    lively = film_of(tmp_path / "film.mp4", seconds=10.0)
    with serve({"yard": lively}) as camera:
        site = LightSite(short_tmp, monkeypatch, {"yard": {"url": camera.url("yard")}})

        def frozen() -> list[HealthEvent]:
            return [e for e in site.told(HealthEvent) if e.kind == "camera_frozen"]

        async def scenes() -> None:
            await site.until(site.online, 90)
            await asyncio.sleep(10)
            assert frozen() == []
            camera.set_fault("yard", Fault.FROZEN)
            told_s = await site.until(frozen, 60)
            assert "yard camera_frozen" in site.supervisor.readiness()[1]["troubles"]
            assert site.online(), "and no connection was lost"
            camera.set_fault("yard", Fault.NONE)
            await site.until(lambda: not frozen()[-1].standing, 20)
            assert told_s < 30
            record_property("measured", f"at a whole site: “frozen” after {told_s:.1f} s")

        site.play(scenes)


@pytest.mark.promise("fault 3")
@pytest.mark.parametrize("gate", [True, False], ids=["that sleeps", "that is looked at"])
def test_a_frozen_picture_is_told_within_thirty_seconds_at_a_camera(
    film: Path,
    gate: bool,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    monkeypatch.setattr("tests.pipeline.ingest.scene.SIZE", (64, 64))
    with ExitStack() as stack:
        settings = {"url": f"file:{film}", "pace": "fast", "gate": gate, "sample_fps": 2}
        worker = Scene(stack, open_source, audio="off", **settings)  # type: ignore[arg-type]
        worker.lane.start()
        worker.lane.join(120)
        assert worker.lane.fault is None
        vitals = worker.sent(Vitals)
        looked = [f.pts_ns / S for f in worker.sent(FrameReady)]
    asleep = [at for at in looked if FROZEN_S - 15 < at < FROZEN_S]
    assert len(asleep) <= 2 if gate else len(asleep) >= 25

    channel, readiness = Overheard(), Readiness(["yard"])
    site = parse_site(SITE, name="site.yaml", environ={})
    signs = VitalSigns(site, channel, Recorder())  # type: ignore[arg-type]
    told: list[float] = []
    for one in vitals:
        before = len(channel.of(HealthEvent))
        signs.take(one)
        for event in channel.of(HealthEvent)[before:]:
            assert isinstance(event, HealthEvent)
            readiness.event("judge", event)
            if event.kind == "camera_frozen":
                told.append(one.pts_ns / S)
    assert len(told) == 1, "once, and not before it froze"
    after_s = told[0] - FROZEN_S
    assert 0 < after_s < 30
    assert list(readiness.body(0.0, {})[1]["troubles"]) == ["yard camera_frozen"]
    how = "asleep behind the packet gate" if gate else "looked at twice a second"
    record_property("measured", f"{how}: “frozen” after {after_s:.0f} s")
