"""Words come to the running site's socket, and moments of its archive go back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from pipeline.config import Site, parse_site
from pipeline.control_search import routes
from pipeline.messages import EmbedTexts, ModelInfo, ModelsReady
from pipeline.records import NS_PER_S, Embedding, Modality
from pipeline.search_desk import SearchDesk
from pipeline.text_requests import TextRequests, embed_texts
from tests.pipeline.archive.days import JPEG, NOON, archive
from tests.pipeline.encoders.fakes import FakeSight, FakeSound, row_of

SITE = """
site: test
data_dir: DATA
cameras:
  yard: {url: "rtsp://camera/yard", audio: score}
  gate: {url: "rtsp://camera/gate"}
rules: {fire: {see: [a fire], hear: [an alarm]}}
"""
WORDS = "a person with a ladder"
EVENING = {"since": NOON - 10, "until": NOON + 3600}
ENCODERS = {"video": FakeSight(), "audio": FakeSound()}


def info(encoder: FakeSight | FakeSound) -> ModelInfo:
    return ModelInfo(encoder.model_id, encoder.dim, 10.0, (0, 0), 0.0, "", "", [])


class Searched:
    """A site's search over an archive that the test has written, with an encoder that is played."""

    def __init__(self, folder: Path, text: str = SITE) -> None:
        self.site: Site = parse_site(
            text.replace("DATA", str(folder)), name="site.yaml", environ={}
        )
        self.root = self.site.state_dir / "archive"
        self.models: ModelsReady | None = ModelsReady(
            info(ENCODERS["video"]), info(ENCODERS["audio"]), "cpu"
        )
        self.embeds = True
        self.asked: list[EmbedTexts] = []
        self.requests = TextRequests(self._embed, patience_s=0.2)
        self.desk = SearchDesk(self.site, self.requests, lambda: self.models)

    def _embed(self, asked: EmbedTexts) -> None:
        self.asked.append(asked)
        if self.embeds:
            answer = embed_texts(ENCODERS[asked.sense], asked)
            asyncio.get_running_loop().call_soon(self.requests.answered, answer)

    def day(self, camera: str = "yard", ladder: range = range(300, 320)) -> None:
        """Ten minutes of a camera's pictures and, at the yard, of its sound."""
        rng = np.random.default_rng(1)
        items = []
        for at in range(0, 600, 2):
            for sense, encoder in ENCODERS.items():
                if sense == "audio" and camera != "yard":
                    continue
                row = row_of("what is always there", encoder.dim)
                row = row + 0.02 * rng.normal(size=encoder.dim)
                row = row + (0.7 * row_of(WORDS, encoder.dim) if at in ladder else 0.0)
                items.append(
                    Embedding(
                        camera,
                        "whole",
                        Modality(sense),
                        encoder.model_id,
                        at * NS_PER_S,
                        0,
                        NOON + at,
                        (row / np.linalg.norm(row)).astype(np.float32),
                        thumbnail=JPEG if sense == "video" and at % 30 == 0 else b"",
                    )
                )
        archive(self.root, items, run=f"{len(camera):08x}")

    def play(self, story: Callable[[httpx.AsyncClient], Any]) -> None:
        async def told() -> None:
            app = FastAPI(openapi_url=None)
            app.include_router(routes(self.desk))
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
                await story(client)

        asyncio.run(told())


async def ask(client: httpx.AsyncClient, status: int = 200, **asked: Any) -> dict[str, Any]:
    answer = await client.post("/v1/search", json={"text": WORDS, **EVENING, **asked})
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_words_find_what_was_seen_and_heard_with_its_picture(tmp_path: Path) -> None:
    site = Searched(tmp_path)
    site.day()

    async def story(client: httpx.AsyncClient) -> None:
        found = await ask(client, text="  a person\twith a ladder ")
        assert [request.texts for request in site.asked] == [[WORDS], [WORDS]]
        assert {m["sense"] for m in found["moments"][:2]} == {"video", "audio"}
        best = found["moments"][0]
        assert (best["camera"], best["stands_out"]) == ("yard", "clearly")
        assert best["begin"] == NOON + 300
        assert found["searched"] == {"yard": 600}
        assert (found["since"], found["until"]) == (EVENING["since"], EVENING["until"])
        assert found["unknown_words"] == {}
        assert found["took_s"] < 60
        picture = await client.get("/v1/archive/thumbnail", params=best["picture"])
        assert (picture.status_code, picture.content) == (200, JPEG)
        assert picture.headers["content-type"] == "image/jpeg"

        only = await ask(client, senses=["audio"], limit=1)
        assert [m["sense"] for m in only["moments"]] == ["audio"]
        assert only["searched"] == {"yard": 300}

    site.play(story)


def test_the_last_day_is_searched_where_no_time_is_given(tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        found = (await client.post("/v1/search", json={"text": WORDS})).json()
        assert found["until"] == pytest.approx(time.time(), abs=60)
        assert found["until"] - found["since"] == 86400
        assert (found["moments"], found["searched"], found["reaches_back_to"]) == ([], {}, None)

    Searched(tmp_path).play(story)


def test_without_an_archive_or_models_it_says_what_to_do(tmp_path: Path) -> None:
    none = Searched(tmp_path / "a", SITE + "archive: {enabled: false}\n")
    loading, silent = Searched(tmp_path / "b"), Searched(tmp_path / "c")
    loading.models, silent.embeds = None, False

    async def disabled(client: httpx.AsyncClient) -> None:
        assert "archive: {enabled: true}" in (await ask(client, 409))["detail"]

    async def early(client: httpx.AsyncClient) -> None:
        assert "still being loaded" in (await ask(client, 409))["detail"]

    async def unanswered(client: httpx.AsyncClient) -> None:
        assert "gave no answer" in (await ask(client, 409))["detail"]

    none.play(disabled)
    loading.play(early)
    silent.play(unanswered)


def test_words_that_the_model_never_met_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeSight, "unknown_words", lambda *_: ["ladder"])
    site = Searched(tmp_path)

    async def story(client: httpx.AsyncClient) -> None:
        assert (await ask(client))["unknown_words"] == {"video": ["ladder"]}

    site.play(story)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"text": "  "}, "say in words"),
        ({"text": "a\x00b"}, "say in words"),
        ({"text": "x" * 201}, "text"),
        ({"cameras": ["attic"]}, "no camera 'attic'"),
        ({"cameras": ["../yard"]}, "no camera"),
        ({"senses": ["smell"]}, "senses"),
        ({"since": 5.0, "until": 4.0}, "ends before it begins"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"root": "/etc"}, "root"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    tmp_path: Path, asked: dict[str, Any], says: str
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        assert says in (await ask(client, 422, **asked))["detail"]

    Searched(tmp_path).play(story)


def test_a_sense_that_the_site_does_not_use_is_refused(tmp_path: Path) -> None:
    site = Searched(tmp_path)
    site.models = ModelsReady(info(ENCODERS["video"]), None, "cpu")

    async def story(client: httpx.AsyncClient) -> None:
        assert "uses no sound" in (await ask(client, 422, senses=["audio"]))["detail"]
        await ask(client)
        assert [request.sense for request in site.asked] == ["video"]

    site.play(story)


def test_a_picture_is_had_by_its_name_alone(tmp_path: Path) -> None:
    site = Searched(tmp_path)
    site.day()

    async def story(client: httpx.AsyncClient) -> None:
        name = {"camera": "yard", "view": "whole", "at": NOON + 30}
        assert (await client.get("/v1/archive/thumbnail", params=name)).content == JPEG
        for other in ({"camera": ".."}, {"view": "../whole"}, {"at": NOON + 31}, {"camera": "x"}):
            answer = await client.get("/v1/archive/thumbnail", params=name | other)
            assert answer.status_code == 404, other
        for other in ({"at": "nan"}, {"at": -1}, {"view": "w" * 300}):
            answer = await client.get("/v1/archive/thumbnail", params=name | other)
            assert answer.status_code == 422, other

    site.play(story)


def test_so_many_search_at_a_time_and_others_are_sent_away(tmp_path: Path) -> None:
    site = Searched(tmp_path)
    running, most, go = 0, 0, asyncio.Event()

    async def slow(_search: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await go.wait()
        running -= 1
        raise AssertionError("the test is over")

    site.desk._run = slow  # type: ignore[method-assign]

    async def story(client: httpx.AsyncClient) -> None:
        waiting = [asyncio.create_task(ask(client)) for _ in range(6)]
        while running < 2:
            await asyncio.sleep(0.01)
        assert "too many search" in (await ask(client, 429))["detail"]
        assert most == 2
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    site.play(story)


def test_a_search_that_never_ends_is_ended_and_one_that_dies_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, dead = tmp_path / "stuck", tmp_path / "dead"
    stuck.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid\nexec sleep 60\n")
    dead.write_text("#!/bin/sh\ncat >/dev/null\nexit 3\n")
    monkeypatch.setattr("pipeline.search_desk._GRACE_S", 0.5)
    site = Searched(tmp_path / "data")
    site.desk = SearchDesk(site.site, site.requests, lambda: site.models, longest_s=0.0)

    async def story(client: httpx.AsyncClient) -> None:
        for program, status, says in ((stuck, 504, "not over within"), (dead, 500, "died")):
            program.chmod(0o700)
            monkeypatch.setattr("sys.executable", str(program))
            assert says in (await ask(client, status))["detail"]
        pid = int((tmp_path / "pid").read_text())
        assert not Path(f"/proc/{pid}").exists()

    site.play(story)
