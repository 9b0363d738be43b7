"""Canaries are sent in time, and where none comes out people are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pipeline.canary.card import CAMERA, canary_id, picture, sound
from pipeline.canary.sender import FIRST_S, CanaryNotReady, CanarySender
from pipeline.config import parse_site
from pipeline.log_mel import RollingMel
from pipeline.messages import (
    CameraState,
    CanaryCame,
    FrameReady,
    HealthEvent,
    ModelInfo,
    ModelsReady,
    SoundReady,
)
from pipeline.metrics import Exporter
from pipeline.readiness import Readiness
from pipeline.records import Modality
from pipeline.slots import SlotStore
from pipeline.stores import Stores
from tests.pipeline.encoders.fakes import FRONT

SITE = """
cameras: {yard: {url: "rtsp://camera/yard", audio: score}, gate: {url: "rtsp://camera/gate"}}
rules: {fire: {see: [a fire]}}
"""
SIGHT = ModelInfo("clip@1", 4, 10.0, (32, 48), 0.0, "", "", [])
SOUND = ModelInfo("clap@1", 4, 10.0, (0, 0), 1.0, "", "", [], front=FRONT)
HOUR = 3600.0


class Line:
    """A sender, whose clock the test turns, and all that it sent and told."""

    def __init__(self, stores: Stores, every_s: float = HOUR) -> None:
        self.now = 5000.0
        self.sent: list[Any] = []
        self.told: list[HealthEvent] = []
        self.exporter = Exporter()
        self.readiness = Readiness(["yard"])
        self.stores = stores
        self.sender = CanarySender(
            every_s,
            stores.canary,
            self.sent.append,
            self.tell,
            self.exporter,
            clock=lambda: self.now,
            wall=lambda: 1e9 + self.now,
        )

    def tell(self, event: HealthEvent) -> None:
        self.told.append(event)
        self.readiness.event("supervisor", event)

    def passes(self, seconds: float, *, come: bool, after: float = 2.0) -> None:
        """Time goes by; canaries come out ``after`` so many seconds, or never."""
        for _ in range(round(seconds / 2)):
            self.now += 2
            before = len(self.sent)
            self.sender.look()
            if come and len(self.sent) > before:
                self.now += after
                self.sender.came(CanaryCame(self.sent[-1].captured_at))

    def troubles(self) -> dict[str, str]:
        return self.readiness.body(self.now, {})[1]["troubles"]  # type: ignore[no-any-return]

    def metric(self, name: str) -> float:
        ((_, value),) = self.exporter.values(name)
        return value


@pytest.fixture
def stores() -> Iterator[Stores]:
    with Stores(parse_site(SITE, name="site.yaml").cameras) as stores:
        yield stores


@pytest.fixture
def line(stores: Stores) -> Iterator[Line]:
    line = Line(stores)
    line.sender.begin(ModelsReady(SIGHT, SOUND, "cpu"))
    yield line
    line.sender.close()


def test_picture_and_sound_lie_where_the_encoder_reads(line: Line) -> None:
    incident = line.sender.send()
    frame, heard = line.sent
    assert isinstance(frame, FrameReady)
    assert isinstance(heard, SoundReady)
    assert frame.camera == heard.camera == CAMERA
    assert frame.captured_at == heard.captured_at
    assert incident == canary_id(frame.captured_at)

    def read(modality: Modality, message: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        ref = line.stores.canary[modality]
        assert ref.fd in line.stores.of_encoder()
        with SlotStore(ref.fd, **{k: getattr(ref, k) for k in ("slots", "slot_bytes")}) as store:
            return store.read(message.slot, message.generation, shape, dtype)

    shape = (frame.height, frame.width, 3)
    assert np.array_equal(read(Modality.VIDEO, frame, shape, np.uint8), picture((32, 48)))
    told = read(Modality.AUDIO, heard, (heard.bands, heard.columns), np.float32)
    assert np.array_equal(told, RollingMel(FRONT).whole(sound(FRONT.window)))


def test_a_site_without_ears_is_sent_no_sound() -> None:
    silent = SITE.replace(", audio: score", "")
    with Stores(parse_site(silent, name="site.yaml").cameras) as stores:
        line = Line(stores)
        line.sender.begin(ModelsReady(SIGHT, None, "cpu"))
        line.sender.send()
        assert [type(message) for message in line.sent] == [FrameReady]
        line.sender.close()


def test_the_first_goes_soon_and_one_an_hour_after_it(line: Line) -> None:
    line.passes(FIRST_S, come=True)
    assert len(line.sent) == 2, "a picture and a sound"
    line.passes(3 * HOUR, come=True)
    assert len({message.captured_at for message in line.sent}) == 4
    assert line.told == []
    assert line.metric("hearsight_canary_duration_seconds") == pytest.approx(2.0)
    newest = line.metric("hearsight_canary_timestamp_seconds")
    assert newest == line.sent[-1].captured_at


def test_none_for_two_hours_is_an_alarm_until_one_comes(line: Line) -> None:
    line.passes(FIRST_S, come=True)
    line.passes(2 * HOUR, come=False)
    assert line.troubles() == {}, "the second one is still on its way"
    line.passes(120, come=False)
    assert "no test of the way" in line.troubles()["canary"]
    (alarm,) = line.told
    assert (alarm.kind, alarm.standing) == ("canary_missing", True)
    line.passes(HOUR, come=False)
    assert len(line.told) == 1, "it is told once"
    line.passes(HOUR, come=True)
    assert line.troubles() == {}
    assert line.told[-1].kind == "canary_works"


def test_an_alarm_fails_no_site_whose_cameras_are_seen(line: Line) -> None:
    line.passes(3 * HOUR, come=False)
    line.readiness.camera(CameraState("yard", "online", "", True, True, 0.0))
    line.readiness.sampled("yard", line.now)
    ready, body = line.readiness.body(line.now, {"judge": True})
    assert ready
    assert "canary" in body["troubles"]


def test_one_that_comes_out_wrong_is_told_at_once_and_an_older_right_one_changes_nothing(
    line: Line,
) -> None:
    line.sender.send()
    older = line.sent[-1].captured_at
    line.now += 60
    line.sender.send()
    line.sender.came(CanaryCame(line.sent[-1].captured_at, "cosine 0.31"))
    assert line.troubles() == {"canary": "cosine 0.31"}
    line.sender.came(CanaryCame(older))
    assert line.troubles() == {"canary": "cosine 0.31"}
    line.passes(HOUR, come=True)
    assert line.troubles() == {}


def test_what_an_earlier_life_sent_proves_nothing_now(line: Line) -> None:
    for _ in range(4000):
        line.now += 2
        line.sender.look()
        line.sender.came(CanaryCame(7.0))
    assert "canary" in line.troubles()
    assert line.metric("hearsight_canary_timestamp_seconds") == 0


def test_zero_means_never_but_when_asked(stores: Stores) -> None:
    line = Line(stores, every_s=0.0)
    with pytest.raises(CanaryNotReady, match="being loaded"):
        line.sender.send()
    line.sender.begin(ModelsReady(SIGHT, SOUND, "cpu"))
    line.passes(3 * HOUR, come=False)
    assert (line.sent, line.told) == ([], [])
    line.sender.send()
    assert len(line.sent) == 2
    line.sender.close()


def test_two_at_one_moment_have_different_names(line: Line) -> None:
    assert len({line.sender.send() for _ in range(5)}) == 5
