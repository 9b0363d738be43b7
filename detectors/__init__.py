"""The judges: each turns embeddings into scores; none knows a camera protocol or a sink.

A new detector is one module with a class that satisfies `detectors.base.Detector`, and one line in
`DETECTORS`; a new idea of what is normal at a camera one that satisfies `detectors.base.Normality`,
and one line in `NORMALITIES`.
"""

from collections.abc import Callable

from detectors.base import (
    Detector,
    DetectorInputError,
    DetectorStateError,
    Moments,
    Normality,
    Subject,
)
from detectors.change import ChangeNormal
from detectors.contradiction import ContradictionDetector
from detectors.density import HourlyGaussian
from detectors.memory import MomentMemory
from detectors.normal import LearnedNormal
from detectors.patches import PatchTexture
from detectors.prompts import PromptDetector
from detectors.sequence import SequenceAutoencoder
from pipeline.records import Modality

#: Name, as in ``Score.detector``, to the class that is built for a camera and a rule.
DETECTORS: dict[str, Callable[..., Detector]] = {
    PromptDetector.name: PromptDetector,
    ContradictionDetector.name: ContradictionDetector,
}

#: What a camera's normal is made of.
NORMALITIES: dict[Modality, tuple[Callable[[], Normality], ...]] = {
    Modality.VIDEO: (
        MomentMemory,
        PatchTexture,
        HourlyGaussian,
        SequenceAutoencoder,
        ChangeNormal,
    ),
    Modality.AUDIO: (MomentMemory, HourlyGaussian, SequenceAutoencoder),
}

__all__ = [
    "DETECTORS",
    "NORMALITIES",
    "ContradictionDetector",
    "Detector",
    "DetectorInputError",
    "DetectorStateError",
    "Moments",
    "Normality",
    "PromptDetector",
    "Subject",
    "learned_normal",
]


def learned_normal(modality: Modality) -> LearnedNormal:
    """An unlearned normal of one sense, with every member that can judge it."""
    return LearnedNormal([make() for make in NORMALITIES[modality]])
