"""The product's own scores of a clip: its prompt detector, and windows cut and summed up alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from detectors import PromptDetector
from pipeline.encoders.base import SightEncoder, SoundEncoder
from pipeline.encoders.normal_prompts import NORMAL_HEAR, NORMAL_SEE
from pipeline.evaluation.tracks import Producer, Track
from pipeline.records import NS_PER_S, WHOLE_VIEW, Embedding, Modality

#: The site file's defaults for windows, seconds, and for a rule's margin, logits.
WINDOW_S, HOP_S, MARGIN = 3.0, 0.5, 0.5
_CAMERA, _RULE = "bench", "bench"


@dataclass(frozen=True, slots=True)
class WindowScores:
    """One sense over the windows of a clip; NaN where a window holds nothing of it."""

    #: float64 (k,): mean of the upper half of the raw scores in each window.
    raw: NDArray[np.float64]
    #: bool (k,): whether at least half of that upper half met the detector's own condition.
    eligible: NDArray[np.bool_]

    @property
    def present(self) -> bool:
        """Whether any window holds something."""
        return bool(np.isfinite(self.raw).any())

    @property
    def highest(self) -> float:
        """The clip's score: its highest window; NaN where nothing is present."""
        return float(np.nanmax(self.raw)) if self.present else math.nan


class Scorer(Protocol):
    """Scores the windows of a clip with one detector.

    A scorer may look at a window as a whole, such as at how its pictures move: it names the
    `Producer` whose track it needs and reads any rows of a window together.
    """

    #: What stands in tables: the modality, or the detector's name where it has several.
    name: str
    producer: Producer

    def windows(self, track: Track, ends_s: NDArray[np.float64]) -> WindowScores:
        """Scores of the windows ``(end - WINDOW_S, end]``, ends (k,) in seconds."""
        ...

    def ordinary(self) -> NDArray[np.float64] | None:
        """Raw scores (m,) of what the model ships as ordinary; None where it ships nothing."""
        ...


class PromptScorer:
    """`detectors.PromptDetector` over a track of embeddings."""

    def __init__(
        self,
        encoder: SightEncoder | SoundEncoder,
        producer: Producer,
        prompts: Sequence[str],
        normal: Sequence[str] = (),
        bank: NDArray[np.float32] | None = None,
    ) -> None:
        """Embed the prompts and make the detector.

        Args:
            encoder: the model, with its texts.
            producer: makes the tracks of its embeddings.
            prompts: what is looked or listened for, k >= 1.
            normal: what is ordinary; default: the product's own.
            bank: (m, d) ordinary embeddings of the model.
        """
        self.name = str(producer.modality)
        self.producer = producer
        self.encoder = encoder
        self._bank = bank
        usual = NORMAL_SEE if producer.modality is Modality.VIDEO else NORMAL_HEAR
        normal = tuple(normal) or usual
        self._directions = encoder.encode_texts(list(prompts))
        self.detector = PromptDetector(
            camera=_CAMERA,
            rule=_RULE,
            rule_version="",
            modality=producer.modality,
            prompts=prompts,
            prompt_vectors=self._directions,
            normal=normal,
            normal_vectors=encoder.encode_texts(list(normal)),
            logit_scale=encoder.logit_scale,
            margin=MARGIN,
            model=encoder.model_id,
        )

    def windows(self, track: Track, ends_s: NDArray[np.float64]) -> WindowScores:
        """See `Scorer`."""
        scores = [self.detector.score(e) for e in self._embeddings(track)]
        raw = np.array([s.raw for s in scores if s], np.float64)
        return in_windows(
            raw, np.array([s.eligible for s in scores if s], bool), track.end_s, ends_s
        )

    def plain(self, track: Track, ends_s: NDArray[np.float64]) -> WindowScores:
        """The plain zero-shot baseline: mean cosine to the prompts, without normal prompts."""
        raw = self.plain_raw(track.rows)
        return in_windows(raw, np.ones(len(raw), bool), track.end_s, ends_s)

    def plain_raw(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean cosine of unit rows (n, d) to the prompts, (n,)."""
        out: NDArray[np.float64] = rows.astype(np.float64) @ self._directions.mean(axis=0)
        return out

    def ordinary(self) -> NDArray[np.float64] | None:
        """See `Scorer`."""
        return None if self._bank is None else self.detector.score_many(self._bank)

    def plain_ordinary(self) -> NDArray[np.float64]:
        """The plain baseline's scores (m,) of the model's bank; none without a bank."""
        return np.zeros(0) if self._bank is None else self.plain_raw(self._bank)

    def _embeddings(self, track: Track) -> list[Embedding]:
        return [
            Embedding(
                camera=_CAMERA,
                view=WHOLE_VIEW,
                modality=self.producer.modality,
                model=self.encoder.model_id,
                pts_ns=round(begin * NS_PER_S),
                duration_ns=round((end - begin) * NS_PER_S),
                captured_at=float(end),
                vector=row,
            )
            for begin, end, row in zip(track.begin_s, track.end_s, track.rows, strict=True)
        ]


def window_ends(tracks: Sequence[Track]) -> NDArray[np.float64]:
    """Ends of a clip's windows, seconds: the grid of the product from the first whole one on.

    A clip shorter than a window has one, which holds all of it.
    """
    length = max((float(t.end_s[-1]) for t in tracks if len(t)), default=0.0)
    if length < WINDOW_S:
        return np.array([length])
    steps = math.floor((length - WINDOW_S) / HOP_S + 1e-9)
    return WINDOW_S + HOP_S * np.arange(steps + 1)


def in_windows(
    raw: NDArray[np.float64],
    eligible: NDArray[np.bool_],
    at_s: NDArray[np.float64],
    ends_s: NDArray[np.float64],
) -> WindowScores:
    """Sum up samples in windows as `pipeline.windows` does.

    Args:
        raw: (n,) scores of samples, in the order of their time.
        eligible: (n,) whether each met its detector's condition.
        at_s: (n,) when each ends, seconds.
        ends_s: (k,) ends of the windows.
    """
    out = np.full(len(ends_s), np.nan)
    met = np.zeros(len(ends_s), bool)
    for k, end in enumerate(ends_s):
        # The first window holds what stands at the clip's very begin too.
        first = 0 if k == 0 else np.searchsorted(at_s, end - WINDOW_S + 1e-9, side="right")
        inside = slice(int(first), int(np.searchsorted(at_s, end + 1e-6, side="right")))
        some = raw[inside]
        if not some.size:
            continue
        half = math.ceil(some.size / 2)
        top = np.argsort(-some, kind="stable")[:half]
        out[k] = some[top].mean()
        met[k] = eligible[inside][top].sum() * 2 >= half
    return WindowScores(out, met)
