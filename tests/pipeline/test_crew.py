"""Cameras that come together share workers, as many to one as the site says; others stay put."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.children import ChildSpec
from pipeline.config import Site
from pipeline.crew import Crew
from pipeline.first_messages import FirstMessages
from pipeline.messages import LeaveCamera, ModelsReady
from pipeline.stores import Stores
from tests.pipeline.config.sites import site


class Hired:
    """Remembers what a child was told."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.told: list[Any] = []
        self.stopped = False

    def send(self, message: Any) -> None:
        self.told.append(message)

    async def stop(self, timeout_s: float) -> None:
        assert timeout_s > 0
        self.stopped = True


def depot(*cameras: str, to_a_worker: int) -> Site:
    named = ", ".join(f"{name}: {{url: images:{name}}}" for name in cameras)
    return site(
        f"cameras: {{{named}}}\nrules: {{fire: {{see: [a fire]}}}}\n"
        f"cameras_per_worker: {to_a_worker}\n"
    )


class Played(Crew):
    """A crew of such children."""

    def __init__(self, of: Site, stores: Stores) -> None:
        self.launched: list[str] = []
        self.gone: list[str] = []
        super().__init__(
            FirstMessages(of, stores),
            stores,
            lambda: ModelsReady(None, None, "cpu"),
            hire=Hired,  # type: ignore[arg-type]
            launch=lambda child: self.launched.append(child.spec.name),
            dismissed=lambda child: self.gone.append(child.spec.name),
        )
        self.gather(of)

    def groups(self) -> dict[str, list[str]]:
        return {worker.spec.name: self.cameras_of(worker) for worker in self.workers}


@pytest.fixture
def crew() -> Iterator[Played]:
    of = depot("yard", "gate", "hall", to_a_worker=2)
    with Stores(of.cameras) as stores:
        yield Played(of, stores)


def test_cameras_of_the_start_are_grouped(crew: Played) -> None:
    assert crew.groups() == {"worker-0": ["yard", "gate"], "worker-1": ["hall"]}
    assert crew.launched == [], "they are launched with the rest of the site"


def test_cameras_that_come_together_are_grouped_and_those_that_are_there_are_left_alone(
    crew: Played,
) -> None:
    crew.join(["attic", "cellar", "roof"])
    assert crew.groups() == {
        "worker-0": ["yard", "gate"],
        "worker-1": ["hall"],
        "worker-2": ["attic", "cellar"],
        "worker-3": ["roof"],
    }
    assert crew.launched == ["worker-2", "worker-3"]


def test_a_worker_is_told_who_leaves_and_ends_with_its_last_camera(crew: Played) -> None:
    first, second = crew.workers
    asyncio.run(crew.leave(["gate", "hall"]))
    assert crew.groups() == {"worker-0": ["yard"]}
    assert first.told == [LeaveCamera("gate")]  # type: ignore[attr-defined]
    assert crew.gone == ["worker-1"]
    assert [worker.stopped for worker in (first, second)] == [False, True]  # type: ignore[attr-defined]
