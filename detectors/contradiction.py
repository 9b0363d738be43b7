"""What one sense says and the other denies: sight and sound held against each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorInputError, DetectorStateError, State, Subject
from detectors.concepts import ConceptSpace, Profile, apart
from detectors.hearing import Hearing
from detectors.usual import Usual
from pipeline.records import NS_PER_S, Embedding, Modality, PromptMargin, Quiet, Score, Unusual

FloatArray = NDArray[np.float64]

#: What a sense says is its mean over so long: one odd picture says nothing.
_SAYS_NS = 2 * NS_PER_S
#: What the other denies it showed at no moment of so long before, or of a little after.
_AROUND_NS, _AFTER_NS = 6 * NS_PER_S, 2 * NS_PER_S
#: How many concepts an evidence names.
_TOP = 3
#: Readings kept of a sense: what fits into the time around, at 30 a second.
_KEPT = 300
#: Ordinary pairs that are drawn to know what is usual before the camera is known.
_PAIRS = 40_000
_VERSION = 1
_VERBS = {Modality.VIDEO: ("sight", "seen"), Modality.AUDIO: ("sound", "heard")}


@dataclass(frozen=True, slots=True)
class _Reading:
    end_ns: int
    odds: FloatArray  # (k,)
    leads: FloatArray  # (k,)
    #: Of a stretch in which there was nothing: it denies, and says nothing.
    quiet: bool = False


class ContradictionDetector:
    """Scores how much one sense says that the other denies, for both senses of one camera.

    Each sense keeps the log odds of a shared list of concepts (`detectors.concepts`) over the last
    seconds. A concept is *said* as strongly as the mean of two seconds, and *shown* by the other
    sense as strongly as at its strongest moment around. Their disagreement is the log odds that
    one has it and the other has not (`detectors.concepts.apart`): the weaker of "it is said" and
    "it is denied" decides.

    What of it is ordinary is taken out per concept and direction: it is told in spreads above its
    slow mean at this camera (`detectors.usual`), which starts from pairs of ordinary pictures and
    ordinary sounds that have nothing to do with each other. A radio that always plays, a street
    that is heard and never seen, become usual.

    ``raw`` is the highest such standard score of the concepts that are told, and below 0 where none
    is. A concept is *told* (``eligible``) where a prompt of it leads its ordinary prompts by the
    margin in the sense that says it, and none does at any moment around in the other.

    A picture is judged only while the microphone hears well (`detectors.hearing`), a sound only
    while there are pictures: what nobody could notice, nobody denies. A stretch that the sound gate
    found quiet counts as what this microphone usually hears.
    """

    name = "contradiction"

    def __init__(
        self,
        subjects: Mapping[Modality, Subject],
        spaces: Mapping[Modality, ConceptSpace],
        names: tuple[str, ...],
        ordinary: Mapping[Modality, NDArray[np.float32]],
        *,
        margin: float,
        seed: int = 0,
    ) -> None:
        """Make a detector.

        Args:
            subjects: for each of the two senses, what is judged.
            spaces: the concepts in each sense.
            names: what the k concepts are called.
            ordinary: embeddings (m, d) of ordinary pictures, and of ordinary sounds.
            margin: required lead over the best ordinary prompt, in logits, >= 0.
            seed: decides which ordinary pictures and sounds make pairs.

        Raises:
            DetectorInputError: the senses know different numbers of concepts, or no ordinary
                embeddings are given.
        """
        if any(len(spaces[m].prompts) != len(names) for m in Modality):
            raise DetectorInputError("each concept needs a prompt to see and one to hear")
        if any(len(ordinary[m]) == 0 for m in Modality):
            raise DetectorInputError("a contradiction needs ordinary pictures and ordinary sounds")
        self._subjects, self._spaces, self._names = dict(subjects), dict(spaces), names
        self._margin = float(margin)
        self._kept: dict[Modality, deque[_Reading]] = {m: deque(maxlen=_KEPT) for m in Modality}
        self._hearing = Hearing()
        rng = np.random.default_rng(seed)
        drawn = {}
        for m in Modality:
            read, rows = spaces[m].read(ordinary[m]), rng.integers(len(ordinary[m]), size=_PAIRS)
            drawn[m] = Profile(read.odds[rows], read.leads[rows])
        self._usual: dict[Modality, Usual] = {}
        self._ordinary: dict[Modality, FloatArray] = {}
        for says in Modality:
            shows = _other(says)
            disagree = apart(drawn[says].odds, drawn[shows].odds)
            spread = np.maximum(disagree.std(axis=0), 1e-3)
            self._usual[says] = Usual(disagree.mean(axis=0), spread)
            self._ordinary[says] = self.raws(says, drawn[says], drawn[shows])
        # Of what is heard while nothing is: the camera's mean, from the bank's on.
        self._mute = Usual(drawn[Modality.AUDIO].odds.mean(0), drawn[Modality.AUDIO].odds.std(0))

    def ordinary(self, modality: Modality) -> FloatArray:
        """Raw scores (n,) of ordinary pairs in which ``modality`` is the sense that says."""
        return self._ordinary[modality]

    def read(self, modality: Modality, vectors: NDArray[np.floating[Any]]) -> Profile:
        """What embeddings (n, d) of one sense say of the concepts. Raises DetectorInputError."""
        return self._spaces[modality].read(vectors)

    def raws(self, says: Modality, said: Profile, shown: Profile) -> FloatArray:
        """Raw scores (n,) of n moments: what ``says`` said in each, and what the other showed."""
        standard = self._usual[says].standard(apart(said.odds, shown.odds))
        raws: FloatArray = _counted(standard, self._told(said.leads, shown.leads)).max(axis=1)
        return raws

    def quiet(self, quiet: Quiet) -> None:
        """A stretch of sound in which its gate found nothing."""
        if quiet.modality is Modality.AUDIO:
            self._hearing.quiet(quiet.end_ns)
            nothing = np.full(len(self._names), -np.inf)
            self._keep(Modality.AUDIO, _Reading(quiet.end_ns, self._mute.mean, nothing, True))

    def score(self, embedding: Embedding) -> Score | None:
        """Return how much ``embedding``'s sense says that the other denies.

        None where it is not of this camera and view, or where the other sense could not tell.

        Raises:
            DetectorInputError: the vector is not finite, has the wrong size, or is of another
                model than the concepts.
        """
        says = embedding.modality
        if not self._subjects[says].concerns(embedding):
            return None
        read = self._spaces[says].read(embedding.vector[np.newaxis])
        now = embedding.end_ns
        self._keep(says, _Reading(now, read.odds[0], read.leads[0]))
        if says is Modality.AUDIO:
            self._hearing.take(embedding.vector, now)
            self._mute.take(read.odds[0])
        shown = self._around(_other(says), now)
        if not shown or (says is Modality.VIDEO and not self._hearing.well(now)):
            return None
        said = [r for r in self._kept[says] if now - _SAYS_NS < r.end_ns <= now and not r.quiet]
        told = self._told(_mean(said, "leads"), np.max([r.leads for r in shown], axis=0))
        strongest = np.max([r.odds for r in shown], axis=0)
        disagree = apart(_mean(said, "odds"), strongest)
        standard = self._usual[says].standard(disagree)
        self._usual[says].take(disagree)
        return self._scored(embedding, standard, told)

    def _scored(self, embedding: Embedding, standard: FloatArray, told: NDArray[np.bool_]) -> Score:
        counts = _counted(standard, told)
        order = np.argsort(-counts, kind="stable")[:_TOP]
        first, says = int(order[0]), embedding.modality
        evidence: tuple[PromptMargin, ...] = ()
        (sense, done), (other, _) = _VERBS[says], _VERBS[_other(says)]
        words = f"nothing is {done} that {other} denies"
        if told[first]:
            evidence = self._spaces[says].evidence(embedding.vector, first)
            words = (
                f"{sense} says '{evidence[0].prompt}' (leads by {evidence[0].margin:.1f}); {other} "
                f"denies {self._names[first].replace('-', ' ')}, which is {standard[first]:.1f} "
                "spreads more than usual here"
            )
        parts = tuple((self._names[i], round(float(standard[i]), 3)) for i in order)
        return self._subjects[says].scored(
            embedding,
            self.name,
            float(counts[first]),
            eligible=bool(told[first]),
            evidence=evidence,
            unusual=Unusual(parts, words),
        )

    def _told(self, says: FloatArray, shows: FloatArray) -> NDArray[np.bool_]:
        """Which concepts one sense names and the other does not, by their leads (..., k)."""
        told: NDArray[np.bool_] = (says >= self._margin) & (shows < self._margin)
        return told

    def _keep(self, modality: Modality, reading: _Reading) -> None:
        kept = self._kept[modality]
        if kept and reading.end_ns < kept[-1].end_ns - _AROUND_NS:
            # Time stepped back: another time line.
            for old in self._kept.values():
                old.clear()
        kept.append(reading)
        while kept[0].end_ns < reading.end_ns - _AROUND_NS - _AFTER_NS:
            kept.popleft()

    def _around(self, modality: Modality, now: int) -> list[_Reading]:
        begin, end = now - _AROUND_NS, now + _AFTER_NS
        return [r for r in self._kept[modality] if begin < r.end_ns <= end]

    def save(self) -> State:
        """What was learned of the camera; the last seconds are not kept."""
        return {
            "version": _VERSION,
            "concepts": self._identity,
            "usual": {str(m): usual.save() for m, usual in self._usual.items()},
            "mute": self._mute.save(),
            "hearing": self._hearing.save(),
        }

    def load(self, state: State) -> None:
        """Take over what `save` gave.

        Raises:
            DetectorStateError: it was learned of other concepts, or cannot be read; what was
                known before is kept.
        """
        before = self.save()
        try:
            if state["version"] != _VERSION or state["concepts"] != self._identity:
                raise DetectorStateError(
                    f"what is usual was learned of other concepts ({state['concepts']}): it is "
                    "learned anew"
                )
            self._take_over(state)
        except (KeyError, TypeError, AttributeError) as error:
            self._take_over(before)
            raise DetectorStateError(f"a saved contradiction cannot be read: {error!r}") from error
        except DetectorStateError:
            self._take_over(before)
            raise

    def _take_over(self, state: State) -> None:
        for modality, usual in self._usual.items():
            usual.load(state["usual"][str(modality)])
        self._mute.load(state["mute"])
        self._hearing.load(state["hearing"])

    @property
    def _identity(self) -> list[str]:
        return [
            f"{name}: {', '.join(see)} / {', '.join(hear)}"
            for name, see, hear in zip(
                self._names,
                self._spaces[Modality.VIDEO].prompts,
                self._spaces[Modality.AUDIO].prompts,
                strict=True,
            )
        ]


def _other(modality: Modality) -> Modality:
    return Modality.AUDIO if modality is Modality.VIDEO else Modality.VIDEO


def _mean(readings: list[_Reading], what: str) -> FloatArray:
    result: FloatArray = np.mean([getattr(r, what) for r in readings], axis=0)
    return result


def _counted(standard: FloatArray, told: NDArray[np.bool_]) -> FloatArray:
    """What each concept (..., k) counts for: its standard score where it is told, else below 0.

    What is not told keeps its order, so that ordinary scores are not all the same.
    """
    untold = np.where(standard < 0, standard - 1, -1 / (1 + np.maximum(standard, 0)))
    result: FloatArray = np.where(told, standard, untold)
    return result
