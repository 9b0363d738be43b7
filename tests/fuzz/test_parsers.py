"""The short form of ``make fuzz``: the corpus, and some cases made from it, for each parser."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fuzz.mutate import cases
from tests.fuzz.targets import CORPUS, TARGETS, opened, seeds
from tests.fuzz.web import console, web_target

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
        app = served.app

        async def heard(scope: Any, receive: Any, send: Any) -> None:
            async def told(message: Any) -> None:
                asked.extend([message["status"]] if "status" in message else [])
                await send(message)

            await app(scope, receive, told)

        served.app = heard
        web_target(served)(b"GET\x1e/api/v1/incidents?severity=\xff")
    assert asked == [400, 400]


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
