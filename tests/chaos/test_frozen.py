"""A picture that freezes under advancing time stamps, at a camera that sleeps as well."""

from __future__ import annotations

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
from pipeline.sources import open_source
from pipeline.vital_signs import VitalSigns
from tests.pipeline.ingest.test_lane import Scene
from tests.pipeline.simulate.clips import FPS, HEIGHT, WIDTH, make_clip
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


@pytest.mark.promise("fault 3")
@pytest.mark.parametrize("gate", [True, False], ids=["that sleeps", "that is looked at"])
def test_a_frozen_picture_is_told_within_thirty_seconds_at_a_camera(
    film: Path,
    gate: bool,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    monkeypatch.setattr("tests.pipeline.ingest.test_lane.SIZE", (64, 64))
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
