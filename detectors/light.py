"""Whether a picture without light is night, and so as it should be."""

from __future__ import annotations

import math

#: Grey levels: below the first a picture is dim, from the second on it is light.
DIM, LIT = 30.0, 40.0
#: Light that falls below this share of the last minute's has gone out; dusk takes longer.
_OUT, _TRAIL_S = 0.4, 60.0
#: Dark spells of so many seconds make the dark ordinary, after so many of them.
SPELL_S, SPELLS = 3600.0, 2


class Light:
    """Follows the light of one camera.

    Dusk comes slowly and a lamp goes out at once. Where lamps go out every evening, this is learned
    from the spells of dark that ended by themselves.
    """

    def __init__(self) -> None:
        #: Mean of the last minute, natural logarithm of grey levels; None: nothing was seen yet.
        self._trail: float | None = None
        self._dim_s = 0.0
        self._went_out = False
        #: Long spells of dark so far.
        self.spells = 0

    @property
    def night(self) -> bool:
        """Whether dark is as it should be, if it is dark."""
        return not self._went_out or self.spells >= SPELLS

    def take(self, luma: float, passed_s: float) -> None:
        """Go on by ``passed_s`` to a picture of this mean grey, 0 to 255."""
        now = math.log(max(luma, 1.0))
        if luma >= LIT:
            if self._dim_s >= SPELL_S:
                self.spells = min(self.spells + 1, SPELLS)
            self._dim_s, self._went_out = 0.0, False
        elif luma < DIM:
            self._dim_s += passed_s
            # Who begins in the dark has not seen it come.
            self._went_out |= self._trail is None or now < self._trail + math.log(_OUT)
        before = now if self._trail is None else self._trail
        self._trail = before + min(1.0, passed_s / _TRAIL_S) * (now - before)
