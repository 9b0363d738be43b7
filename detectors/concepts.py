"""What one sense says of things that can be both seen and heard: zero-shot, in its own text space.

A picture and a sound have no space in common here, but words have: each sense is read against the
same list of concepts, in the words that fit it (Radford et al. 2021, zero-shot classification).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorInputError
from pipeline.records import PromptMargin

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Profile:
    """What n embeddings of one sense say of k concepts."""

    #: float64 (n, k): log odds of each concept against what is ordinary; natural logarithm.
    odds: FloatArray
    #: float64 (n, k): logits by which each concept's prompt leads its best ordinary prompt.
    leads: FloatArray


class ConceptSpace:
    """The concepts as one sense knows them.

    With logits ``l = logit_scale * cosine``, the log odds of a concept are log-sum-exp over its
    prompts less log-sum-exp over its ordinary prompts: of a softmax over both, as in
    `detectors.prompts`. Concepts are no rivals of one another: where two things happen, both are
    said.
    """

    def __init__(
        self,
        prompts: Sequence[Sequence[str]],
        ordinary: Sequence[str],
        *,
        prompt_vectors: NDArray[np.floating[Any]],
        ordinary_vectors: NDArray[np.floating[Any]],
        rivals: NDArray[np.bool_],
        logit_scale: float,
    ) -> None:
        """Make a space.

        Args:
            prompts: for each of k >= 1 concepts its texts, at least one; any of them suffices.
            ordinary: m >= 1 texts of what is ordinary.
            prompt_vectors: (n, d), of all concepts' texts in turn, any length: they are
                normalised here.
            ordinary_vectors: (m, d).
            rivals: (k, m), which ordinary prompts a concept is held against: not those that say
                the same as it does. At least one for each concept.
            logit_scale: the model's factor from cosine to logit, > 0.

        Raises:
            DetectorInputError: the parts do not match, or a number is unusable.
        """
        self.prompts, self.ordinary = tuple(map(tuple, prompts)), tuple(ordinary)
        self._flat = [text for texts in self.prompts for text in texts]
        k, m = len(self.prompts), len(self.ordinary)
        if k < 1 or not all(self.prompts):
            raise DetectorInputError("each concept needs at least one prompt")
        if m < 1 or rivals.shape != (k, m) or not rivals.any(axis=1).all():
            raise DetectorInputError("each concept needs at least one ordinary prompt as its rival")
        if not (np.isfinite(logit_scale) and logit_scale > 0):
            raise DetectorInputError(f"logit_scale must be above zero, not {logit_scale}")
        vectors = np.concatenate([prompt_vectors, ordinary_vectors]).astype(np.float64)
        if vectors.shape[0] != len(self._flat) + m:
            raise DetectorInputError(f"{len(self._flat) + m} texts, {vectors.shape[0]} vectors")
        self._texts = _unit(vectors, "a text's vector").T  # (d, n + m)
        self._first = np.cumsum([0, *map(len, self.prompts)])[:-1]
        self._rivals = rivals
        self._scale = float(logit_scale)

    def read(self, vectors: NDArray[np.floating[Any]]) -> Profile:
        """Return what embeddings (n, d) say.

        Raises:
            DetectorInputError: one is not finite or has the wrong size.
        """
        own, others = self._logits(vectors)
        held = np.where(self._rivals, others[:, np.newaxis, :], -np.inf)  # (n, k, m)
        best = held.max(axis=2)
        ordinary = best + np.log(np.exp(held - best[:, :, np.newaxis]).sum(axis=2))
        return Profile(
            np.logaddexp.reduceat(own, self._first, axis=1) - ordinary,
            np.maximum.reduceat(own, self._first, axis=1) - best,
        )

    def evidence(self, vector: NDArray[np.floating[Any]], concept: int) -> tuple[PromptMargin, ...]:
        """One concept's best prompt, and its best ordinary rival, whose lead is 0 by definition."""
        own, others = self._logits(vector[np.newaxis])
        held = np.where(self._rivals[concept], others[0], -np.inf)
        best = int(np.argmax(held))
        first = int(self._first[concept])
        mine = own[0, first : first + len(self.prompts[concept])]
        lead = float(mine.max() - held[best])
        text = self.prompts[concept][int(np.argmax(mine))]
        return (
            PromptMargin(text, float(mine.max()) / self._scale, lead),
            PromptMargin(self.ordinary[best], float(held[best]) / self._scale, 0.0),
        )

    def _logits(self, vectors: NDArray[np.floating[Any]]) -> tuple[FloatArray, FloatArray]:
        array = np.asarray(vectors, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != self._texts.shape[0]:
            raise DetectorInputError(
                f"embeddings of shape {array.shape} do not fit concepts of "
                f"{self._texts.shape[0]} numbers: is it another model?"
            )
        logits: FloatArray = self._scale * (_unit(array, "an embedding") @ self._texts)
        n = len(self._flat)
        return logits[:, :n], logits[:, n:]


def _unit(vectors: FloatArray, what: str) -> FloatArray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or (norms <= 0).any():
        raise DetectorInputError(
            f"{what} holds NaN, infinity or nothing but zeros: what it was made of is damaged"
        )
    result: FloatArray = vectors / norms
    return result


def apart(says: FloatArray, shows: FloatArray) -> FloatArray:
    """Log odds that one sense has a thing and the other has not.

    Of ``p * (1 - q)``, where ``p`` and ``q`` are the chances that each sense has it: both must
    hold, and the weaker of the two decides.

    Args:
        says: log odds of a concept in the sense that says it.
        shows: log odds of the same concept in the other sense, same shape.
    """
    result: FloatArray = -np.logaddexp(np.logaddexp(-says, shows), shows - says)
    return result
