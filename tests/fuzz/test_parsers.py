"""The short form of ``make fuzz``: the corpus, and some cases made from it, for each parser."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.mutate import cases
from tests.fuzz.targets import CORPUS, TARGETS, opened, seeds
from tests.fuzz.web import Served, WebTarget, console, control

#: What a case costs differs: a request to the console is a hundred messages.
_COUNT = {"console": 120, "control": 120, "backup": 120, "models": 60}
_USUAL = 300


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_end_in_a_value_or_in_an_error_of_ours(name: str) -> None:
    known = seeds(name)
    assert known, f"{CORPUS / name} holds nothing to begin with"
    with opened(name) as try_one:
        for data in cases(known, _COUNT.get(name, _USUAL)):
            try:
                try_one(data)
            except Exception as error:
                error.add_note(f"the case: {data[:2000]!r}")
                raise


def test_a_query_that_is_no_text_is_refused() -> None:
    asked: list[int] = []

    with console() as served:
        app, target = served.app, WebTarget(served)

        async def heard(scope: Any, receive: Any, send: Any) -> None:
            async def told(message: Any) -> None:
                asked.extend([message["status"]] if "status" in message else [])
                await send(message)

            await app(scope, receive, told)

        served.app = heard
        target(b"GET\x1e/api/v1/incidents?severity=\xff")
    assert asked == [400, 400]


#: What the played line does not have, who is signed in does not need, or nothing here has made.
_NEVER = {
    "console": {"/api/v1/search/thumbnail", "/static", "/login"},
    "control": {
        "/v1/cameras/{camera}/picture",
        "/v1/rehearsals/{number}",
        "/v1/rehearsals/{number}/cancel",
        "/v1/rehearsals/{number}/pictures/{name}",
    },
}


@pytest.mark.parametrize(("name", "served"), [("console", console), ("control", control)])
def test_requests_are_made_that_come_behind_every_route(
    name: str, served: Callable[[], AbstractContextManager[Served]]
) -> None:
    rng = random.Random(1)
    with served() as app:
        target = WebTarget(app, seeds(name))
        unreached = set()
        for route in target.asked.routes:
            # The first may do everything; a form is answered with where to go.
            first = dict(list(app.sign_in().items())[:1])
            done = 304 if route.method == "POST" else 300
            if not any(target.ask(target.asked.anew(rng, route), first) < done for _ in range(99)):
                unreached.add(route.path)
    assert unreached == _NEVER[name]


def test_what_is_accepted_of_models_is_in_the_corpus(tmp_path: Path) -> None:
    from pipeline.encoders.checkpoints import read_checkpoint
    from pipeline.encoders.store import LOCK_NAME, locate_sound

    folder = CORPUS / "models"
    (tmp_path / LOCK_NAME).write_bytes((folder / "lock.json").read_bytes())
    (tmp_path / "pinned").write_bytes(b"weights")
    assert locate_sound("clap-small", models_dir=tmp_path)[0].kind == "sound"
    for name in ("weights.safetensors", "checkpoint.pt", "legacy.pt"):
        assert set(read_checkpoint(folder / name)) == {"a", "b"}


def test_the_corpus_is_small_and_of_these_parsers() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
    sizes = [path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()]
    assert sum(sizes) < 200_000
    assert len(sizes) < 200


def test_the_same_seed_gives_the_same_cases() -> None:
    corpus = [b"abc", b"{}"]
    assert list(cases(corpus, 50)) == list(cases(corpus, 50))
    assert list(cases(corpus, 3)) == [b"abc", b"{}", b""]
    assert len(set(cases(corpus, 500))) > 400
