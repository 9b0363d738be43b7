"""Somebody looks for a moment by words, in a real browser over a real archive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import expect

from pipeline.archive import ArchiveWriter
from pipeline.control import ControlServer
from pipeline.control_search import routes
from pipeline.messages import EmbedTexts, ModelInfo, ModelsReady
from pipeline.metrics import Recorder
from pipeline.records import NS_PER_S, Embedding, Modality
from pipeline.search_desk import SearchDesk
from pipeline.text_requests import TextRequests, embed_texts
from sinks.console.accounts import Rights, Role
from tests.pipeline.encoders.fakes import FakeSight, row_of
from tests.sinks.console import stage as stage_module
from tests.sinks.console.stage import CHROMIUM, Stage, Starter, chromium, faults, jpeg, visit

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no browser here: apt install chromium"),
]
WORDS = "a person with a ladder"


class Narrow(FakeSight):
    """Knows no unicorns."""

    def unknown_words(self, prompts: Any) -> list[str]:
        return ["unicorn"] if "unicorn" in prompts[0] else []


class Searchable(ControlServer):
    """A site's socket with its search, and a played encoder."""

    def __init__(self, site: Any, *rest: Any) -> None:
        super().__init__(site, *rest)
        sight = Narrow()

        def embed(asked: EmbedTexts) -> None:
            answer = embed_texts(sight, asked)
            asyncio.get_running_loop().call_soon(requests.answered, answer)

        requests = TextRequests(embed)
        info = ModelInfo(sight.model_id, sight.dim, 10.0, (0, 0), 0.0, "", "", [])
        models = ModelsReady(info, None, "cpu")
        self.include(routes(SearchDesk(site, requests, lambda: models)))


@pytest.fixture
def stage(
    short_tmp: Path, make_redis: Starter, one_binary: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    monkeypatch.setattr(stage_module, "ControlServer", Searchable)
    with Stage(short_tmp, make_redis(one_binary)).set() as stage:
        yield stage


def remembers(stage: Stage, camera: str, ladder_at: int) -> None:
    """Ten minutes of a camera that end now; a ladder is to be seen for 20 s."""
    rng, begin = np.random.default_rng(1), time.time() - 600
    models = {Modality.VIDEO: FakeSight.model_id}
    pen = ArchiveWriter(stage.site.state_dir / "archive", models, reserve_mb=0, recorder=Recorder())
    for at in range(0, 600, 2):
        row = row_of("what is always there", FakeSight.dim) + 0.02 * rng.normal(size=FakeSight.dim)
        row = row + (row_of(WORDS, FakeSight.dim) if ladder_at <= at < ladder_at + 20 else 0.0)
        pen.append(
            Embedding(
                camera,
                "whole",
                Modality.VIDEO,
                FakeSight.model_id,
                at * NS_PER_S,
                0,
                begin + at,
                (row / np.linalg.norm(row)).astype(np.float32),
                thumbnail=jpeg() if at % 10 == 0 else b"",
            )
        )
    pen.flush()


def test_a_moment_is_looked_for_by_words(stage: Stage) -> None:
    remembers(stage, "yard", 300)
    remembers(stage, "gate", 100)
    with chromium() as browser:
        page = visit(browser, stage, stage.person("ann"), "/queue")
        page.click("nav >> text=Search")
        page.fill("[name=words]", WORDS)
        page.keyboard.press("Enter")
        found = page.locator(".moment")
        expect(found.first).to_contain_text("stands out clearly", timeout=30_000)
        assert {found.nth(k).locator(".name").inner_text() for k in (0, 1)} == {
            "seen at yard",
            "seen at gate",
        }
        expect(found.first).to_contain_text("for 18 s")
        expect(page.locator("[data-told]")).to_contain_text("600 pictures and sounds of 2 cameras")
        expect(page.locator("[data-told]")).to_contain_text("2 moments stand out clearly")
        picture = found.first.locator("img")
        deadline = time.monotonic() + 30
        while not picture.evaluate("image => image.naturalWidth"):
            assert time.monotonic() < deadline, "the picture does not come"
            time.sleep(0.05)
        told = Axe().run(page)["violations"]
        assert [v["id"] for v in told if v["impact"] in ("serious", "critical")] == []

        page.fill("[name=words]", "a <b>unicorn</b>")
        page.click("[data-search] button")
        expect(page.locator(".notice")).to_contain_text("never met: unicorn", timeout=30_000)
        page.click("[data-earlier]")
        expect(page.locator("[data-told]")).to_contain_text(
            "Nothing is archived of this time", timeout=30_000
        )
        page.go_back()
        found.first.locator("a").click(timeout=30_000)
        page.wait_for_url("**/cameras/*?hours=1&until=*")
        assert faults(page) == []

        eve = stage.person("eve", Role.VIEWER, Rights.of(cameras=["gate"]))
        hers = visit(browser, stage, eve)
        hers.goto(f"{stage.home}search?words={WORDS.replace(' ', '+')}")
        expect(hers.locator(".moment").first).to_contain_text("seen at gate", timeout=30_000)
        assert "yard" not in hers.locator("main").inner_text()
        assert faults(hers) == []
