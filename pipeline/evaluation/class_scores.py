"""What one sense makes of clips of several classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score

from detectors import PromptDetector
from pipeline.encoders.base import SightEncoder, SoundEncoder
from pipeline.encoders.normal_prompts import NORMAL_HEAR, NORMAL_SEE
from pipeline.evaluation.bench import Figures
from pipeline.evaluation.metrics import detection
from pipeline.evaluation.tracks import Producer, Track
from pipeline.records import Modality

#: Around a class's name. The mean of their embeddings stands for the class (CLIP's ensembles).
TEMPLATES = {
    Modality.VIDEO: ("{}", "a photo of {}", "a camera picture of {}"),
    Modality.AUDIO: ("{}", "the sound of {}", "this is a sound of {}"),
}
#: Windows of sound that heard this part of the longest one's length are looked at.
_WHOLE = 0.99

Values = NDArray[np.float64]


@dataclass(frozen=True)
class ClassWords:
    """A class and the words for it."""

    label: str
    name: str
    #: Other words for it, by kind.
    reworded: dict[str, str] = field(default_factory=dict)
    #: Whether its own figure against the product's normal prompts is wanted, and a curve.
    matters: bool = False
    #: Prompts that replace the templates around the name.
    prompts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sense:
    """A model and what makes its tracks."""

    encoder: SightEncoder | SoundEncoder
    producer: Producer

    @property
    def modality(self) -> Modality:
        """Which sense it is."""
        return self.producer.modality


@dataclass(frozen=True)
class ClassScores:
    """Clips, classes, and one sense."""

    sense: Sense
    tracks: Sequence[Track]
    #: (n,) index of each clip's class.
    truth: NDArray[np.intp]
    classes: Sequence[ClassWords]

    @cached_property
    def there(self) -> NDArray[np.bool_]:
        """(n,) whether a clip has anything of this sense."""
        return np.array([len(t) > 0 for t in self.tracks])

    @cached_property
    def rows(self) -> list[NDArray[np.float32]]:
        """Each clip's embeddings: of the stretches that hold the most of it."""
        out = []
        for track in self.tracks:
            length = track.end_s - track.begin_s
            out.append(track.rows[length >= _WHOLE * length.max()] if len(track) else track.rows)
        return out

    def kinds(self) -> list[str]:
        """The kinds of other words that every class has."""
        first, *rest = [c.reworded for c in self.classes]
        return [kind for kind in first if all(kind in other for other in rest)]

    def prompts(self, words: ClassWords, kind: str) -> tuple[str, ...]:
        """What stands for a class: templates around its name, or its other words as they are."""
        if kind in words.reworded:
            return (words.reworded[kind],)
        return words.prompts or tuple(t.format(words.name) for t in TEMPLATES[self.sense.modality])

    def texts(self, words: ClassWords, kind: str) -> NDArray[np.float32]:
        """Embedded prompts of a class, unit rows (k, d)."""
        return self._embedded(self.prompts(words, kind))

    def logits(self, kind: str) -> Values:
        """(n, classes): mean over a clip of scaled cosines; 0 where it has none of this sense."""
        means = np.stack(
            [self.texts(c, kind).astype(np.float64).mean(axis=0) for c in self.classes]
        )
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        scale = self.sense.encoder.logit_scale
        return np.stack(
            [
                scale * (r.astype(np.float64) @ means.T).mean(axis=0)
                if len(r)
                else np.zeros(len(means))
                for r in self.rows
            ]
        )

    def answers(self, kind: str) -> NDArray[np.intp]:
        """(n,) the class that each clip is taken for."""
        out: NDArray[np.intp] = self.logits(kind).argmax(axis=1)
        return out

    def right(self, kind: str) -> NDArray[np.bool_]:
        """(n,) whether each answer is right."""
        out: NDArray[np.bool_] = self.answers(kind) == self.truth
        return out

    @cached_property
    def against_rest(self) -> Values:
        """(n, classes): the product's detector, a class's prompts against all others'."""
        every = [self.prompts(c, "") for c in self.classes]
        columns = []
        for k, own in enumerate(every):
            others = tuple(text for j, texts in enumerate(every) if j != k for text in texts)
            columns.append(self._detected(own, others))
        return np.stack(columns, axis=1)

    def against_normal(self, words: ClassWords) -> Values:
        """(n,): the product's detector, a class's prompts against its default normal prompts."""
        usual = NORMAL_SEE if self.sense.modality is Modality.VIDEO else NORMAL_HEAR
        return self._detected(self.prompts(words, ""), usual)

    def detections(self) -> Figures:
        """AUC and average precision, the mean over classes."""
        return self._mean_detection(self.against_rest)

    def plain(self) -> Figures:
        """The plain baseline: the cosine to the bare name."""
        names = self.sense.encoder.encode_texts([c.name for c in self.classes])
        cosines = np.stack(
            [
                (r.astype(np.float64) @ names.T).mean(axis=0) if len(r) else np.zeros(len(names))
                for r in self.rows
            ]
        )
        answers = cosines[self.there].argmax(axis=1)
        return {
            "accuracy": float(accuracy_score(self.truth[self.there], answers)),
            **self._mean_detection(cosines),
        }

    @cached_property
    def _texts(self) -> dict[str, NDArray[np.float32]]:
        return {}

    def _embedded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows of texts, each embedded once: fifty classes ask for the others' again."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._texts]
        if fresh:
            self._texts.update(zip(fresh, self.sense.encoder.encode_texts(fresh), strict=True))
        return np.stack([self._texts[text] for text in texts])

    def _mean_detection(self, columns: Values) -> Figures:
        found = [
            detection(self.truth[self.there] == k, columns[self.there, k])
            for k in range(len(self.classes))
        ]
        return {name: float(np.nanmean([f[name] for f in found])) for name in found[0]}

    def _detected(self, prompts: tuple[str, ...], normal: tuple[str, ...]) -> Values:
        encoder = self.sense.encoder
        detector = PromptDetector(
            camera="bench",
            rule="bench",
            rule_version="",
            modality=self.sense.modality,
            prompts=prompts,
            prompt_vectors=self._embedded(prompts),
            normal=normal,
            normal_vectors=self._embedded(normal),
            logit_scale=encoder.logit_scale,
            margin=0.0,
        )
        return np.array([_upper_half(detector.score_many(r)) if len(r) else 0.0 for r in self.rows])


def _upper_half(raw: Values) -> float:
    """The product's statistic of a window, with all of a clip in one."""
    return float(np.sort(raw)[-math.ceil(raw.size / 2) :].mean())
