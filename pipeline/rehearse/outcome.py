"""What a rehearsal finds: of each rule at each camera, the alerts that it would have raised."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.archive import Thumbnail
from pipeline.records import Modality, Severity
from pipeline.rehearse.rates import Rate, Verdict, rate_of


class RehearsalError(ValueError):
    """Nothing can be rehearsed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What one sense had to say in an alert's rarest window."""

    modality: Modality
    p_value: float
    #: The p-value lies beyond all that was seen, and rests on a fitted tail.
    extrapolated: bool
    share: float
    #: What fitted best, or why it is unusual; empty where nothing did.
    words: str
    #: Lead over the best normal prompt in logits; None for rules without prompts.
    margin: float | None


@dataclass(frozen=True, slots=True)
class WouldBe:
    """An alert that would have been raised."""

    id: str
    severity: Severity
    #: Wall clock, seconds since the epoch, UTC; of a film, as if it had been watched then.
    started_at: float
    ended_at: float
    #: Where in a film it begins, such as ``clip.mp4 0:35``; empty for an archive.
    where: str
    p_value: float
    per_day: float
    extrapolated: bool
    senses: tuple[Sense, ...]
    #: The picture that was kept nearest to its rarest moment, and how long after it, seconds.
    picture: Thumbnail | None
    picture_after_s: float = 0.0


@dataclass(slots=True)
class Outcome:
    """One rule at one camera."""

    camera: str
    rule: str
    promised: float
    modalities: tuple[Modality, ...]
    #: Stream time for which the rule has judged, seconds.
    watched_s: float = 0.0
    alerts: list[WouldBe] = field(default_factory=list)
    #: Windows that would have begun an incident, had one not just been alerted.
    suppressed: int = 0
    #: What limits it, each a full sentence.
    notes: list[str] = field(default_factory=list)

    @property
    def rate(self) -> Rate | None:
        """Alerts a day; None where nothing was watched."""
        return rate_of([(len(self.alerts), self.watched_s)]) if self.watched_s else None

    @property
    def verdict(self) -> Verdict:
        """Whether the rule keeps its promise."""
        rate = self.rate
        return Verdict.SHORT if rate is None else rate.verdict(self.promised)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A whole rehearsal."""

    site: str
    timezone: str
    over: str
    #: First and last wall clock of what was rehearsed over.
    begin: float
    end: float
    outcomes: tuple[Outcome, ...]
    #: What the whole site promises a day, rehearsed or not.
    site_promises: float
    #: Places in the archive that could not be read.
    damaged: int
    notes: tuple[str, ...]
    #: Whether times are those of films.
    films: bool = False

    @property
    def watched(self) -> list[Outcome]:
        """The outcomes in which something was watched."""
        return [outcome for outcome in self.outcomes if outcome.watched_s > 0]

    @property
    def total(self) -> Rate | None:
        """Alerts a day of all rules and cameras together; None where nothing was watched."""
        counted = [(len(o.alerts), o.watched_s) for o in self.watched]
        return rate_of(counted) if counted else None

    @property
    def promised(self) -> float:
        """Alerts a day that the rules promise which were rehearsed."""
        return sum(outcome.promised for outcome in self.watched)

    @property
    def exceeded(self) -> list[Outcome]:
        """Those that would surely have raised more than they promise, were none of it right."""
        return [o for o in self.watched if o.verdict is Verdict.EXCEEDED]
