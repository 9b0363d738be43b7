"""The judges: each turns embeddings into scores; none knows a camera protocol or a sink.

A new detector is one module with a class that satisfies `detectors.base.Detector`, and one line in
`DETECTORS`.
"""

from collections.abc import Callable

from detectors.base import Detector, DetectorInputError, DetectorStateError, Moments, Normality
from detectors.prompts import PromptDetector

#: Name, as in ``Score.detector``, to the class that is built for a camera and a rule.
DETECTORS: dict[str, Callable[..., Detector]] = {
    PromptDetector.name: PromptDetector,
}

__all__ = [
    "DETECTORS",
    "Detector",
    "DetectorInputError",
    "DetectorStateError",
    "Moments",
    "Normality",
    "PromptDetector",
]
