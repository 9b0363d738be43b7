"""Which signs of damage a camera's stream is judged by; a sign that is wrong about it is given up.

A camera may number its packets or pictures otherwise than the standards say, or end its slices
oddly. A check that takes this for damage would mute it for good. So where one check, alone, finds
every group of pictures damaged for a minute, it is not believed any more, and that is told.
"""

from __future__ import annotations

from enum import StrEnum

from pipeline.records import NS_PER_S

#: So many groups of pictures in a row, over so long, are no chance.
_GROUPS, _AT_LEAST_NS = 10, 60 * NS_PER_S


class Sign(StrEnum):
    """What tells damage."""

    #: The packets' own numbers leave some out (RFC 3550, 5.1).
    LOST = "lost"
    #: The decoder met what cannot be, or had to conceal something.
    DECODER = "decoder"
    #: The same, of a decoder that was told to be strict: real cameras may not suit it.
    STRICT = "strict"
    #: The pictures' own numbers leave some out.
    NUMBERS = "numbers"
    #: A slice is missing, the first or one of as many as all pictures have.
    SLICES = "slices"
    #: A header is none.
    HEADER = "header"


class Checks:
    """The checks of one camera; outlives its connections.

    Args:
        lossy: whether packets may be lost on their way, so that their numbers are always believed.
    """

    def __init__(self, *, lossy: bool = False) -> None:
        self._certain = frozenset({Sign.DECODER, Sign.LOST} if lossy else {Sign.DECODER})
        self.dismissed: set[Sign] = set()
        #: What accused the group at hand, how often, and whether something else bears it out.
        self._accused: dict[Sign, int] = {}
        self._borne_out = False
        #: Its packets, and those that were decoded without a complaint since it was accused.
        self._packets = self._decoded = 0
        #: The check that alone accused the last groups, how many, and since when.
        self._alone: Sign | None = None
        self._groups, self._since_ns = 0, 0

    def believes(self, sign: Sign) -> bool:
        """Whether a check's word counts."""
        return sign not in self.dismissed

    def accuse(self, sign: Sign, *, borne_out: bool = False) -> None:
        """A check found damage.

        Args:
            sign: which.
            borne_out: whether something else says the same, such as a hole in the time stamps.
        """
        self._accused[sign] = self._accused.get(sign, 0) + 1
        self._borne_out |= borne_out

    def came(self) -> None:
        """A packet of a picture came."""
        self._packets += 1

    def decoded(self) -> None:
        """The decoder took a picture without a complaint."""
        self._decoded += bool(self._accused)

    def group(self, now_ns: int) -> Sign | None:
        """A keyframe came: weigh the group before it.

        Args:
            now_ns: its stream time.

        Returns:
            A check that is not believed from now on.
        """
        accused, packets = self._accused, self._packets
        borne_out, decoded = self._borne_out, self._decoded
        self._accused, self._borne_out, self._packets, self._decoded = {}, False, 0, 0
        if accused and not decoded and Sign.STRICT not in accused:
            return None  # none of it was decoded since: nobody can say
        alone = next(iter(accused)) if len(accused) == 1 else None
        if alone is None or borne_out or not self._may_err(alone, accused[alone], packets):
            self._alone = None
            return None
        if alone is not self._alone:
            self._alone, self._groups, self._since_ns = alone, 0, now_ns
        self._groups += 1
        if self._groups < _GROUPS or now_ns - self._since_ns < _AT_LEAST_NS:
            return None
        self._alone = None
        self.dismissed.add(alone)
        return alone

    def _may_err(self, sign: Sign, times: int, packets: int) -> bool:
        """Whether damage that only one check sees may be none."""
        if sign is Sign.LOST and 2 * times < packets:
            # Numbers that are shared with the sound break at every turn, not now and then.
            return False
        return sign not in self._certain
