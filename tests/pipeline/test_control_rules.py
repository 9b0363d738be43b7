"""Rules are asked for, changed and rehearsed through the supervisor's socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray

from pipeline.config import Site
from pipeline.control_rules import routes
from pipeline.judge import Judge
from pipeline.messages import ModelInfo, ModelsReady
from pipeline.records import Alert, AlertType, Modality
from pipeline.rehearse.desk import RehearsalDesk
from pipeline.rule_changes import Kind, with_override
from pipeline.rule_desk import RuleDesk
from pipeline.rule_texts import with_texts
from pipeline.statefile import load_state
from pipeline.text_requests import EmbeddedTexts, TextsNotEmbedded
from sinks.alert_json import decode_alert
from sinks.outbox import Outbox
from tests.pipeline.rehearse.days import (
    BEGIN,
    EAST,
    JPEG,
    NORTH,
    SPACES,
    Camera,
    a_fire_at,
    archive,
    site_in,
)
from tests.pipeline.test_judge import Overheard

#: What the invented encoder makes of words: to the east, and a rule is raised by a fire.
WORDS = {"flames": EAST, "a cat": NORTH}
FIRE = {
    "see": ["flames"],
    "hear": [],
    "normal": {"see": ["a yard"], "hear": []},
    "false_alarms": "2 per hour",
}


class Encoder:
    """Embeds what it is asked for, and remembers it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    async def embed(self, sense: Modality, texts: Any) -> EmbeddedTexts:
        if self.away:
            raise TextsNotEmbedded("the encoder ended and is being replaced: ask again in a minute")
        self.asked += texts
        rows: list[NDArray[np.float32]] = [WORDS.get(text, NORTH) for text in texts]
        return EmbeddedTexts(SPACES[sense].model_id, np.stack(rows), ())


class Line:
    """A site that runs, without its processes: the archive, the encoder and the routes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = site_in(folder)
        self.desk = RuleDesk(self.site)
        self.encoder = Encoder()
        self.models = ModelsReady(self._info(Modality.VIDEO), self._info(Modality.AUDIO), "cpu")
        self.rehearsals = RehearsalDesk(folder / "rehearsals", self._embedded)
        app = FastAPI()
        app.include_router(routes(self.desk, self.rehearsals))
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://site", timeout=60
        )

    def _info(self, modality: Modality) -> ModelInfo:
        space = SPACES[modality]
        texts, bank = self.folder / f"{modality}.npz", self.folder / f"{modality}.npy"
        vectors = np.stack(list(space.texts.values()))
        np.savez(texts, prompts=np.array(list(space.texts)), vectors=vectors)
        np.save(bank, space.background)
        return ModelInfo(space.model_id, 2, 20.0, (8, 8), 1.0, str(texts), str(bank), [])

    async def _embedded(self, site: Site) -> ModelsReady:
        return await with_texts(self.models, site, self.encoder, name="rehearsal")

    async def ask(self, path: str, body: Any = None) -> httpx.Response:
        if body is None:
            return await self.client.get(path)
        return await self.client.post(path, content=json.dumps(body))

    async def over(self, number: str) -> dict[str, Any]:
        async with asyncio.timeout(200):
            while True:
                told: dict[str, Any] = (await self.ask(f"/v1/rehearsals/{number}")).json()
                if told["state"] != "running":
                    return told
                await asyncio.sleep(0.05)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    made.desk.open()
    yield made
    made.desk.close()


def test_what_a_rule_would_have_raised_is_known_before_it_is_kept(line: Line) -> None:
    archive(line.folder / "archive", a_fire_at(Camera("yard"), 3, 11))

    async def story() -> None:
        wish = {"by": "ann", "rule": "fire", "changes": FIRE, "hours": 24}
        begun = await line.ask("/v1/rehearsals", wish)
        assert (begun.status_code, begun.json()["state"]) == (202, "running")
        number = begun.json()["id"]
        second = await line.ask("/v1/rehearsals", wish)
        assert (second.status_code, second.json()["detail"]) == (
            409,
            "ann rehearses the rule fire just now: wait, or cancel it",
        )
        told = await line.over(number)
        assert told["state"] == "done", told["trouble"]
        found = told["found"]
        (yard,) = found["rules"]
        assert (yard["camera"], yard["alerts"], yard["promised_per_day"]) == ("yard", 2, 48)
        assert yard["per_day"] == pytest.approx(2 * 72, rel=0.02)
        low, high = yard["interval_per_day"]
        assert low < 2 * 72 < high
        assert (yard["verdict"], yard["words"]["promised"]) == ("too short to tell", "2 an hour")
        assert found["sum"]["alerts"] == found["alerts_in_all"] == 2
        later, earlier = found["alerts"]
        assert [round((a["start_time"] - BEGIN) / 60) for a in (later, earlier)] == [11, 3]
        assert "flames" in earlier["words"]["evidence"]
        picture = await line.ask(f"/v1/rehearsals/{number}/pictures/{earlier['picture']}")
        assert picture.content == JPEG
        assert str(line.folder) not in json.dumps(told)
        for name in ("found.json", "..%2Fyard.jpg", "x.jpg"):
            path = f"/v1/rehearsals/{number}/pictures/{name}"
            assert (await line.ask(path)).status_code == 404, name
        assert line.encoder.asked == ["flames"], "the other texts were embedded already"
        assert line.desk.store.revision() == 0, "nothing was kept"

    asyncio.run(story())


def test_a_rehearsal_that_cannot_be_says_why_and_one_that_runs_is_ended(line: Line) -> None:
    async def story() -> None:
        wish = {"by": "ann", "rule": "fire", "changes": FIRE}
        number = (await line.ask("/v1/rehearsals", wish)).json()["id"]
        cancelled = await line.ask(f"/v1/rehearsals/{number}/cancel", {})
        assert cancelled.json()["state"] == "cancelled"
        number = (await line.ask("/v1/rehearsals", wish)).json()["id"]
        await asyncio.sleep(0.3)
        cancelled = await line.ask(f"/v1/rehearsals/{number}/cancel", {})
        assert cancelled.json()["state"] == "cancelled"
        line.encoder.away = True
        number = (await line.ask("/v1/rehearsals", wish)).json()["id"]
        told = await line.over(number)
        assert told["state"] == "failed"
        assert "the encoder ended" in told["trouble"]
        line.encoder.away = False
        number = (await line.ask("/v1/rehearsals", wish)).json()["id"]
        told = await line.over(number)
        assert told["state"] == "failed"
        assert "holds no archive yet: it fills while the site runs" in told["trouble"]
        line.rehearsals._limit_s = 0.05
        number = (await line.ask("/v1/rehearsals", wish)).json()["id"]
        assert "took longer than" in (await line.over(number))["trouble"]
        assert (await line.ask("/v1/rehearsals/nothing")).status_code == 404

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/v1/rules/fire", {"changes": {}}, 422, "by"),
        ("/v1/rules/fire", {"by": "a", "changes": {"see": 3}}, 422, "What is seen"),
        ("/v1/rules/fire", {"by": "a", "changes": {}, "after": 7}, 409, "meanwhile"),
        ("/v1/rules/fire/undo", {"by": "a"}, 409, "nothing was changed"),
        ("/v1/rules/dog/undo", {"by": "a"}, 409, "nothing was changed"),
        ("/v1/rehearsals", {"by": "a", "rule": "fire", "changes": {}, "hours": 0}, 422, "hours"),
        (
            "/v1/rehearsals",
            {"by": "a", "rule": "fire", "changes": {}, "cameras": ["attic"]},
            422,
            "no alert at these cameras",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    line: Line, path: str, body: Any, status: int, words: str
) -> None:
    async def story() -> None:
        answer = await line.ask(path, body)
        assert (answer.status_code, words in answer.json()["detail"]) == (status, True)
        assert line.desk.store.revision() == 0

    asyncio.run(story())


def test_a_rule_is_looked_at_before_it_is_kept(line: Line) -> None:
    async def story() -> None:
        bad = await line.ask("/v1/rules/fire/check", {"changes": {"false_alarms": "often"}})
        assert "no rate" in bad.json()["faults"]["false_alarms"]
        good = await line.ask("/v1/rules/fire/check", {"changes": {"see": ["a zxqwv"]}})
        told = good.json()
        assert (told["faults"], told["changed"]) == ({}, ["see"])
        assert "hard of hearing" in told["notes"][0]
        assert "never met zxqwv" in told["notes"][1]
        same = await line.ask("/v1/rules/fire/check", {"changes": {"severity": "info"}})
        assert same.json()["notes"] == []
        saved = await line.ask("/v1/rules/crash", {"by": "ann", "changes": None, "after": 0})
        assert saved.json()["says"] == "switched off"
        rules = (await line.ask("/v1/rules")).json()["rules"]
        assert {name: rule["state"] for name, rule in rules.items()} == {
            "fire": "on",
            "crash": "off",
        }

    asyncio.run(story())


def test_incidents_end_with_the_reason_and_old_words_have_their_history_back(
    tmp_path: Path,
) -> None:
    def judged(changes: dict[str, Any], items: Any) -> dict[str, Any]:
        site = with_override(site_in(tmp_path), "fire", Kind.CHANGED, changes)
        with Outbox(tmp_path / "outbox.sqlite3") as outbox:
            judge = Judge(site, SPACES, outbox, Overheard(), tmp_path / "background.state")  # type: ignore[arg-type]
            judge.resume()
            for item in items:
                judge.take(item)
            judge.finish("rules changed")
            told.extend(decode_alert(entry.document) for entry in outbox.pending("any"))
        return load_state(tmp_path / "background.state")["yard/fire"]  # type: ignore[no-any-return]

    told: list[Alert] = []
    camera = Camera("yard")
    first = judged({}, [*camera.shows(NORTH, 120), *camera.shows(EAST, 8)])
    (begun, *_, ended) = told
    assert (begun.type, ended.type) == (AlertType.NEW, AlertType.END)
    assert "rules changed" in json.dumps(ended.data)
    other = judged({"hear": []}, camera.shows(NORTH, 30))
    assert other["identity"] != first["identity"]
    again = judged({}, [])
    assert str(again) == str(first), "what it had learned of the yard is there again"
    stricter = judged({"false_alarms": "1 per week"}, [])
    assert str(stricter) == str(first), "other numbers are no other words"
