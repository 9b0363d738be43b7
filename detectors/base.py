"""What a detector is: it turns one embedding into one score.

There are two kinds. A `Detector` stands in a rule: it knows its camera, and its scores go into
windows. A `Normality` is one idea of what is normal, learned from a camera's own embeddings; rules
with ``learn:`` put several of them together (`detectors.normal`).

The health of a camera and its microphone (`detectors.camera_health`, `detectors.microphone_health`)
is read from vital signs, not from embeddings; it stands in no rule and raises no alert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.records import WHOLE_VIEW, Embedding, Modality, PromptMargin, Score, Unusual

#: Embeddings before a moment that its `Moments` carry, and the seconds between them at least.
BEFORE, BEFORE_S = 4, 0.45
#: What a detector has learned: plain values and numpy arrays, as `pipeline.statefile` keeps them.
State = dict[str, Any]


class DetectorInputError(ValueError):
    """An embedding, or an array of them, that a detector cannot read."""


class DetectorStateError(ValueError):
    """A saved state that a detector cannot take over; it keeps what it has."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a detector judges, and under which rule: what its scores carry."""

    camera: str
    rule: str
    rule_version: str
    modality: Modality
    view: str = WHOLE_VIEW
    #: Identity of the model; embeddings of others are refused. None: not checked.
    model: str | None = None

    def concerns(self, embedding: Embedding) -> bool:
        """Whether ``embedding`` is of this camera, view and sense.

        Raises:
            DetectorInputError: it is, but of another model.
        """
        here = (embedding.camera, embedding.view, embedding.modality)
        if here != (self.camera, self.view, self.modality):
            return False
        if self.model is not None and embedding.model != self.model:
            raise DetectorInputError(
                f"camera {self.camera}, rule {self.rule}: the embedding is of model "
                f"{embedding.model}, the rule of {self.model}: embed its prompts anew"
            )
        return True

    def scored(
        self,
        embedding: Embedding,
        detector: str,
        raw: float,
        *,
        eligible: bool = True,
        evidence: tuple[PromptMargin, ...] = (),
        unusual: Unusual | None = None,
    ) -> Score:
        """The score of ``embedding`` under this rule; see `pipeline.records.Score`."""
        return Score(
            camera=self.camera,
            view=self.view,
            rule=self.rule,
            rule_version=self.rule_version,
            detector=detector,
            modality=embedding.modality,
            pts_ns=embedding.pts_ns,
            end_ns=embedding.end_ns,
            captured_at=embedding.captured_at,
            raw=raw,
            eligible=eligible,
            evidence=evidence,
            unusual=unusual,
        )


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


@dataclass(frozen=True, slots=True)
class Moments:
    """Embeddings of one camera, view and sense, as columns, in the order of their time."""

    #: float32 (n, d), unit rows.
    vectors: NDArray[np.float32]
    #: float64 (n,), wall clock, seconds since the epoch, UTC.
    captured_at: NDArray[np.float64]
    #: float32 (n,), hours since Monday 0:00 by the site's clocks, in [0, 168).
    hour_of_week: NDArray[np.float32]
    #: float16 (n, rows, cols, p); None for sound and where nobody asked; NaN where nobody knows.
    patches: NDArray[np.float16] | None = None
    #: float32 (n, rows, cols); None for sound; NaN where nobody knows.
    change: NDArray[np.float32] | None = None
    #: float16 (n, BEFORE, d): the embeddings before each, the newest last, half a second or more
    #: apart; NaN where there were none.
    before: NDArray[np.float16] | None = None

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, rows: slice | NDArray[np.integer[Any]] | NDArray[np.bool_]) -> Moments:
        """The moments that ``rows`` picks, as columns again."""
        return Moments(
            self.vectors[rows],
            self.captured_at[rows],
            self.hour_of_week[rows],
            None if self.patches is None else self.patches[rows],
            None if self.change is None else self.change[rows],
            None if self.before is None else self.before[rows],
        )

    def to_state(self) -> State:
        """As columns for a saved state."""
        return {
            "vectors": self.vectors,
            "captured_at": self.captured_at,
            "hour_of_week": self.hour_of_week,
            "patches": self.patches,
            "change": self.change,
            "before": self.before,
        }

    @staticmethod
    def from_state(state: State) -> Moments:
        """What `to_state` gave. Raises KeyError, TypeError, ValueError for anything else."""
        vectors = np.asarray(state["vectors"], np.float32)
        patches, change, before = state["patches"], state["change"], state.get("before")
        made = Moments(
            vectors,
            np.asarray(state["captured_at"], np.float64),
            np.asarray(state["hour_of_week"], np.float32),
            None if patches is None else np.asarray(patches, np.float16),
            None if change is None else np.asarray(change, np.float32),
            None if before is None else np.asarray(before, np.float16),
        )
        columns = (made.captured_at, made.hour_of_week, made.patches, made.change, made.before)
        if any(c is not None and c.shape[:1] != vectors.shape[:1] for c in columns):
            raise ValueError("columns of different lengths")
        return made

    @staticmethod
    def joined(parts: Sequence[Moments]) -> Moments:
        """One after the other; NaN where only some of them have patches, change or a past."""
        if not parts:
            raise DetectorInputError("no moments to join")

        def together(columns: list[Any]) -> Any:
            known = [c for c in columns if c is not None]
            if not known:
                return None
            unknown = np.full((1, *known[0].shape[1:]), np.nan, known[0].dtype)
            filled = [
                np.repeat(unknown, len(part), axis=0) if column is None else column
                for column, part in zip(columns, parts, strict=True)
            ]
            return np.concatenate(filled)

        return Moments(
            np.concatenate([p.vectors for p in parts]),
            np.concatenate([p.captured_at for p in parts]),
            np.concatenate([p.hour_of_week for p in parts]),
            together([p.patches for p in parts]),
            together([p.change for p in parts]),
            together([p.before for p in parts]),
        )


class Normality(Protocol):
    """One idea of what is normal for one camera, view and sense. No clock, no I/O.

    It is fitted once on a first stretch, then takes in ordinary moments one by one; who decides
    what is ordinary is not its business (`pipeline.learning`).
    """

    #: As in evidence and tables.
    name: str

    def fit(self, normal: Moments) -> None:
        """Learn from the beginning; what was learned before is forgotten.

        Raises:
            DetectorInputError: too few moments, or of the wrong shape.
        """
        ...

    def update(self, normal: Moments) -> None:
        """Take in ordinary moments, slowly and in bounded memory."""
        ...

    def score(self, moments: Moments) -> NDArray[np.float64]:
        """How far each of n moments is from normal, (n,); NaN where it cannot tell."""
        ...

    def explain(self, moment: Moments) -> Unusual:
        """Where and why the last of the moments is not normal. ``parts`` may be empty."""
        ...

    def save(self) -> State:
        """All that was learned, with ``version``."""
        ...

    def load(self, state: State) -> None:
        """Take over what `save` gave, of this version or an older one.

        Raises:
            DetectorStateError: it cannot be read.
        """
        ...
