"""Texts are embedded beside the encoder's work, a few at a time, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.channel import Channel
from pipeline.config import Models
from pipeline.encoder_loop import Batches, EncoderLoop
from pipeline.encoders.base import NotFiniteError
from pipeline.messages import EmbedTexts, StartEncoder, TextsEmbedded, decode, encode
from pipeline.records import Modality
from pipeline.text_requests import TextRequests, TextsNotEmbedded, embed_texts
from tests.pipeline.encoders.fakes import FakeSight, FakeSound, row_of
from tests.pipeline.fakes.at_work import AtWork

ASKED = EmbedTexts(7, "video", ["a person with a ladder", "a dog"])


class Narrow(FakeSight):
    """Knows no ladders, and breaks when told."""

    breaks: Exception | None = None

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        if self.breaks is not None:
            raise self.breaks
        return super().encode_texts(prompts)

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        return sorted({"ladder"} & {word for prompt in prompts for word in prompt.split()})


def test_the_encoder_gives_a_row_for_each_text_and_the_words_it_never_met() -> None:
    answer = embed_texts(Narrow(), ASKED)
    rows = np.frombuffer(answer.vectors, np.float32).reshape(2, -1)
    assert np.array_equal(rows[1], row_of("a dog", FakeSight.dim))
    assert (answer.number, answer.model_id) == (7, FakeSight.model_id)
    assert (answer.unknown_words, answer.error) == (["ladder"], "")
    assert decode(encode(answer)) == answer


@pytest.mark.parametrize("error", [NotFiniteError("no numbers"), RuntimeError("out of memory")])
def test_a_text_that_cannot_be_embedded_ends_nothing(error: Exception) -> None:
    sight = Narrow()
    sight.breaks = error
    answer = embed_texts(sight, ASKED)
    assert answer.error == f"the words cannot be embedded: {error}"
    assert answer.vectors == b""


def test_a_sense_that_is_not_used_says_so() -> None:
    assert embed_texts(None, ASKED).error == "the site uses no sight"
    assert embed_texts(None, EmbedTexts(1, "audio", ["x"])).error == "the site uses no sound"


def test_the_encoders_loop_answers_beside_its_work() -> None:
    start = StartEncoder(
        Models().model_dump_json().encode(), "", [], [], True, True, {}, {}, "error"
    )

    def loop(channel: Channel) -> None:
        EncoderLoop(channel, start, Batches(16, 0.2), Narrow(), FakeSound()).run()

    with ExitStack() as stack:
        encoder = stack.enter_context(AtWork(loop, ASKED))
        assert encoder.hear(TextsEmbedded).unknown_words == ["ladder"]
        encoder.tell(EmbedTexts(8, "audio", ["a dog barking"]))
        heard = encoder.hear(TextsEmbedded)
        assert (heard.number, heard.model_id) == (8, FakeSound.model_id)
        encoder.stop()


# --- the supervisor's side ------------------------------------------------------------------------


def play(story: Callable[[TextRequests, list[EmbedTexts]], Any], patience_s: float = 5.0) -> None:
    async def told() -> None:
        sent: list[EmbedTexts] = []
        await story(TextRequests(sent.append, patience_s=patience_s), sent)

    asyncio.run(told())


async def asked(requests: TextRequests, text: str) -> asyncio.Task[Any]:
    task = asyncio.create_task(requests.embed(Modality.VIDEO, [text]))
    await asyncio.sleep(0)
    return task


def test_each_gets_the_answer_to_its_own_question() -> None:
    async def story(requests: TextRequests, sent: list[EmbedTexts]) -> None:
        one, other = await asked(requests, "a dog"), await asked(requests, "a cat")
        assert [request.texts for request in sent] == [["a dog"], ["a cat"]]
        for request in reversed(sent):
            requests.answered(embed_texts(FakeSight(), request))
        assert np.array_equal((await one).vectors[0], row_of("a dog", FakeSight.dim))
        assert np.array_equal((await other).vectors[0], row_of("a cat", FakeSight.dim))
        # One that comes twice, or too late, troubles nobody.
        requests.answered(embed_texts(FakeSight(), sent[0]))

    play(story)


def test_an_encoder_that_does_not_answer_is_not_waited_for_for_ever() -> None:
    async def story(requests: TextRequests, sent: list[EmbedTexts]) -> None:
        with pytest.raises(TextsNotEmbedded, match="gave no answer within 0 s"):
            await requests.embed(Modality.VIDEO, ["a dog"])
        requests.answered(embed_texts(FakeSight(), sent[0]))

    play(story, patience_s=0.05)


def test_an_encoder_that_ends_takes_the_questions_with_it() -> None:
    async def story(requests: TextRequests, sent: list[EmbedTexts]) -> None:
        one = await asked(requests, "a dog")
        requests.lost()
        with pytest.raises(TextsNotEmbedded, match="ask again in a minute"):
            await one

    play(story)


def test_so_many_ask_at_a_time_and_no_more() -> None:
    async def story(requests: TextRequests, sent: list[EmbedTexts]) -> None:
        waiting = [await asked(requests, f"dog {k}") for k in range(4)]
        with pytest.raises(TextsNotEmbedded, match="too many"):
            await requests.embed(Modality.VIDEO, ["a dog"])
        assert len(sent) == 4
        waiting[0].cancel()
        await asyncio.wait([waiting[0]])
        waiting.append(await asked(requests, "a dog"))
        assert len(sent) == 5
        requests.lost()
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(error, BaseException) for error in told)

    play(story)
