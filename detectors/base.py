"""What a detector is: it turns one embedding into one score."""

from __future__ import annotations

from typing import Protocol

from pipeline.records import Embedding, Score


class DetectorInputError(ValueError):
    """An embedding, or an array of them, that a detector cannot read."""


class Detector(Protocol):
    """Judges embeddings for one camera and one rule.

    A detector holds no clock and does no I/O. Its scores are comparable only with its own: what
    they mean at a camera is learned afterwards (``pipeline.calibration``).
    """

    def score(self, embedding: Embedding) -> Score | None:
        """Return the score of ``embedding``; None where it is not this detector's to judge.

        Raises:
            DetectorInputError: the vector is not finite or has the wrong size.
        """
        ...
