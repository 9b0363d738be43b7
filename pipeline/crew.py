"""Which ingest worker runs which camera: groups of those that come together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from pipeline.children import Child, ChildSpec
from pipeline.config import Site
from pipeline.first_messages import FirstMessages
from pipeline.messages import AnyMessage, LeaveCamera, ModelsReady, StartWorker
from pipeline.stores import Stores

_STOP_S = 3.0


class Crew:
    """The workers of a site. Belongs to the supervisor's event loop.

    Args:
        first: makes their first messages.
        stores: the shared memory.
        models: None while they are loaded.
        hire: makes a child of what it is to be.
        launch: keeps it running.
        dismissed: told of a worker that is no more.
    """

    def __init__(
        self,
        first: FirstMessages,
        stores: Stores,
        models: Callable[[], ModelsReady | None],
        *,
        hire: Callable[[ChildSpec], Child],
        launch: Callable[[Child], None],
        dismissed: Callable[[Child], None],
    ) -> None:
        self._first = first
        self._stores = stores
        self._models = models
        self._hire = hire
        self._launch = launch
        self._dismissed = dismissed
        self._workers: dict[str, Child] = {}
        self._most = 1
        self._hired = 0

    def gather(self, site: Site) -> None:
        """Hire for all cameras of a site, so many to a worker as it says; `launch` them later."""
        self._most = site.cameras_per_worker
        for group in self._groups(site.cameras):
            self._take_on(group)

    @property
    def workers(self) -> list[Child]:
        """Each once."""
        return list(dict.fromkeys(self._workers.values()))

    @property
    def cameras(self) -> list[str]:
        """Those that a worker runs."""
        return list(self._workers)

    def of(self, camera: str) -> Child | None:
        """Who runs a camera; None: nobody does, or no more."""
        return self._workers.get(camera)

    def cameras_of(self, worker: Child) -> list[str]:
        """The cameras that a worker runs."""
        return [camera for camera, one in self._workers.items() if one is worker]

    def send(self, camera: str, message: AnyMessage) -> None:
        """Send to a camera's worker, where it has one."""
        if (worker := self.of(camera)) is not None:
            worker.send(message)

    def join(self, cameras: Iterable[str]) -> None:
        """Start workers for cameras that are new.

        Others keep theirs, undisturbed: a worker reaches what it was started with and nothing else,
        so it takes no camera more.
        """
        for group in self._groups(cameras):
            self._launch(self._take_on(group))

    async def leave(self, cameras: Iterable[str]) -> None:
        """Let go of cameras; a worker that has none left is stopped."""
        left: dict[Child, list[str]] = {}
        for camera in cameras:
            if (worker := self._workers.pop(camera, None)) is not None:
                left.setdefault(worker, []).append(camera)
        for worker, gone in left.items():
            if self.cameras_of(worker):
                for camera in gone:
                    worker.send(LeaveCamera(camera))
        idle = [worker for worker in left if not self.cameras_of(worker)]
        await asyncio.gather(*(worker.stop(timeout_s=_STOP_S) for worker in idle))
        for worker in idle:
            self._dismissed(worker)

    def _groups(self, cameras: Iterable[str]) -> Iterator[list[str]]:
        """So many to a worker as the site says."""
        names = list(cameras)
        for begin in range(0, len(names), self._most):
            yield names[begin : begin + self._most]

    def _take_on(self, cameras: list[str]) -> Child:
        name = f"worker-{self._hired}"
        self._hired += 1
        worker = self._hire(
            ChildSpec(
                name,
                "pipeline.worker",
                partial(self._first_message, name),
                fds=lambda: self._stores.of_workers(self._named(name)),
                in_rounds=True,
            )
        )
        self._workers |= dict.fromkeys(cameras, worker)
        return worker

    def _named(self, name: str) -> list[str]:
        return [camera for camera, one in self._workers.items() if one.spec.name == name]

    def _first_message(self, name: str) -> StartWorker | None:
        models = self._models()
        return None if models is None else self._first.worker(self._named(name), models)
