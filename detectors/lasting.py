"""Telling what lasts from what passes, for states of health."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """A trouble of a camera or a microphone that begins or ends."""

    #: As in `pipeline.messages.HealthEvent`.
    kind: str
    #: Whether it stands from now on.
    standing: bool
    #: A sentence.
    detail: str


class Lasting:
    """A condition that must hold for a while to count, and be gone for a while to be over.

    Seconds in which it holds are gathered, those in which it does not are taken off twice, so that
    what comes and goes counts only where it mostly holds.

    Args:
        rise_s: seconds until it stands.
        fall_s: seconds of its absence until it is over.
        patient: whether a moment without it is forgiven; else what was gathered is lost.
    """

    def __init__(self, rise_s: float, fall_s: float, *, patient: bool = True) -> None:
        self._rise_s = rise_s
        self._fall_s = fall_s
        self._patient = patient
        self._held_s = 0.0
        self._gone_s = 0.0
        #: How long it has stood, seconds.
        self.stood_s = 0.0
        self.stands = False

    @property
    def pending(self) -> bool:
        """Whether it stands, or might come to."""
        return self.stands or self._held_s > 0.0

    def step(self, passed_s: float, holds: float) -> bool | None:
        """Go on by ``passed_s``.

        Args:
            passed_s: seconds since the last step.
            holds: 0 where the condition does not hold; 1 where it does; less where it shall take
                longer to count.

        Returns:
            True when it begins to stand, False when it is over, None otherwise.
        """
        if self.stands:
            self.stood_s += passed_s
            self._gone_s = 0.0 if holds else self._gone_s + passed_s
            if self._gone_s < self._fall_s:
                return None
            self.clear()
            return False
        if holds:
            self._held_s += holds * passed_s
        else:
            self._held_s = max(0.0, self._held_s - 2 * passed_s) if self._patient else 0.0
        if self._held_s < self._rise_s:
            return None
        self.clear()
        self.stands = True
        return True

    def clear(self) -> None:
        """Begin anew: it does not stand, nothing is gathered."""
        self.stands = False
        self._held_s = self._gone_s = self.stood_s = 0.0
