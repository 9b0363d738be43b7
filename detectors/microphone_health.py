"""Whether a microphone still hears: dead or drowned.

A state machine of event time over `SoundVitals`; it holds no clock and does no I/O. What is usual
is this place's own: how quiet its quietest moments are and how loud its loud ones, followed as
quantiles while nothing is wrong.
"""

from __future__ import annotations

import math

from detectors.base import DetectorStateError, State
from detectors.lasting import Change, Lasting
from pipeline.records import NS_PER_S
from pipeline.vitals import SoundVitals

VERSION = 1
DEAD, DROWNED = "microphone_dead", "microphone_drowned"
#: Seconds until each trouble stands, and until it is over.
LASTING_S = {DEAD: (30.0, 3.0), DROWNED: (60.0, 10.0)}
#: A din that has lasted for so long (seconds) is what this place sounds like.
ADOPTED_S = 1800.0
#: Seconds after which it is known what is usual.
SETTLED_S = 60.0

#: Below this level, in dB of full scale, nothing is heard at all: the least step of 16 bits.
_SILENT_DB = -90.0
#: So far below the usual floor, this low and this steady (dB) is a circuit's own noise.
_BELOW_DB, _FAINT_DB, _STEADY_DB = 20.0, -60.0, 3.0
#: Even the quietest moments so far above the usual loud ones: nothing else can be heard. Less is
#: enough of a din that is as steady as a circuit's noise.
_ABOVE_DB, _ABOVE_STEADY_DB = 10.0, 3.0
#: Share of samples at full scale from which sound is spoilt.
_CLIPPED = 0.2
#: Each silence that ended by itself makes the next one count for a quarter, so many times.
_FORGIVEN, _FORGIVENESS = 3, 0.25
#: Quantiles that are followed, and their steps in dB a second.
_FLOOR_Q, _LOUD_Q, _STEP_DB = 0.1, 0.9, 0.05
#: A longer gap between two readings counts as so many seconds.
_GAP_S = 3.0

_SILENCE = "The microphone is dead: it gives no sound at all, not even noise."
_FAINT = "The microphone is dead: it gives a faint steady noise, far below what is usual here."
_DIN = "The microphone is drowned: a din far above what is usual here covers all else."
_CLIPS = "The microphone is drowned: its sound is clipped most of the time."
_ENDS = {DEAD: "The microphone hears again.", DROWNED: "The din is over."}


class MicrophoneHealth:
    """One camera's microphone; see the module."""

    def __init__(self) -> None:
        self._lasting = {kind: Lasting(rise, fall) for kind, (rise, fall) in LASTING_S.items()}
        self._last_ns: int | None = None
        #: Levels in dB of full scale; nothing is known in the beginning.
        self._floor_db = math.nan
        self._loud_db = math.nan
        self._heard_s = 0.0
        self._silences = 0

    @property
    def troubles(self) -> frozenset[str]:
        """The kinds that stand."""
        return frozenset(kind for kind, lasting in self._lasting.items() if lasting.stands)

    def take(self, vitals: SoundVitals, pts_ns: int) -> list[Change]:
        """Take in a second of sound; return what begins and what ends with it."""
        passed_s = 0.0
        if self._last_ns is not None:
            passed_s = min(max(0.0, (pts_ns - self._last_ns) / NS_PER_S), _GAP_S)
        self._last_ns = pts_ns
        dead, drowned = self._dead(vitals), self._drowned(vitals)
        changes = []
        if (change := self._step(DEAD, passed_s, dead)) is not None:
            changes.append(change)
            # A cable that is mended counts as well: it cannot be told from a pause.
            self._silences += not change.standing
        if (change := self._step(DROWNED, passed_s, drowned)) is not None:
            changes.append(change)
        din = self._lasting[DROWNED]
        if din.stands and din.stood_s >= ADOPTED_S and vitals.clipped < _CLIPPED:
            din.clear()
            self._heard_s = 0.0
            changes.append(Change(DROWNED, False, "The din has become the usual sound here."))
        if not dead and not drowned:
            self._learn(vitals, passed_s)
        return changes

    def _step(self, kind: str, passed_s: float, why: str) -> Change | None:
        pace = float(bool(why))
        if kind == DEAD:
            pace *= _FORGIVENESS ** min(self._silences, _FORGIVEN)
        change = self._lasting[kind].step(passed_s, pace)
        if change is None:
            return None
        return Change(kind, change, why if change else _ENDS[kind])

    def _dead(self, vitals: SoundVitals) -> str:
        """Why this second is one of a dead microphone; empty where it is not."""
        if vitals.loudest_db < _SILENT_DB:
            return _SILENCE
        faint = (
            self._heard_s >= SETTLED_S
            and vitals.loudest_db < min(_FAINT_DB, self._floor_db - _BELOW_DB)
            and vitals.loudest_db - vitals.quietest_db < _STEADY_DB
        )
        return _FAINT if faint else ""

    def _drowned(self, vitals: SoundVitals) -> str:
        """Why nothing else would be heard in this second; empty where it would."""
        if vitals.clipped > _CLIPPED:
            return _CLIPS
        steady = vitals.loudest_db - vitals.quietest_db < _STEADY_DB
        above = _ABOVE_STEADY_DB if steady else _ABOVE_DB
        settled = self._heard_s >= SETTLED_S
        return _DIN if settled and vitals.quietest_db > self._loud_db + above else ""

    def _learn(self, vitals: SoundVitals, passed_s: float) -> None:
        if self._heard_s == 0.0:
            self._floor_db, self._loud_db = vitals.quietest_db, vitals.loudest_db
        self._heard_s += passed_s
        # Stochastic approximation of quantiles (Robbins and Monro 1951), in larger steps at first.
        step = max(_STEP_DB, 20.0 / (10.0 + self._heard_s)) * passed_s
        self._floor_db += step * (_FLOOR_Q - float(vitals.quietest_db < self._floor_db))
        self._loud_db += step * (_LOUD_Q - float(vitals.loudest_db < self._loud_db))

    # --- across restarts ----------------------------------------------------------------------

    def save(self) -> State:
        """What is usual; troubles are found anew."""
        return {
            "version": VERSION,
            "floor_db": self._floor_db,
            "loud_db": self._loud_db,
            "heard_s": self._heard_s,
            "silences": self._silences,
        }

    def load(self, state: State) -> None:
        """Take over what `save` gave.

        Raises:
            DetectorStateError: it cannot be read.
        """
        try:
            if state["version"] != VERSION:
                raise ValueError(f"version {state['version']}")
            levels = [float(state[name]) for name in ("floor_db", "loud_db", "heard_s")]
            silences = int(state["silences"])
        except (KeyError, TypeError, ValueError) as error:
            raise DetectorStateError(
                f"a microphone's usual level cannot be read ({error}): it is learned anew"
            ) from error
        self._floor_db, self._loud_db, self._heard_s = levels
        self._silences = silences
