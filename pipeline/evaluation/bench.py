"""What every suite is given and what it gives back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import SightEncoder, SoundEncoder
from pipeline.evaluation.bootstrap import RESAMPLES
from pipeline.evaluation.errors import TrainedOnError, UnreadableMedia
from pipeline.evaluation.models import TrainedOn, refuse_trained
from pipeline.evaluation.splits import Part
from pipeline.evaluation.tracks import Producer, Track, TrackStore

T = TypeVar("T")
#: One name of a figure to its value.
Figures = dict[str, float]


class Models(Protocol):
    """A pair of encoders, opened at first use."""

    @property
    def sight(self) -> SightEncoder:
        """The sight model."""
        ...

    @property
    def sound(self) -> SoundEncoder:
        """The sound model."""
        ...

    def ordinary(self, encoder: SightEncoder | SoundEncoder) -> NDArray[np.float32]:
        """A model's bank of ordinary embeddings, (m, d)."""
        ...

    def trained_on(self, encoder: SightEncoder | SoundEncoder) -> TrainedOn:
        """What a model has seen."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a suite."""

    data: Path
    #: Which part is scored; ``all`` takes both.
    split: Literal["test", "train", "all"] = "test"
    #: For the suite ``folder``: labels that mean that nothing is wrong.
    normal: tuple[str, ...] = ()
    #: For the suite ``folder``: prompts by label.
    prompts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def wants(self, part: Part) -> bool:
        """Whether items of ``part`` are scored."""
        return self.split in ("all", str(part))


def _silently(items: Sequence[Any], _: str) -> Iterator[Any]:
    yield from items


@dataclass
class Bench:
    """Models, what was computed before, and how progress is shown."""

    models: Models
    store: TrackStore
    resamples: int = RESAMPLES
    #: Yields the items it is given, and shows how far it is; the text names the step.
    progress: Callable[[Sequence[Any], str], Iterator[Any]] = _silently
    #: Files that could not be read, with the reason: they are left out of every figure.
    unreadable: dict[str, str] = field(default_factory=dict)

    def each(self, items: Sequence[T], step: str) -> Iterator[T]:
        """The items, with progress."""
        yield from self.progress(items, step)

    def tracks(self, path: Path, producers: Iterable[Producer]) -> list[Track] | None:
        """A clip's tracks; None, and remembered, where it cannot be read or has none of them."""
        try:
            tracks = [self.store.track(path, producer) for producer in producers]
        except UnreadableMedia as error:
            self.unreadable[str(path)] = str(error)
            return None
        if not any(map(len, tracks)):
            self.unreadable[str(path)] = f"{path} holds nothing of what is scored"
            return None
        return tracks

    def refuse_trained(
        self,
        dataset: str,
        paths: Sequence[Path],
        encoders: Iterable[SightEncoder | SoundEncoder],
        *,
        strict: bool = True,
    ) -> list[str]:
        """Refuse to score what a model was trained on: by the file's name, and by what it holds.

        Args:
            dataset: a suite's name, as in `pipeline.evaluation.splits`.
            paths: what would be scored.
            encoders: the models.
            strict: refuse a file that the weights name by its hash too; else only say so.

        Returns:
            Notes for the report: what was not refused.

        Raises:
            TrainedOnError: a model was trained on one of them.
        """
        known: dict[Path, None] = {}
        for encoder in encoders:
            seen = self.models.trained_on(encoder)
            refuse_trained(dataset, [p.name for p in paths], encoder.model_id, seen)
            if seen.files:
                known |= {p: None for p in paths if self.store.file_hash(p) in seen.files}
        if not known:
            return []
        first = next(iter(known))
        said = f"the model was trained on {len(known)} of these very files (first: {first})"
        if strict:
            raise TrainedOnError(f"{said}: take them out of the test")
        return [f"warning: {said}; what they score means nothing"]


@dataclass(frozen=True, slots=True)
class Curve:
    """What one ROC and one precision-recall curve are drawn from."""

    labels: NDArray[np.bool_]
    scores: NDArray[np.float64]
    weights: NDArray[np.float64] | None = None


@dataclass
class Outcome:
    """The figures of one run. Names in snake case, values in [0, 1]."""

    suite: str
    split: str
    counts: dict[str, int]
    #: Model ids by sense.
    models: dict[str, str]
    #: By sense (``video``, ``audio``, ``fused``), then by figure.
    metrics: dict[str, Figures] = field(default_factory=dict)
    #: The plain zero-shot baseline in the same run: mean cosine to the prompts.
    baseline: dict[str, Figures] = field(default_factory=dict)
    #: What guessing gets.
    chance: dict[str, Figures] = field(default_factory=dict)
    #: 95 % of paired resamples, by sense and figure: [low, high].
    intervals: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    #: Differences on the same items, with their intervals.
    paired: list[dict[str, Any]] = field(default_factory=list)
    per_class: dict[str, Figures] = field(default_factory=dict)
    #: Rows of one table: every sense and every way of putting them together.
    ablations: list[dict[str, Any]] = field(default_factory=list)
    prompts: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    curves: dict[str, Curve] = field(default_factory=dict)
    #: Pictures uint8 (H, W, 3) RGB that ``--plots`` writes too, by the name of their file.
    pictures: dict[str, NDArray[np.uint8]] = field(default_factory=dict)


class Suite(Protocol):
    """One data set in its public layout."""

    @property
    def name(self) -> str:
        """As on the command line."""
        ...

    @property
    def summary(self) -> str:
        """The set, its measure and its layout in a line."""
        ...

    def run(self, request: Request, bench: Bench) -> Outcome:
        """Measure.

        Raises:
            LayoutError: the folder does not hold the set.
            TrainedOnError: a test item was trained on.
            EncoderError: a model cannot be used.
        """
        ...


def plain_values(value: Any) -> Any:
    """A value as JSON knows it: numpy numbers made plain, NaN and infinity made null."""
    if isinstance(value, dict):
        return {str(k): plain_values(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
