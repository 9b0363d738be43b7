"""The processes of a site: started, told of what changes, ended in the order of the data."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from pipeline import inference_watch
from pipeline.children import Child, ChildSpec
from pipeline.config import Site
from pipeline.crew import Crew
from pipeline.first_messages import FirstMessages
from pipeline.messages import AnyMessage, FollowSite, ModelsReady
from pipeline.stores import Stores

#: All wait for the models: until they are loaded, for so long at most (seconds), nothing but the
#: encoder and the workers takes the processor.
_HEAD_START_S = 2.0
#: So long is waited for a judge to follow another site file; what is embedded waits in its queue.
_FOLLOW_S = 15.0


class Processes:
    """Encoder, judge, publisher, and the crew of workers. Belongs to the supervisor's event loop.

    Args:
        first: makes their first messages.
        stores: the shared memory.
        hire: makes a child of what it is to be.
        dismissed: told the name of a process that is no more, for good.
        defect: told what ended the keeping of a process that should go on.
    """

    #: There from `start` on, which hires them.
    encoder: Child
    judge: Child
    publisher: Child

    def __init__(
        self,
        first: FirstMessages,
        stores: Stores,
        *,
        hire: Callable[[ChildSpec], Child],
        dismissed: Callable[[str], None],
        defect: Callable[[BaseException], None],
    ) -> None:
        self._first = first
        self._stores = stores
        self._hire = hire
        self._dismissed = dismissed
        self._defect = defect
        #: What all are told of; None while they are loaded.
        self.models: ModelsReady | None = None
        #: Where the publisher finds the site's Redis, if it needs one.
        self.redis_url: str | None = None
        self.crew = Crew(
            first,
            stores,
            lambda: self.models,
            hire=self._take_on,
            launch=self._launch,
            dismissed=self._dismiss,
        )
        self._all: list[Child] = []
        self._tasks: list[asyncio.Task[None]] = []
        #: The models are known, or never will be.
        self._loaded = asyncio.Event()
        #: The judge judges the site that it was told of last.
        self._followed = asyncio.Event()

    # --- who there is -------------------------------------------------------------------------

    @property
    def all(self) -> list[Child]:
        """Every child, in the order in which they were hired."""
        return list(self._all)

    @property
    def models_at_work(self) -> ModelsReady | None:
        """The models, while an encoder is there that can be asked."""
        return self.models if self.encoder.alive else None

    def pids(self) -> dict[str, int]:
        """Process ids by name, of those that run."""
        return {child.spec.name: child.pid for child in self._all if child.pid is not None}

    def checks(self) -> dict[str, bool]:
        """By what a site needs, whether its process can do it."""
        loaded = self.models is not None
        return {
            "models": loaded and self.encoder.alive,
            "judge": loaded and self.judge.alive,
            "publisher": self.publisher.alive,
        }

    # --- life ---------------------------------------------------------------------------------

    async def start(self, site: Site) -> None:
        """Start all but the publisher, see `deliver`; those that take longest go first."""
        self.encoder = self._take_on(
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
        self.publisher = self._take_on(
            ChildSpec(
                "publisher",
                "pipeline.publisher",
                lambda: self._first.publisher(self.redis_url),
                heartbeat_timeout_s=30.0,
            )
        )
        self.judge = self._take_on(
            ChildSpec(
                "judge",
                "pipeline.judge",
                lambda: self.models and self._first.judge(self.models),
                queue_bound=4096,
            )
        )
        self.crew.gather(site)
        # What needs to know the models loads its libraries meanwhile.
        for child in (self.encoder, *self.crew.workers):
            self._launch(child)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._loaded.wait(), _HEAD_START_S)
        self._launch(self.judge)

    def deliver(self, redis_url: str | None) -> None:
        """Start the publisher, with the address of the site's Redis if it needs one."""
        self.redis_url = redis_url
        self._launch(self.publisher)

    async def stop(self) -> None:
        """Stop in the order of the data, so that what is under way still arrives."""
        await asyncio.gather(*(worker.stop(timeout_s=3.0) for worker in self.crew.workers))
        await self.encoder.stop(timeout_s=3.0)
        await self.judge.stop(timeout_s=5.0)
        await self.publisher.stop(timeout_s=9.0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take_on(self, spec: ChildSpec) -> Child:
        child = self._hire(spec)
        self._all.append(child)
        return child

    def _dismiss(self, worker: Child) -> None:
        self._all.remove(worker)
        self._dismissed(worker.spec.name)

    def _launch(self, child: Child) -> None:
        task = asyncio.create_task(child.keep_running(), name=child.spec.name)
        task.add_done_callback(self._task_done)
        self._tasks.append(task)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        with contextlib.suppress(ValueError):
            self._tasks.remove(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._defect(error)

    # --- what they are told of ----------------------------------------------------------------

    def models_are(self, models: ModelsReady) -> bool:
        """The encoder has loaded its models: who waits for the first is told; were these?"""
        first, self.models = self.models is None, models
        if first:
            for child in (*self.crew.workers, self.judge):
                child.tell()
            self._loaded.set()
        return first

    def without_models(self) -> None:
        """There will be no models: nothing waits for them any more."""
        self._loaded.set()

    def to_encoder(self, message: AnyMessage) -> None:
        """Send to the encoder."""
        self.encoder.send(message)

    async def judge_anew(self, models: ModelsReady) -> None:
        """Replace the judge by one that is told these models, and the site as it is to be judged.

        What is embedded meanwhile waits for it.
        """
        self.models = models
        await self.judge.renew("rules changed", timeout_s=5.0)

    async def judge_follows(self, message: FollowSite) -> None:
        """Tell the judge of another site; return once it `followed`, or after a while."""
        self._followed.clear()
        self.judge.send(message)
        # One that is replaced instead is told of the new site at its start.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._followed.wait(), _FOLLOW_S)

    def followed(self) -> None:
        """The judge judges what it was told of last."""
        self._followed.set()
