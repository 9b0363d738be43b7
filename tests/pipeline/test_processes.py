"""The processes of a site: who starts when, who is told what, and who ends after whom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pipeline import processes
from pipeline.children import ChildSpec
from pipeline.config import parse_site
from pipeline.first_messages import FirstMessages
from pipeline.messages import FollowSite, ModelsReady
from pipeline.processes import Processes
from pipeline.stores import Stores
from tests.pipeline.fakes.process import FakeChild
from tests.pipeline.stage import SITE

MODELS = ModelsReady(None, None, "cpu")
ELSE = FollowSite(b"another site", None, None)


class Troupe:
    """A site's processes, none of them real, and what happens to them in order."""

    def __init__(self) -> None:
        self.site = parse_site(SITE, name="site.yaml", environ={})
        stores = Stores(self.site.cameras)
        self.diary: list[str] = []
        self.gone: list[str] = []
        self.defects: list[BaseException] = []
        self.defective: dict[str, Exception] = {}
        self.all = Processes(
            FirstMessages(self.site, stores),
            stores,
            hire=self.hire,  # type: ignore[arg-type]
            dismissed=self.gone.append,
            defect=self.defects.append,
        )

    def hire(self, spec: ChildSpec) -> FakeChild:
        child = FakeChild(spec, self.diary)
        child.defect = self.defective.get(spec.name)
        return child

    async def start(self) -> None:
        """All of them, models known."""
        starting = asyncio.create_task(self.all.start(self.site))
        await asyncio.sleep(0)
        self.all.models_are(MODELS)
        await starting
        self.all.deliver(None)
        await asyncio.sleep(0)

    def play(self, scene: Callable[[], Awaitable[None]]) -> None:
        async def play() -> None:
            await scene()
            await self.all.stop()

        asyncio.run(play())


@pytest.fixture
def troupe() -> Troupe:
    return Troupe()


def test_those_that_take_longest_start_first_and_all_the_rest_wait_for_the_models(
    troupe: Troupe,
) -> None:
    async def scene() -> None:
        starting = asyncio.create_task(troupe.all.start(troupe.site))
        await asyncio.sleep(0.05)
        assert troupe.diary == ["encoder starts", "worker-0 starts", "worker-1 starts"]
        assert troupe.all.models_are(MODELS)
        await starting
        troupe.all.deliver("redis://here")
        await asyncio.sleep(0)
        told = [f"{name} is told" for name in ("worker-0", "worker-1", "judge")]
        assert troupe.diary[3:] == [*told, "judge starts", "publisher starts"]
        publisher = troupe.all.publisher.spec.start()
        assert publisher.redis_url == "redis://here"  # type: ignore[union-attr]
        # Those of an encoder that was replaced are known already.
        assert not troupe.all.models_are(MODELS)
        assert troupe.diary[-1] == "publisher starts"

    troupe.play(scene)


def test_models_that_take_long_are_not_waited_for(
    troupe: Troupe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_HEAD_START_S", 0.05)

    async def scene() -> None:
        await troupe.all.start(troupe.site)
        await asyncio.sleep(0)
        assert troupe.diary[-1] == "judge starts"
        assert troupe.all.judge.spec.start() is None, "it is told once they are known"
        assert troupe.all.crew.workers[0].spec.start() is None

    troupe.play(scene)


def test_models_that_never_come_are_not_waited_for(
    troupe: Troupe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_HEAD_START_S", 60.0)

    async def scene() -> None:
        starting = asyncio.create_task(troupe.all.start(troupe.site))
        await asyncio.sleep(0)
        troupe.all.without_models()
        await asyncio.wait_for(starting, 10.0)

    troupe.play(scene)


def test_they_end_in_the_order_of_the_data(troupe: Troupe) -> None:
    troupe.play(troupe.start)
    ends = troupe.diary[troupe.diary.index("publisher starts") + 1 :]
    workers, others = ends[:4], ends[4:]
    assert workers == [f"worker-{n} {what}" for what in ("is to stop", "stops") for n in (0, 1)]
    assert others == [
        f"{name} {what}"
        for name in ("encoder", "judge", "publisher")
        for what in ("is to stop", "stops")
    ]
    assert troupe.all.pids() == {}
    assert troupe.defects == []


def test_a_defect_in_the_keeping_of_one_is_told(troupe: Troupe) -> None:
    troupe.defective["judge"] = RuntimeError("no descriptor left")

    async def scene() -> None:
        await troupe.start()
        await asyncio.sleep(0)
        assert [str(defect) for defect in troupe.defects] == ["no descriptor left"]

    troupe.play(scene)


def test_what_a_site_needs_is_checked(troupe: Troupe) -> None:
    async def scene() -> None:
        starting = asyncio.create_task(troupe.all.start(troupe.site))
        await asyncio.sleep(0)
        assert troupe.all.checks() == {"models": False, "judge": False, "publisher": False}
        assert troupe.all.models_at_work is None
        troupe.all.models_are(MODELS)
        await starting
        troupe.all.deliver(None)
        await asyncio.sleep(0)
        assert troupe.all.checks() == {"models": True, "judge": True, "publisher": True}
        assert troupe.all.models_at_work == MODELS
        troupe.all.encoder.alive = False  # type: ignore[misc]
        assert troupe.all.checks() == {"models": False, "judge": True, "publisher": True}
        assert troupe.all.models_at_work is None
        assert troupe.all.models == MODELS

    troupe.play(scene)


def test_a_worker_without_cameras_leaves_for_good(troupe: Troupe) -> None:
    async def scene() -> None:
        await troupe.start()
        names = [child.spec.name for child in troupe.all.all]
        assert names == ["encoder", "publisher", "judge", "worker-0", "worker-1"]
        await troupe.all.crew.leave(["yard"])
        assert troupe.gone == ["worker-0"]
        assert [child.spec.name for child in troupe.all.all] == [
            name for name in names if name != "worker-0"
        ]

    troupe.play(scene)


def test_other_rules_make_another_judge_and_nobody_else_notices(troupe: Troupe) -> None:
    more = ModelsReady(None, None, "cuda")

    async def scene() -> None:
        await troupe.start()
        before = len(troupe.diary)
        await troupe.all.judge_anew(more)
        assert troupe.diary[before:] == ["judge is renewed: rules changed"]
        assert troupe.all.models == more

    troupe.play(scene)


def test_a_judge_that_is_told_of_another_site_is_waited_for(troupe: Troupe) -> None:
    async def scene() -> None:
        await troupe.start()
        for _ in range(2):  # once more is as good
            following = asyncio.create_task(troupe.all.judge_follows(ELSE))
            await asyncio.sleep(0.05)
            assert troupe.all.judge.sent[-1] == ELSE  # type: ignore[attr-defined]
            assert not following.done()
            troupe.all.followed()
            await asyncio.wait_for(following, 5.0)

    troupe.play(scene)


def test_a_judge_that_follows_nothing_holds_nobody_up_for_ever(
    troupe: Troupe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_FOLLOW_S", 0.05)

    async def scene() -> None:
        await troupe.start()
        await asyncio.wait_for(troupe.all.judge_follows(ELSE), 10.0)

    troupe.play(scene)
