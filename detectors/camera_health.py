"""Whether a camera still sees: covered, moved, blurred, dark or frozen.

A state machine of event time over `PictureVitals`; it holds no clock and does no I/O. What is usual
is the camera's own and learned while nothing is wrong (`detectors.looks`). Troubles are matters of
health: they raise no alert and silence none.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from detectors.base import DetectorStateError, State
from detectors.lasting import Change, Lasting
from detectors.light import DIM, Light
from detectors.looks import Looks, Usual, edges_of
from detectors.views import Field, Match, directions
from pipeline.records import NS_PER_S
from pipeline.vitals import PRINT, PictureVitals

VERSION = 1
COVERED, MOVED, BLURRED, DARK, FROZEN = (
    f"camera_{what}" for what in ("covered", "moved", "blurred", "dark", "frozen")
)
#: Seconds until each trouble stands, and until it is over.
LASTING_S = {
    COVERED: (5.0, 5.0),
    MOVED: (10.0, 10.0),
    BLURRED: (30.0, 10.0),
    DARK: (30.0, 5.0),
    FROZEN: (25.0, 1.0),
}
#: A view that has been another for so long (seconds) is the usual one.
ADOPTED_S = 1800.0

#: A longer gap between two pictures counts as so many seconds.
_GAP_S = 3.0
#: Peaks of a match, in standard deviations: from here on the view is known, and from here on a
#: peak elsewhere shows a shift or a turn, if it is so many times as high as that at no shift.
_KNOWN, _ELSEWHERE, _HIGHER, _HIGHER_TURNED = 4.5, 6.0, 1.4, 1.2
#: Share of the structured blocks that must be kept: a caption alone keeps less.
_KEPT = 0.15
#: Below this share of its usual peak a view may be turned.
_DOUBT = 0.6
#: Sharpness below the usual that is a blur, and that which a defocused cover has.
_BLUR, _COVER_BLUR = 1.0, 1.3
#: A picture darker and flatter than this shows nothing, grey levels.
_BLACK, _FLAT = 12.0, 6.0
#: A picture brighter than this shows nothing because it is dazzled, which mostly passes.
_DAZZLED = 225.0
#: A cover leaves less than this share of the usual contrast, or of the usual edges.
_COVER_CONTRAST, _COVER_EDGES = 0.4, 0.4
#: Share of the print with edges below which a picture shows nothing at all.
_NO_EDGES = 0.02
#: Share of values that a clock in a corner of a frozen picture changes.
_CAPTION = 0.004

_BEGINS = {
    COVERED: "The lens is covered: almost nothing of the usual view is left.",
    BLURRED: "The picture is blurred: edges are wider than they used to be.",
    DARK: "The picture is black: there is no light, or the lens is covered in black.",
    FROZEN: "The picture is frozen: pictures come, and they are all the same.",
}
_ENDS = {
    COVERED: "The lens is free again.",
    MOVED: "The camera shows its usual view again.",
    BLURRED: "The picture is sharp again.",
    DARK: "The picture is no longer black.",
    FROZEN: "The picture goes on.",
}


class _Seen(StrEnum):
    """What a single picture looks like."""

    USUAL = "usual"
    UNSURE = "unsure"
    COVERED = "covered"
    #: Nothing to be seen, but it may well pass.
    BLANK = "blank"
    SHIFTED = "shifted"
    ELSEWHERE = "elsewhere"
    BLURRED = "blurred"
    DARK = "dark"


#: What each counts for, and for how much of its time: the less sure, the longer it has to last.
_COUNTS = {
    _Seen.COVERED: (COVERED, 1.0),
    _Seen.BLANK: (COVERED, 1 / 6),
    _Seen.SHIFTED: (MOVED, 1.0),
    _Seen.ELSEWHERE: (MOVED, 1 / 3),
    _Seen.BLURRED: (BLURRED, 1.0),
    _Seen.DARK: (DARK, 1.0),
}


class CameraHealth:
    """One camera's picture; see the module."""

    def __init__(self) -> None:
        self._lasting = {
            kind: Lasting(rise, fall, patient=kind != FROZEN)
            for kind, (rise, fall) in LASTING_S.items()
        }
        self._looks = Looks()
        self._light = Light()
        self._watched_s = 0.0
        self._last_ns: int | None = None
        self._how_moved = ""

    @property
    def troubles(self) -> frozenset[str]:
        """The kinds that stand."""
        return frozenset(kind for kind, lasting in self._lasting.items() if lasting.stands)

    def take(self, vitals: PictureVitals, pts_ns: int) -> list[Change]:
        """Take in a picture; return what begins and what ends with it.

        Raises:
            ValueError: the print has the wrong size.
        """
        field = directions(vitals.print)
        passed_s = 0.0
        if self._last_ns is not None:
            passed_s = min(max(0.0, (pts_ns - self._last_ns) / NS_PER_S), _GAP_S)
        self._last_ns = pts_ns
        self._watched_s += passed_s
        self._light.take(vitals.luma, passed_s)
        seen = self._look_at(vitals, field, passed_s)
        return [*self._step(vitals, seen, passed_s), *self._adopt(vitals, field)]

    def _step(self, vitals: PictureVitals, seen: _Seen, passed_s: float) -> Iterator[Change]:
        kind, weight = _COUNTS.get(seen, ("", 0.0))
        # Of what shows nothing it cannot be said whether it moves.
        stays = vitals.changed <= _CAPTION and kind not in (COVERED, DARK)
        holds = {kind: weight, FROZEN: float(stays)}
        for name, lasting in self._lasting.items():
            change = lasting.step(passed_s, holds.get(name, 0.0))
            if change is True:
                yield Change(name, True, self._how_moved if name == MOVED else _BEGINS[name])
            elif change is False:
                yield Change(name, False, _ENDS[name])

    # --- what a picture looks like ------------------------------------------------------------

    def _look_at(self, vitals: PictureVitals, field: Field, passed_s: float) -> _Seen:
        if vitals.luma < _BLACK and vitals.contrast < _FLAT:
            return self._black()
        if not len(self._looks):
            return self._begin(vitals, field)
        matches = list(self._looks.matches(field))
        usual, match = max(matches, key=lambda pair: pair[1].still)
        known = match.still >= _KNOWN and match.kept >= _KEPT
        if self._is_shifted(matches, match) or self._is_turned(usual, match, known, field):
            wrong = _Seen.SHIFTED
        elif not known:
            wrong = self._lost(vitals, usual, field)
        else:
            return self._known(vitals, field, usual, match, passed_s)
        if self._looks.forming and wrong is not _Seen.DARK:
            # Somebody is still turning the camera to where it shall look.
            self._looks.forget()
            return self._begin(vitals, field)
        return wrong

    def _begin(self, vitals: PictureVitals, field: Field) -> _Seen:
        """The first picture of a look; one with nothing in it does not become what is usual."""
        if edges_of(field) < _NO_EDGES:
            return _Seen.BLANK
        self._looks.begin(vitals, field, self._watched_s)
        return _Seen.UNSURE

    def _black(self) -> _Seen:
        return _Seen.UNSURE if self._light.night else _Seen.DARK

    def _is_shifted(self, matches: list[tuple[Usual, Match]], still: Match) -> bool:
        """Whether a peak at another place is the highest by far."""
        best = max((match for _, match in matches), key=lambda match: match.peak)
        if not best.shifted or best.peak < max(_ELSEWHERE, _HIGHER * still.still):
            return False
        down, across = (abs(cells) / PRINT for cells in best.shift)
        self._how_moved = (
            f"The camera was moved: its view is shifted by {across:.0%} of its width and "
            f"{down:.0%} of its height."
        )
        return True

    def _is_turned(self, usual: Usual, still: Match, known: bool, field: Field) -> bool:
        """Whether the look fits better when it is turned; tried only where it fits badly."""
        if known and (not usual.settled or still.still >= _DOUBT * usual.still):
            return False
        turn, peak = usual.look.turned(field)
        if peak < max(_ELSEWHERE, _HIGHER_TURNED * still.still):
            return False
        self._how_moved = f"The camera was moved: its view is turned by about {abs(turn):.0f}°."
        return True

    def _lost(self, vitals: PictureVitals, usual: Usual, field: Field) -> _Seen:
        """Nothing of the usual view is there: why."""
        if vitals.luma < DIM:
            return self._black()
        covered = (
            edges_of(field) < max(_NO_EDGES, _COVER_EDGES * usual.edges)
            or vitals.contrast < _COVER_CONTRAST * usual.contrast
            or vitals.sharpness < usual.sharpness - _COVER_BLUR
        )
        if covered:
            return _Seen.BLANK if vitals.luma > _DAZZLED else _Seen.COVERED
        self._how_moved = "The camera was moved: it shows nothing of its usual view."
        return _Seen.ELSEWHERE

    def _known(
        self, vitals: PictureVitals, field: Field, best: Usual, match: Match, passed_s: float
    ) -> _Seen:
        """The view is the usual one: is it sharp, and does it teach?"""
        usual = self._looks.of_colour(best, vitals, field)
        if usual is None:
            self._looks.begin(vitals, field, self._watched_s)
            return _Seen.USUAL
        if usual.blur(vitals) > _BLUR:
            return _Seen.BLURRED
        usual.met_s = self._watched_s
        # What is frozen is no worse to learn from than what stands still.
        if not any(one.pending for kind, one in self._lasting.items() if kind != FROZEN):
            usual.learn(vitals, field, match.still, passed_s)
        return _Seen.USUAL

    def _adopt(self, vitals: PictureVitals, field: Field) -> Iterator[Change]:
        """A camera that was moved for good has a new look; the old ones are remembered."""
        moved = self._lasting[MOVED]
        if moved.stands and moved.stood_s >= ADOPTED_S:
            moved.clear()
            self._looks.begin(vitals, field, self._watched_s)
            yield Change(
                MOVED,
                False,
                f"The camera has shown another view for {ADOPTED_S / 60:.0f} minutes: from now on "
                "it is the usual one.",
            )

    # --- across restarts ----------------------------------------------------------------------

    def save(self) -> State:
        """What is usual; troubles are found anew."""
        return {
            "version": VERSION,
            "watched_s": self._watched_s,
            "spells": self._light.spells,
            "looks": self._looks.save(),
        }

    def load(self, state: State) -> None:
        """Take over what `save` gave.

        Raises:
            DetectorStateError: it cannot be read.
        """
        try:
            if state["version"] != VERSION:
                raise ValueError(f"version {state['version']}")
            watched_s, spells = float(state["watched_s"]), int(state["spells"])
            self._looks.load(state["looks"])
        except (KeyError, TypeError, ValueError) as error:
            raise DetectorStateError(
                f"a camera's usual view cannot be read ({error}): it is learned anew"
            ) from error
        self._watched_s, self._light.spells = watched_s, spells
