"""What processes say goes on by its type; what one's end means is told to whom it concerns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from structlog.testing import capture_logs

from pipeline.canary.sender import CanarySender
from pipeline.config import parse_site
from pipeline.errors import ModelsUnusable
from pipeline.first_messages import FirstMessages
from pipeline.inference_watch import InferenceWatch
from pipeline.live_pictures import LivePictures
from pipeline.logs import MASK, SecretMasker
from pipeline.messages import (
    AnyMessage,
    CameraState,
    CutMedia,
    Embedded,
    Followed,
    FollowSite,
    FrameReady,
    HealthEvent,
    Heartbeat,
    MediaReady,
    ModelInfo,
    ModelsReady,
    NothingHappened,
    Outboxed,
    Ready,
    Sample,
    SampleRate,
    ScoreLine,
    Seam,
    SoundReady,
    Stop,
    Vitals,
)
from pipeline.metrics import Exporter
from pipeline.news import News
from pipeline.overview import Overview
from pipeline.processes import Processes
from pipeline.readiness import Readiness
from pipeline.records import WHOLE_VIEW, Embedding, Modality, Quiet, Severity
from pipeline.sampling_desk import SamplingDesk
from pipeline.stores import Stores
from pipeline.switchboard import Switchboard
from pipeline.text_requests import TextRequests, TextsNotEmbedded
from tests.pipeline.fakes.process import FakeChild
from tests.pipeline.stage import SITE

SIGHT = ModelInfo("clip@1", 2, 10.0, (8, 8), 0.0, "", "", [])
MODELS = ModelsReady(SIGHT, None, "cuda")
EVENT = HealthEvent("yard", "camera_dark", "it is dark", 1e9, "yard dark", True)
EMBEDDING = Embedding("yard", WHOLE_VIEW, Modality.VIDEO, "clip@1", 1, 0, 1e9, np.ones(2))


class Severe:
    def severity(self, camera: str, modality: Modality) -> Severity | None:
        return Severity.WARNING


class Exchange:
    """A switchboard between processes that are not real, and all that it does."""

    def __init__(self) -> None:
        site = parse_site(SITE, name="site.yaml", environ={})
        stores = Stores(site.cameras)
        self.site = site
        self.diary: list[str] = []
        self.observed: list[AnyMessage] = []
        self.fatal: list[BaseException] = []
        self.exporter = Exporter()
        self.readiness = Readiness(site.cameras)
        self.processes = Processes(
            FirstMessages(site, stores),
            stores,
            hire=lambda spec: FakeChild(spec, self.diary),  # type: ignore[arg-type, return-value]
            dismissed=lambda _name: None,
            defect=self.fatal.append,
        )
        to_encoder = self.processes.to_encoder
        news = News(
            self.processes,
            self.readiness,
            self.exporter,
            observe=self.observed.append,
            moved=lambda: None,
        )
        self.texts = TextRequests(to_encoder)
        self.rates: list[SampleRate] = []
        self.sampling = SamplingDesk(site, Severe(), self.exporter, self.rates.append, news.own)
        self.board = Switchboard(
            processes=self.processes,
            readiness=self.readiness,
            news=news,
            exporter=self.exporter,
            overview=Overview(self.exporter),
            live=LivePictures({}, lambda _camera: None, self.readiness.online),
            canary=CanarySender(0.0, {}, to_encoder, news.own, self.exporter),
            texts=self.texts,
            sampling=self.sampling,
            inference=InferenceWatch(news.own),
            mask=SecretMasker(["hunter2"]).mask,
            give_up=self.fatal.append,
        )

    def child(self, name: str) -> FakeChild:
        (found,) = [child for child in self.processes.all if child.spec.name == name]
        return found  # type: ignore[return-value]

    def says(self, name: str, message: AnyMessage) -> None:
        self.board.message(self.child(name), message)  # type: ignore[arg-type]

    def ends(self, name: str, reason: str) -> None:
        self.board.exited(self.child(name), reason)  # type: ignore[arg-type]

    def heard(self) -> dict[str, list[str]]:
        """By process, what was passed on to it; of those that were told anything."""
        children = {child.spec.name: child for child in self.processes.all}
        return {name: child.kinds() for name, child in children.items() if child.sent}  # type: ignore[attr-defined]

    def fresh(self) -> list[str]:
        """The cameras that were heard of."""
        cameras = self.readiness.body(time.monotonic(), {})[1]["cameras"]
        return [name for name, camera in cameras.items() if camera["fresh"]]

    def events(self) -> list[tuple[str, str]]:
        """Kind and detail of what the stream of health was told."""
        told = self.child("publisher").sent
        return [(event.kind, event.detail) for event in told if isinstance(event, HealthEvent)]

    def counted(self, name: str, **labels: str) -> float | None:
        return self.exporter.registry.get_sample_value(f"hearsight_{name}", labels)

    def play(self, scene: Callable[[], Awaitable[None]], *, models: bool = True) -> None:
        async def play() -> None:
            starting = asyncio.create_task(self.processes.start(self.site))
            await asyncio.sleep(0)
            if models:
                self.says("encoder", MODELS)
                await starting
                self.processes.deliver(None)
            else:
                self.processes.without_models()
                await starting
            self.observed.clear()
            await scene()
            await self.processes.stop()

        asyncio.run(play())
        assert not self.fatal or not models


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


# --- what is said --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speaker", "message", "hearer"),
    [
        ("worker-0", FrameReady("yard", WHOLE_VIEW, 0, 2, 8, 8, 1, 1e9), "encoder"),
        ("worker-1", SoundReady("gate", 0, 2, 8, 8, 1, 1, 1e9), "encoder"),
        (
            "worker-0",
            NothingHappened(Quiet("yard", WHOLE_VIEW, Modality.VIDEO, 1, 2, 1e9)),
            "judge",
        ),
        ("encoder", Embedded(EMBEDDING), "judge"),
        ("worker-0", MediaReady("a1", "yard", None, None), "judge"),
        ("worker-0", Vitals("yard", 1, 1e9), "judge"),
        ("worker-0", Seam("yard", 1), "judge"),
        ("judge", Outboxed(), "publisher"),
        ("judge", ScoreLine("yard", "fire", 1e9, 1, 0.5, 1.0, 1.0, {}, []), "publisher"),
        ("judge", EVENT, "publisher"),
        ("judge", CutMedia("a1", "gate", 1), "worker-1"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_each_message_goes_where_it_belongs(
    exchange: Exchange, speaker: str, message: AnyMessage, hearer: str
) -> None:
    async def scene() -> None:
        exchange.says(speaker, message)
        assert exchange.heard() == {hearer: [type(message).__name__]}
        assert exchange.child(hearer).sent == [message]

    exchange.play(scene)
    told = isinstance(message, Outboxed | ScoreLine | HealthEvent)
    assert exchange.observed == ([message] if told else [])


def test_a_camera_is_fresh_by_what_is_seen_of_it_be_it_nothing(exchange: Exchange) -> None:
    async def scene() -> None:
        exchange.says("worker-0", FrameReady("yard", WHOLE_VIEW, 0, 2, 8, 8, 1, 1e9))
        quiet = Quiet("gate", WHOLE_VIEW, Modality.VIDEO, 1, 2, 1e9)
        assert exchange.fresh() == ["yard"]
        exchange.says("worker-1", NothingHappened(quiet))
        assert exchange.fresh() == ["yard", "gate"]

    exchange.play(scene)


def test_a_trouble_that_a_process_tells_of_stands_until_that_process_is_replaced(
    exchange: Exchange,
) -> None:
    async def scene() -> None:
        exchange.says("publisher", EVENT)
        assert exchange.heard() == {}, "it knows"
        assert exchange.observed == [EVENT]
        assert exchange.readiness.body(0.0, {})[1]["troubles"] == {"yard dark": "it is dark"}
        exchange.ends("publisher", "exited with status 1")
        assert exchange.readiness.body(0.0, {})[1]["troubles"] == {}

    exchange.play(scene)


@pytest.mark.promise("security 12")
def test_what_is_said_in_words_is_passed_on_without_the_secret(exchange: Exchange) -> None:
    address = "cannot open rtsp://ann:hunter2@yard"
    masked = address.replace("hunter2", MASK)

    async def scene() -> None:
        exchange.says("worker-0", CameraState("yard", "offline", address, False, False, 1e9))
        exchange.says("worker-0", HealthEvent("yard", "camera_dark", address, 1e9, "yard", True))
        exchange.ends("worker-0", address)
        assert exchange.events() == [
            ("camera_offline", masked),
            ("camera_dark", masked),
            ("camera_offline", f"ingest replaced: {masked}"),
            ("worker-0_replaced", masked),
        ]
        assert "hunter2" not in str([*exchange.observed, *exchange.child("judge").sent])

    exchange.play(scene)


def test_a_judge_that_follows_or_is_new_ends_the_wait_for_it(exchange: Exchange) -> None:
    async def scene() -> None:
        for speaker, message in (("judge", Followed()), ("judge", Ready())):
            following = asyncio.create_task(
                exchange.processes.judge_follows(FollowSite(b"another site", None, None))
            )
            await asyncio.sleep(0)
            exchange.says("worker-0", Ready())
            await asyncio.sleep(0.02)
            assert not following.done()
            exchange.says(speaker, message)
            await asyncio.wait_for(following, 5.0)

    exchange.play(scene)


def test_what_belongs_nowhere_is_a_defect_and_is_told(exchange: Exchange) -> None:
    async def scene() -> None:
        with capture_logs() as said:
            exchange.says("worker-0", Stop())
        assert exchange.heard() == {}
        assert [(line["event"], line["child"], line["type"]) for line in said] == [
            ("unexpected message", "worker-0", "Stop")
        ]

    exchange.play(scene)


def test_what_processes_count_and_what_did_not_reach_them_is_in_the_metrics(
    exchange: Exchange,
) -> None:
    async def scene() -> None:
        load = Sample("hearsight_load", {"stage": "judge"}, 0.5)
        judge = exchange.child("judge")
        exchange.board.heartbeat(judge, Heartbeat(1, [load]))  # type: ignore[arg-type]
        exchange.board.dropped(judge, "queue_full")  # type: ignore[arg-type]

    exchange.play(scene)
    assert exchange.counted("load", stage="judge") == 0.5
    assert exchange.counted("dropped_total", stage="to_judge", reason="queue_full") == 1


# --- who ends ------------------------------------------------------------------------------------


def test_models_that_cannot_be_loaded_end_the_site_and_are_not_tried_again(
    exchange: Exchange,
) -> None:
    async def scene() -> None:
        exchange.ends("encoder", "no model at https://ann:hunter2@models")
        assert "encoder retires" in exchange.diary

    exchange.play(scene, models=False)
    (reason,) = exchange.fatal
    assert isinstance(reason, ModelsUnusable)
    assert str(reason) == f"the models cannot be loaded: no model at https://ann:{MASK}@models"
    assert exchange.counted("process_restarts_total", process="encoder") is None


def test_the_cameras_of_a_worker_that_ended_are_away_and_others_are_not(
    exchange: Exchange,
) -> None:
    async def scene() -> None:
        for name, camera in (("worker-0", "yard"), ("worker-1", "gate")):
            exchange.says(name, CameraState(camera, "online", "", True, False, 1e9))
        exchange.ends("worker-0", "killed by signal 9")

    exchange.play(scene)
    yard, gate = (exchange.readiness.state(camera) for camera in ("yard", "gate"))
    assert yard is not None
    assert (yard.state, yard.detail) == ("offline", "ingest replaced: killed by signal 9")
    assert gate is not None
    assert gate.state == "online"
    assert exchange.events()[-1] == ("worker-0_replaced", "killed by signal 9")
    assert exchange.counted("process_restarts_total", process="worker-0") == 1
    assert "encoder retires" not in exchange.diary


def test_a_film_that_was_over_stays_so(exchange: Exchange) -> None:
    async def scene() -> None:
        exchange.says("worker-0", CameraState("yard", "ended", "", True, False, 1e9))
        exchange.ends("worker-0", "exited with status 0")

    exchange.play(scene)
    state = exchange.readiness.state("yard")
    assert state is not None
    assert state.state == "ended"


def test_whoever_waits_for_an_encoder_that_ended_is_told(exchange: Exchange) -> None:
    async def scene() -> None:
        asking = asyncio.create_task(exchange.texts.embed(Modality.VIDEO, ["a dog"]))
        await asyncio.sleep(0)
        exchange.exporter.set("hearsight_load", 1.0, stage="encoder_video")
        exchange.ends("encoder", "killed by signal 9")
        with pytest.raises(TextsNotEmbedded, match="being replaced"):
            await asking
        # A load of a process that is gone is none.
        assert exchange.counted("load", stage="encoder_video") == 0
        assert exchange.events() == [("no_inference", "killed by signal 9")]
        exchange.says("encoder", MODELS)
        assert exchange.events()[-1] == ("inference_works", "on cuda")

    exchange.play(scene)
    assert exchange.diary.count("judge is told") == 1, "it goes on"
