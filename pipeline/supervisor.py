"""The supervisor: owns the other processes' lives, the shared memory and the health endpoint.

It passes small messages on by their type and looks at no pixel; it imports no deep-learning
library, so that it starts at once and survives what a model or a decoder does.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import structlog
from msgspec.structs import replace

from pipeline import data_dir, inference_watch
from pipeline.armed_rules import ArmedRules
from pipeline.canary.sender import CanarySender
from pipeline.children import Child, ChildSpec
from pipeline.config import Site, secrets_of
from pipeline.crew import Crew
from pipeline.errors import ModelsUnusable
from pipeline.first_messages import SOUND_HOP_S, FirstMessages
from pipeline.inference_watch import InferenceWatch
from pipeline.live_pictures import LivePictures
from pipeline.logs import SecretMasker, follow_log
from pipeline.messages import (
    AnyMessage,
    CameraState,
    CanaryCame,
    CutMedia,
    Embedded,
    Followed,
    FollowSite,
    FrameReady,
    HealthEvent,
    Heartbeat,
    LivePicture,
    MediaReady,
    ModelsReady,
    NothingHappened,
    Outboxed,
    Ready,
    SampleRate,
    ScoreLine,
    Seam,
    SoundReady,
    TextsEmbedded,
    Vitals,
    Watch,
)
from pipeline.metrics import Exporter
from pipeline.overview import Overview, site_view
from pipeline.process import Sweep
from pipeline.readiness import Readiness
from pipeline.rehearse.asked import FOLDER as REHEARSALS
from pipeline.rehearse.desk import RehearsalDesk
from pipeline.reload_desk import ReloadDesk
from pipeline.rounds import Rounds
from pipeline.rule_desk import RuleDesk
from pipeline.rule_follower import RuleFollower
from pipeline.sampling_desk import SamplingDesk
from pipeline.search_desk import SearchDesk
from pipeline.site_change import SiteChange
from pipeline.sockets import address_of, health_socket
from pipeline.state_log import StateLog
from pipeline.stores import Stores
from pipeline.text_requests import TextRequests
from pipeline.wall_clock import WallClock
from pipeline.watchdog import Watchdog

if TYPE_CHECKING:
    from pipeline.own_redis import RedisKeeper

log = structlog.get_logger()

#: All wait for the models: until they are loaded, for so long at most (seconds), nothing but the
#: encoder and the workers takes the processor.
_HEAD_START_S = 2.0
#: So long is waited for a judge to follow another site file; what is embedded waits in its queue.
_FOLLOW_S = 15.0


class Supervisor:
    """Runs one site.

    Args:
        site: the validated site file.
        on_event: called with every message that tells an observer something (camera states, score
            lines, health events), for live displays.
        path: its file, to be read anew when asked.
    """

    def __init__(
        self,
        site: Site,
        *,
        on_event: Callable[[AnyMessage], None] | None = None,
        path: Path | None = None,
    ) -> None:
        self._site = site
        #: What processes say in words goes to health pages and streams, not only to the log.
        self._secrets = list(secrets_of(site))
        self._masker = follow_log(SecretMasker(self._secrets))
        self._on_event = on_event or (lambda _message: None)
        self._exporter = Exporter()
        self._models: ModelsReady | None = None
        self._readiness = Readiness(site.cameras)
        self._state_log = StateLog()
        began_at = psutil.Process().create_time()
        self._overview = Overview(self._exporter, began_at=began_at)
        self._stores = Stores(site.cameras)
        self._first = FirstMessages(site, self._stores)
        self._live = LivePictures(self._stores.lives, self._watch, self._online)
        self._wall_clock = WallClock(self._own_health, self._exporter)
        self._canary = CanarySender(
            # Without a sink there is no way to prove.
            site.canary if site.sinks else 0.0,
            self._stores.canary,
            self._to_encoder,
            self._own_health,
            self._exporter,
        )
        self._texts = TextRequests(self._to_encoder)
        self._search = SearchDesk(
            site, self._texts, lambda: self._models if self._encoder.alive else None
        )
        self._rules = RuleDesk(site)
        self._follower = RuleFollower(
            self._rules, self._first, self._texts, lambda: self._models, self._judge_anew
        )
        self._rehearsals = RehearsalDesk(site.state_dir / REHEARSALS, self._follower.embedded)
        self._armed = ArmedRules(
            site.state_dir / "learning.sqlite3", lambda: self._rules.in_force.site
        )
        self._sampling = SamplingDesk(
            site, self._armed, self._exporter, self._to_worker, self._own_health
        )
        #: Where batches find company: what workers say waits for others of the same moment, which
        #: wakes everybody behind less often, too. What comes back passes at once.
        self._rounds = Rounds(site.models.deadline)
        self._crew = Crew(
            self._first,
            self._stores,
            lambda: self._models,
            hire=self._child,
            launch=self._launch,
            dismissed=self._dismissed,
        )
        change = SiteChange(
            first=self._first,
            stores=self._stores,
            crew=self._crew,
            rules=self._follower,
            readiness=self._readiness,
            sampling=self._sampling,
            search=self._search,
            live=self._live,
            exporter=self._exporter,
            became=self._became,
            to_encoder=self._to_encoder,
            judged=self._judge_follows,
            connect_anew=self._connect_anew,
        )
        self._reload = ReloadDesk(path, site, change, self._own_health)
        self._children: list[Child] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._inference = InferenceWatch(self._own_health)
        self._fatal: BaseException | None = None
        self._wake = asyncio.Event()
        #: The models are known, or never will be.
        self._loaded = asyncio.Event()
        #: The judge judges the site that it was told of last.
        self._followed = asyncio.Event()
        self._stop_asked = False
        self._own_redis: RedisKeeper | None = None
        self.redis_url: str | None = None
        self.health_address = ""

    # --- life ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Run the site until asked to stop, or until every file camera has ended.

        Raises:
            SiteInUse, DataDirUnusable, PortTaken, OverridesError: nothing was started.
            SocketUnusable, EmbeddedRedisError, NoRedisServer: nothing goes on running.
            ModelsUnusable: the encoder cannot work.
        """
        state = self._site.state_dir
        watchdog = Watchdog.of(os.environ)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.ask_to_stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload.ask)
        async with AsyncExitStack() as stack:
            stack.callback(data_dir.hold(state).close)
            data_dir.prepare(state)
            self._follower.open()
            stack.push_async_callback(self._follower.close)
            sock = stack.enter_context(
                health_socket(self._site.health.host, self._site.health.port)
            )
            self.health_address = address_of(sock)
            # Opened once the slowest process is on its way, closed after all that use it.
            redis = stack.enter_context(ExitStack())
            stack.enter_context(self._stores)
            stack.callback(self._live.close)
            stack.callback(self._canary.close)
            stack.callback(self._rounds.close)
            stack.push_async_callback(self._stop_children)
            self._start_children()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._loaded.wait(), _HEAD_START_S)
            self._launch(self._judge)
            self.redis_url = self._open_redis(redis)
            self._launch(self._publisher)
            # Its web framework takes as long to load as all the rest here.
            from pipeline.doors import open_doors

            await open_doors(
                stack,
                self._site,
                sock,
                readiness=self.readiness,
                registry=self._exporter.registry,
                live=self._live,
                views=(self.site_view, self.state_view),
                canary=self._canary,
                search=self._search,
                rules=self._rules,
                rehearsals=self._rehearsals,
                reload=self._reload,
            )
            stack.push_async_callback(self._rehearsals.close)
            stack.push_async_callback(self._reload.close)
            stack.callback(watchdog.stopping)
            watchdog.ready()
            log.info("site started", site=self._site.site, health=self.health_address)
            log.info(
                "loading the models: their first start takes longest",
                sight=self._site.models.sight,
                sound=self._site.models.sound,
            )
            await self._until_done(watchdog)
        if self._fatal is not None:
            raise self._fatal

    def ask_to_stop(self) -> None:
        """Ask `run` to finish: alerts are delivered first, for at most ten seconds."""
        self._stop_asked = True
        self._wake.set()

    def _open_redis(self, stack: ExitStack) -> str | None:
        if not any(sink.type == "redis" for sink in self._site.sinks):
            return None
        if self._site.redis.url is not None:
            url: str = self._site.redis.url.get_secret_value()
            return url
        from pipeline.own_redis import RedisKeeper
        from sinks.embedded_redis import EmbeddedRedis

        # From this thread: the server dies with the thread that started it.
        server = EmbeddedRedis(self._site.state_dir / "redis")
        server.start()
        stack.callback(server.stop)
        self._own_redis = RedisKeeper(server, lambda: self._restarted("redis"))
        return server.url

    def _start_children(self) -> None:
        self._encoder = self._child(
            ChildSpec(
                "encoder",
                "pipeline.encoder",
                self._first.encoder,
                fds=self._stores.of_encoder,
                heartbeat_timeout_s=inference_watch.SILENCE_S,
                # A small box embeds the ordinary scenes of a full-size model once, for minutes.
                start_timeout_s=1800.0,
                most_restarts=inference_watch.RESTARTS,
            )
        )
        self._publisher = self._child(
            ChildSpec(
                "publisher",
                "pipeline.publisher",
                lambda: self._first.publisher(self.redis_url),
                heartbeat_timeout_s=30.0,
            )
        )
        self._judge = self._child(
            ChildSpec(
                "judge",
                "pipeline.judge",
                lambda: self._models and self._first.judge(self._models),
                queue_bound=4096,
            )
        )
        self._crew.gather(self._site)
        # What needs to know the models loads its libraries meanwhile.
        for child in (self._encoder, *self._crew.workers):
            self._launch(child)

    def _child(self, spec: ChildSpec) -> Child:
        child = Child(
            dataclasses.replace(spec, secrets=self._secrets),
            on_message=self._route,
            on_heartbeat=self._heartbeat,
            on_drop=self._dropped,
            on_exit=self._exited,
            rounds=self._rounds if spec.in_rounds else None,
        )
        self._children.append(child)
        return child

    def _to_encoder(self, message: AnyMessage) -> None:
        self._encoder.send(message)

    def _to_worker(self, message: SampleRate) -> None:
        self._crew.send(message.camera, message)

    async def _judge_anew(self, models: ModelsReady) -> None:
        self._models = models
        await self._judge.renew("rules changed", timeout_s=5.0)
        await self._connect_anew(self._first.to_be_heard(), "a rule listens")

    async def _judge_follows(self, message: FollowSite) -> None:
        self._followed.clear()
        self._judge.send(message)
        # One that is replaced instead is told of the new site at its start.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._followed.wait(), _FOLLOW_S)

    async def _connect_anew(self, cameras: list[str], reason: str) -> None:
        """Tell the workers of cameras more: what nobody listened to is not even fetched."""
        workers = (self._crew.of(camera) for camera in cameras)
        for worker in dict.fromkeys(worker for worker in workers if worker is not None):
            self._sampling.worker_lost(self._crew.cameras_of(worker))
            await worker.renew(reason, timeout_s=3.0)

    def _dismissed(self, worker: Child) -> None:
        self._children.remove(worker)
        self._overview.forget(worker.spec.name)

    def _became(self, site: Site, models: ModelsReady) -> None:
        self._site, self._models = site, models
        # In place: processes that are started again look into it.
        self._secrets[:] = secrets_of(site)

    def _launch(self, child: Child) -> None:
        task = asyncio.create_task(child.keep_running(), name=child.spec.name)
        task.add_done_callback(self._task_done)
        self._tasks.append(task)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        with contextlib.suppress(ValueError):
            self._tasks.remove(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        self._fatal = self._fatal or error
        self._loaded.set()
        self.ask_to_stop()

    async def _until_done(self, watchdog: Watchdog) -> None:
        due, sweep = 0.0, Sweep()
        while not self._stop_asked and not self._readiness.all_ended():
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), timeout=1.0)
            # By the clock: cameras that flap wake this loop all the time.
            if (now := time.monotonic()) >= due:
                due = now + 1.0
                self._overview.tick(self._children)
                self._state_log.look(now)
                self._wall_clock.look()
                self._follower.look()
                self._canary.look()
                self._armed.look(now)
                sweep.look(now)
                self._sampling.look([c for c in self._crew.cameras if self._online(c)])
                if self._own_redis is not None:
                    self._own_redis.look(now)
                watchdog.progressed()
        if self._readiness.all_ended():
            # The last windows are still on their way to the judge.
            await asyncio.sleep(self._site.window.lateness + 1.0)

    async def _stop_children(self) -> None:
        """Stop in the order of the data, so that what is under way still arrives."""
        await asyncio.gather(*(worker.stop(timeout_s=3.0) for worker in self._crew.workers))
        await self._encoder.stop(timeout_s=3.0)
        await self._judge.stop(timeout_s=5.0)
        await self._publisher.stop(timeout_s=9.0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- messages -----------------------------------------------------------------------------

    def _route(self, child: Child, message: AnyMessage) -> None:
        if isinstance(message, CameraState | HealthEvent):
            message = replace(message, detail=self._masker.mask(message.detail))
        self._overview.passed(message)
        match message:
            case FrameReady() | SoundReady():
                self._readiness.sampled(message.camera, time.monotonic())
                self._encoder.send(message)
            case NothingHappened():
                self._readiness.sampled(message.quiet.camera, time.monotonic())
                self._judge.send(message)
            case Embedded() | MediaReady() | Vitals() | Seam():
                self._judge.send(message)
            case Outboxed() | ScoreLine() | HealthEvent():
                if isinstance(message, HealthEvent):
                    self._readiness.event(child.spec.name, message)
                if child is not self._publisher:
                    self._publisher.send(message)
                self._on_event(message)
            case CutMedia():
                self._crew.send(message.camera, message)
            case LivePicture():
                self._live.took(message)
            case CanaryCame():
                self._canary.came(message)
            case CameraState():
                self._camera_state(message)
            case TextsEmbedded():
                self._texts.answered(message)
            case ModelsReady():
                self._models_ready(message)
            case Followed():
                self._followed.set()
            case Ready():
                if child is self._judge:
                    self._followed.set()
                log.debug("process ready", child=child.spec.name)
            case _:
                log.error("unexpected message", child=child.spec.name, type=type(message).__name__)

    def _models_ready(self, message: ModelsReady) -> None:
        first = self._models is None
        self._models = message
        self._on_event(message)
        self._inference.ready(message.device)
        if first:
            ids = [info.model_id for info in (message.sight, message.sound) if info]
            log.info("models ready", models=ids, device=message.device)
            for child in (*self._crew.workers, self._judge):
                child.tell()
            self._loaded.set()
            self._canary.begin(message)
            if message.sound is not None:
                self._sampling.hears(message.sound.window_s, SOUND_HOP_S)

    def _camera_state(self, message: CameraState) -> None:
        if message.camera not in self._site.cameras:
            return  # the last word of one that has left
        before = self._readiness.state(message.camera)
        self._readiness.camera(message)
        up = message.state == "online"
        gauge = {"camera": message.camera}
        self._exporter.set("hearsight_camera_up", float(up), **gauge)
        self._judge.send(message)
        self._on_event(message)
        if before is None or (before.state, before.detail) != (message.state, message.detail):
            self._state_log.changed(message, time.monotonic())
            self._publisher.send(
                HealthEvent(message.camera, f"camera_{message.state}", message.detail, message.at)
            )
        self._wake.set()

    def _own_health(self, event: HealthEvent) -> None:
        self._readiness.event("supervisor", event)
        self._publisher.send(event)
        self._on_event(event)

    def _heartbeat(self, _child: Child, message: Heartbeat) -> None:
        self._exporter.apply(message.metrics)

    def _dropped(self, child: Child, reason: str) -> None:
        self._exporter.count(
            "hearsight_dropped_total", stage=f"to_{child.spec.name}", reason=reason
        )

    def _exited(self, child: Child, reason: str) -> None:
        name = child.spec.name
        # The last words of a process may quote an address.
        reason = self._masker.mask(reason)
        if child is self._encoder and self._models is None:
            # Another try would say the same.
            child.retire()
            self._give_up(ModelsUnusable(f"the models cannot be loaded: {reason}"))
            return
        log.error("process ended and is replaced", child=name, reason=reason)
        self._restarted(name)
        self._readiness.forget(name)
        now = time.time()
        cameras = self._crew.cameras_of(child)
        self._sampling.worker_lost(cameras)
        for camera in cameras:
            if (old := self._readiness.state(camera)) is None or old.state != "ended":
                self._camera_state(
                    CameraState(camera, "offline", f"ingest replaced: {reason}", False, False, now)
                )
        if child is self._encoder:
            self._texts.lost()
            self._sampling.encoder_lost()
            self._inference.ended(reason, child.waits_s)
        else:
            self._publisher.send(HealthEvent(None, f"{name}_replaced", reason, now))

    def _restarted(self, process: str) -> None:
        self._exporter.count("hearsight_process_restarts_total", process=process)

    # --- for people ---------------------------------------------------------------------------

    def _watch(self, camera: str) -> None:
        self._crew.send(camera, Watch(camera))

    def _online(self, camera: str) -> bool:
        state = self._readiness.state(camera)
        return state is not None and state.state == "online"

    def site_view(self) -> dict[str, Any]:
        """What the site is, see `pipeline.overview`."""
        return site_view(self._rules.in_force.site, self._models)

    def state_view(self) -> dict[str, Any]:
        """How the site is now, see `pipeline.overview`."""
        told = self._overview.state(self.readiness()[1], self._children, self._models)
        # Another number: the site's rules are others, see `site_view`.
        revision = self._rules.revision_in_force
        return {**told, "rules_revision": revision, "sampling": self._sampling.view()}

    def pids(self) -> dict[str, int]:
        """Process ids by name, of those that run."""
        return {c.spec.name: c.pid for c in self._children if c.pid is not None}

    def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Whether the site can do its work, and the details that ``/readiness`` shows."""
        processes = {
            "models": self._models is not None and self._encoder.alive,
            "judge": self._models is not None and self._judge.alive,
            "publisher": self._publisher.alive,
        }
        return self._readiness.body(time.monotonic(), processes)
