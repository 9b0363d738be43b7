"""Prompts in plain words against normal prompts: zero-shot scoring with a text-image model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.adapting import Adapter, PromptSpace
from detectors.adapting.base import log_odds
from detectors.base import DetectorInputError, Subject
from pipeline.records import WHOLE_VIEW, Embedding, Modality, PromptMargin, Score

#: How many of a rule's prompts an evidence names, the best first.
_TOP_PROMPTS = 3


class PromptDetector:
    """Scores how much better a rule's prompts fit an embedding than its normal prompts do.

    With logits ``l = logit_scale * cosine``, the raw score is::

        raw = logsumexp(l over the rule's prompts) - logsumexp(l over the normal prompts)

    This is the log odds, under a softmax over all prompts together (the zero-shot classifier of
    CLIP, Radford et al. 2021), that one of the rule's prompts is meant rather than a normal one.
    Log-sum-exp is the soft maximum: one prompt that fits suffices, prompts that do not fit cost
    nothing, and near-synonyms that fit alike reinforce each other without a jump where the best
    one changes. The number of prompts shifts raw by a constant, which calibration takes out.

    ``eligible`` asks for more than a rare score: the best prompt's own logit must lead the best
    normal prompt's by the required margin.

    ``evidence`` names the best prompts, best first, each with its cosine similarity and its lead
    over the best normal prompt in logits, and ends with the best normal prompt itself, whose lead
    is 0 by definition.

    Where the rule was taught, an adapter changes the raw score (`detectors.adapting`), and the
    leads by as much: what a lesson takes from a score it takes from its eligibility too. The
    evidence then says for each prompt how much of its lead was taught.
    """

    name = "prompts"

    def __init__(
        self,
        *,
        camera: str,
        rule: str,
        rule_version: str,
        modality: Modality,
        prompts: Sequence[str],
        prompt_vectors: NDArray[np.floating[Any]],
        normal: Sequence[str],
        normal_vectors: NDArray[np.floating[Any]],
        logit_scale: float,
        margin: float,
        view: str = WHOLE_VIEW,
        model: str | None = None,
        adapter: Adapter | None = None,
    ) -> None:
        """Make a detector.

        Args:
            camera: the camera that is judged.
            rule: the rule's name.
            rule_version: the rule's version, carried by each score.
            modality: the sense whose embeddings are judged.
            prompts: k >= 1 texts of what the rule looks for.
            prompt_vectors: (k, d), any length: they are normalised here.
            normal: m >= 1 texts of what is ordinary.
            normal_vectors: (m, d).
            logit_scale: the model's factor from cosine to logit, > 0.
            margin: required lead over the best normal prompt, in logits, >= 0.
            view: the view of the camera that is judged.
            model: identity of the model; embeddings of others are refused. None: not checked.
            adapter: what the rule was taught; None: nothing.

        Raises:
            DetectorInputError: texts and vectors do not match, or a number is unusable.
        """
        self._subject = Subject(camera, rule, rule_version, modality, view, model)
        self._where = f"camera {camera}, rule {rule}"
        self._texts = tuple(prompts)
        self._normal_texts = tuple(normal)
        here = f"rule {rule} ({modality})"
        directions = _directions(prompt_vectors, len(self._texts), f"{here}: prompts")
        normal_directions = _directions(normal_vectors, len(self._normal_texts), f"{here}: normal")
        if directions.shape[1] != normal_directions.shape[1]:
            raise DetectorInputError(
                f"{here}: prompt vectors have {directions.shape[1]} numbers, normal ones "
                f"{normal_directions.shape[1]}: embed both with the same model"
            )
        if not (np.isfinite(logit_scale) and logit_scale > 0):
            raise DetectorInputError(f"{here}: logit_scale must be above zero, not {logit_scale}")
        if not (np.isfinite(margin) and margin >= 0):
            raise DetectorInputError(f"{here}: margin must be zero or more, not {margin}")
        self._all = np.concatenate([directions, normal_directions]).T  # (d, k + m)
        self._scale = float(logit_scale)
        self._margin = float(margin)
        self._adapter = adapter

    @property
    def space(self) -> PromptSpace:
        """The prompts, for whoever teaches them."""
        return PromptSpace(self._all.T, len(self._texts), self._scale)

    def score(self, embedding: Embedding) -> Score | None:
        """Return the score of ``embedding``; None if it is of another camera, view or modality.

        Raises:
            DetectorInputError: the vector is not finite, has the wrong size, or is of another
                model than the prompts.
        """
        if not self._subject.concerns(embedding):
            return None
        vectors = embedding.vector[np.newaxis]
        similarity = self._similarity(vectors)[0]
        k = len(self._texts)
        logits = self._scale * similarity
        plain = log_odds(logits[np.newaxis], k)
        raw = float(self._adapted(vectors, plain)[0])
        taught = raw - float(plain[0])
        best_normal = int(np.argmax(logits[k:]))
        leads = logits[:k] - logits[k + best_normal] + taught
        order = np.argsort(-leads, kind="stable")[:_TOP_PROMPTS]
        evidence = [
            PromptMargin(self._texts[i], float(similarity[i]), float(leads[i]), taught)
            for i in order
        ]
        nearest = PromptMargin(
            self._normal_texts[best_normal], float(similarity[k + best_normal]), 0.0
        )
        return self._subject.scored(
            embedding,
            self.name,
            raw,
            eligible=bool(leads[order[0]] >= self._margin),
            evidence=(*evidence, nearest),
        )

    def score_many(self, vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return the raw scores (n,) of ``vectors`` (n, d), such as a bank of ordinary embeddings.

        Raises:
            DetectorInputError: a vector is not finite or has the wrong size.
        """
        plain = log_odds(self._scale * self._similarity(vectors), len(self._texts))
        return self._adapted(vectors, plain)

    def _adapted(
        self, vectors: NDArray[np.floating[Any]], plain: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        if self._adapter is None:
            return plain
        return self._adapter.adjust(np.asarray(vectors, np.float64), plain)

    def _similarity(self, vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        array = np.asarray(vectors, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != self._all.shape[0]:
            raise DetectorInputError(
                f"{self._where}: embeddings of shape {array.shape} do not fit prompts of "
                f"{self._all.shape[0]} numbers: is it another model?"
            )
        norms = np.linalg.norm(array, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or (norms <= 0).any():
            raise DetectorInputError(
                f"{self._where}: an embedding holds NaN, infinity or nothing but zeros: its frame "
                "or sound is damaged, drop it"
            )
        result: NDArray[np.float64] = (array / norms) @ self._all
        return result


def _directions(vectors: NDArray[np.floating[Any]], count: int, what: str) -> NDArray[np.float64]:
    array = np.asarray(vectors, dtype=np.float64)
    if count < 1:
        raise DetectorInputError(f"{what}: at least one prompt is needed")
    if array.ndim != 2 or array.shape[0] != count or array.shape[1] < 1:
        raise DetectorInputError(f"{what}: {count} texts, but vectors of shape {array.shape}")
    norms = np.linalg.norm(array, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or (norms <= 0).any():
        raise DetectorInputError(f"{what}: a vector holds NaN, infinity or nothing but zeros")
    directions: NDArray[np.float64] = array / norms
    return directions
