"""Texts that people bring while the site runs: embedded by the encoder, between two batches."""

from __future__ import annotations

import asyncio
import itertools
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import EncoderError, SightEncoder, SoundEncoder
from pipeline.messages import EmbedTexts, TextsEmbedded
from pipeline.records import Modality

#: Texts of a request, and characters of a text, at most.
MOST_TEXTS, LONGEST_TEXT = 8, 200
#: Requests at a time, at most.
_AT_ONCE = 4
_PATIENCE_S = 10.0


class TextsNotEmbedded(Exception):
    """Texts could not be embedded; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class EmbeddedTexts:
    """Texts in a model's space."""

    model_id: str
    #: float32 (n, d), unit rows.
    vectors: NDArray[np.float32]
    #: Words that the model never met in training: what they are worth is chance.
    unknown_words: tuple[str, ...]


class TextRequests:
    """The supervisor's side: asks the encoder, and knows who waits. Belongs to the event loop.

    Args:
        send: sends to the encoder, or drops it where there is none.
        patience_s: how long an answer is waited for.
    """

    def __init__(
        self, send: Callable[[EmbedTexts], None], *, patience_s: float = _PATIENCE_S
    ) -> None:
        self._send = send
        self._patience_s = patience_s
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[TextsEmbedded]] = {}

    async def embed(self, sense: Modality, texts: Sequence[str]) -> EmbeddedTexts:
        """Embed 1 to 8 texts of 1 to 200 characters each.

        Raises:
            TextsNotEmbedded: the model cannot, the encoder does not answer, or too many wait.
        """
        if len(self._waiting) >= _AT_ONCE:
            raise TextsNotEmbedded("too many words wait to be embedded: ask again in a moment")
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._send(EmbedTexts(number, sense.value, list(texts)))
            answer = await asyncio.wait_for(waiting, self._patience_s)
        except TimeoutError:
            raise TextsNotEmbedded(
                f"the encoder gave no answer within {self._patience_s:.0f} s: it has too much to "
                "do, or was just replaced: look at the health page, and ask again"
            ) from None
        finally:
            del self._waiting[number]
        if answer.error:
            raise TextsNotEmbedded(answer.error)
        vectors = np.frombuffer(answer.vectors, np.float32).reshape(len(texts), -1)
        return EmbeddedTexts(answer.model_id, vectors, tuple(answer.unknown_words))

    def answered(self, message: TextsEmbedded) -> None:
        """The encoder's answer has come; nobody may wait for it any more."""
        waiting = self._waiting.get(message.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def lost(self) -> None:
        """The encoder ended, and what it was asked with it."""
        for number in list(self._waiting):
            self.answered(
                TextsEmbedded(
                    number,
                    error="the encoder ended and is being replaced: ask again in a minute",
                )
            )


class TextDesk:
    """The encoder's side: texts are embedded by a thread of their own, beside the batches.

    The first may have to open a model's text tower, which takes seconds.
    """

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[tuple[SightEncoder | SoundEncoder | None, EmbedTexts]] = (
            queue.SimpleQueue()
        )
        self._answers: queue.SimpleQueue[TextsEmbedded] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        #: Requests that have no answer yet.
        self.waiting = 0

    def ask(self, encoder: SightEncoder | SoundEncoder | None, asked: EmbedTexts) -> None:
        """Embed texts by and by."""
        if self._thread is None:
            # A daemon: a process that is told to stop does not wait for words.
            self._thread = threading.Thread(target=self._work, daemon=True, name="texts")
            self._thread.start()
        self.waiting += 1
        self._asked.put((encoder, asked))

    def answers(self) -> list[TextsEmbedded]:
        """What is done since the last time."""
        done = []
        while self.waiting:
            try:
                done.append(self._answers.get_nowait())
            except queue.Empty:
                break
            self.waiting -= 1
        return done

    def _work(self) -> None:
        while True:
            encoder, asked = self._asked.get()
            self._answers.put(embed_texts(encoder, asked))


def embed_texts(encoder: SightEncoder | SoundEncoder | None, asked: EmbedTexts) -> TextsEmbedded:
    """The encoder's side: embed, or say why not; a text never ends the process.

    Args:
        encoder: of the sense that is asked for; None: the site does not use it.
        asked: the request.
    """
    if encoder is None:
        used = "sight" if asked.sense == Modality.VIDEO.value else "sound"
        return TextsEmbedded(asked.number, error=f"the site uses no {used}")
    try:
        vectors = encoder.encode_texts(asked.texts)
        unknown = encoder.unknown_words(asked.texts)
    except (EncoderError, RuntimeError) as error:
        # torch says with a RuntimeError that its device has no memory left.
        return TextsEmbedded(asked.number, error=f"the words cannot be embedded: {error}")
    return TextsEmbedded(
        asked.number, encoder.model_id, vectors.astype(np.float32).tobytes(), unknown
    )
