"""The supervisor: puts a site together, keeps it going until it is told to stop, and ends it.

What it keeps running is `pipeline.processes`; where messages go, `pipeline.switchboard`; what is
told of the site, `pipeline.news` and `pipeline.views`. It looks at no pixel and imports no
deep-learning library, so that it starts at once and survives what a model or a decoder does.
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

from pipeline import data_dir
from pipeline.armed_rules import ArmedRules
from pipeline.canary.sender import CanarySender
from pipeline.children import Child, ChildSpec
from pipeline.config import Site, secrets_of
from pipeline.decoding_devices import needs_no_device
from pipeline.first_messages import FirstMessages
from pipeline.inference_watch import InferenceWatch
from pipeline.live_pictures import LivePictures
from pipeline.logs import SecretMasker, follow_log
from pipeline.messages import AnyMessage, ModelsReady, SampleRate, Watch
from pipeline.metrics import Exporter
from pipeline.news import News
from pipeline.overview import Overview
from pipeline.process import Sweep
from pipeline.processes import Processes
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
from pipeline.stores import Stores
from pipeline.switchboard import Switchboard
from pipeline.text_requests import TextRequests
from pipeline.views import Views
from pipeline.wall_clock import WallClock
from pipeline.watchdog import Watchdog

if TYPE_CHECKING:
    from pipeline.own_redis import RedisKeeper

log = structlog.get_logger()


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
        self._secrets = list(secrets_of(site))
        masker = follow_log(SecretMasker(self._secrets))
        self._fatal: BaseException | None = None
        self._wake = asyncio.Event()
        self._stop_asked = False
        self._own_redis: RedisKeeper | None = None
        self.health_address = ""
        self._exporter = Exporter()
        self._readiness = Readiness(site.cameras)
        began_at = psutil.Process().create_time()
        self._overview = Overview(self._exporter, began_at=began_at)
        self._stores = Stores(site.cameras)
        self._first = FirstMessages(site, self._stores)
        #: Where batches find company: what workers say waits for others of the same moment, which
        #: wakes everybody behind less often, too. What comes back passes at once.
        self._rounds = Rounds(site.models.deadline)
        self._processes = processes = Processes(
            self._first,
            self._stores,
            hire=self._child,
            dismissed=self._overview.forget,
            defect=self._give_up,
        )
        self._news = news = News(
            processes,
            self._readiness,
            self._exporter,
            observe=on_event or (lambda _message: None),
            moved=self._wake.set,
        )
        self._live = LivePictures(self._stores.lives, self._watch, self._readiness.online)
        self._wall_clock = WallClock(news.own, self._exporter)
        self._canary = CanarySender(
            # Without a sink there is no way to prove.
            site.canary if site.sinks else 0.0,
            self._stores.canary,
            processes.to_encoder,
            news.own,
            self._exporter,
        )
        texts = TextRequests(processes.to_encoder)
        self._search = SearchDesk(site, texts, lambda: processes.models_at_work)
        self._rules = RuleDesk(site)
        self._follower = RuleFollower(
            self._rules, self._first, texts, lambda: processes.models, self._judge_anew
        )
        self._rehearsals = RehearsalDesk(site.state_dir / REHEARSALS, self._follower.embedded)
        self._armed = ArmedRules(
            site.state_dir / "learning.sqlite3", lambda: self._rules.in_force.site
        )
        self._sampling = SamplingDesk(site, self._armed, self._exporter, self._sample, news.own)
        self._switchboard = Switchboard(
            processes=processes,
            readiness=self._readiness,
            news=news,
            exporter=self._exporter,
            overview=self._overview,
            live=self._live,
            canary=self._canary,
            texts=texts,
            sampling=self._sampling,
            inference=InferenceWatch(news.own),
            mask=masker.mask,
            give_up=self._give_up,
        )
        self._views = Views(processes, self._readiness, self._overview, self._rules, self._sampling)
        change = SiteChange(
            first=self._first,
            stores=self._stores,
            crew=processes.crew,
            rules=self._follower,
            readiness=self._readiness,
            sampling=self._sampling,
            search=self._search,
            live=self._live,
            exporter=self._exporter,
            became=self._became,
            to_encoder=processes.to_encoder,
            judged=processes.judge_follows,
            connect_anew=self._connect_anew,
        )
        self._reload = ReloadDesk(path, site, change, news.own)

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
            stack.push_async_callback(self._processes.stop)
            self._first.no_device = await needs_no_device(self._site.decoder, state)
            await self._processes.start(self._site)
            self._processes.deliver(self._open_redis(redis))
            # Its web framework takes as long to load as all the rest here.
            from pipeline.doors import open_doors

            await open_doors(
                stack,
                self._site,
                sock,
                views=self._views,
                registry=self._exporter.registry,
                live=self._live,
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
        self._own_redis = RedisKeeper(server, lambda: self._switchboard.restarted("redis"))
        return server.url

    def _child(self, spec: ChildSpec) -> Child:
        board = self._switchboard
        return Child(
            dataclasses.replace(spec, secrets=self._secrets),
            on_message=board.message,
            on_heartbeat=board.heartbeat,
            on_drop=board.dropped,
            on_exit=board.exited,
            rounds=self._rounds if spec.in_rounds else None,
        )

    def _give_up(self, error: BaseException) -> None:
        self._fatal = self._fatal or error
        self._processes.without_models()
        self.ask_to_stop()

    async def _until_done(self, watchdog: Watchdog) -> None:
        due, sweep, crew = 0.0, Sweep(), self._processes.crew
        while not self._stop_asked and not self._readiness.all_ended():
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), timeout=1.0)
            # By the clock: cameras that flap wake this loop all the time.
            if (now := time.monotonic()) >= due:
                due = now + 1.0
                self._overview.tick(self._processes.all)
                self._news.look(now)
                self._wall_clock.look()
                self._follower.look()
                self._canary.look()
                self._armed.look(now)
                sweep.look(now)
                self._sampling.look([c for c in crew.cameras if self._readiness.online(c)])
                if self._own_redis is not None:
                    self._own_redis.look(now)
                watchdog.progressed()
        if self._readiness.all_ended():
            # The last windows are still on their way to the judge.
            await asyncio.sleep(self._site.window.lateness + 1.0)

    # --- what parts of it ask of others -------------------------------------------------------

    def _watch(self, camera: str) -> None:
        self._processes.crew.send(camera, Watch(camera))

    def _sample(self, message: SampleRate) -> None:
        self._processes.crew.send(message.camera, message)

    async def _judge_anew(self, models: ModelsReady) -> None:
        await self._processes.judge_anew(models)
        await self._connect_anew(self._first.to_be_heard(), "a rule listens")

    async def _connect_anew(self, cameras: list[str], reason: str) -> None:
        """Tell the workers of cameras more: what nobody listened to is not even fetched."""
        crew = self._processes.crew
        workers = (crew.of(camera) for camera in cameras)
        for worker in dict.fromkeys(worker for worker in workers if worker is not None):
            self._sampling.worker_lost(crew.cameras_of(worker))
            await worker.renew(reason, timeout_s=3.0)

    def _became(self, site: Site, models: ModelsReady) -> None:
        self._site, self._processes.models = site, models
        # In place: processes that are started again look into it.
        self._secrets[:] = secrets_of(site)

    # --- for who runs it ----------------------------------------------------------------------

    @property
    def redis_url(self) -> str | None:
        """Where its alerts' Redis is, once that is open; None where no sink needs one."""
        return self._processes.redis_url

    def pids(self) -> dict[str, int]:
        """Process ids by name, of those that run."""
        return self._processes.pids()

    def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Whether the site can do its work, and the details that ``/readiness`` shows."""
        return self._views.readiness()
