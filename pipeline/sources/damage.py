"""Whether a stream's pictures are whole: after damage none is, until a keyframe came whole.

Most damaged pictures carry no mark, so damage is looked for where it can be seen: gaps in the
packets' numbers, gaps in the pictures' numbers, missing slices, and whatever makes the decoder
complain.
"""

from __future__ import annotations

from collections import deque

import av

from pipeline.sources.access_unit import Facts, reader_of
from pipeline.sources.checks import Checks, Sign

#: Lies before every stamp.
_ANY = -(1 << 63)
#: Pictures with one count of slices after which that count is expected.
_REGULAR = 12
#: A step of the stamps so much longer than usual is a hole.
_HOLE = 1.6
#: A step of so much of a group of pictures may have swallowed a keyframe; one of so many groups is
#: no hole, but a clock that was set. While no group has come to its end: a step that is longer than
#: all of it that came, and so many times the longest before.
_GROUP, _GROUPS, _FIRST = 0.9, 32, 4


class Damage:
    """What is known of one connection's pictures.

    Args:
        codec: FFmpeg's name of it.
        extradata: what describes the stream beforehand.
        checks: which checks are believed.
    """

    def __init__(self, codec: str, extradata: bytes, checks: Checks) -> None:
        self._reader = reader_of(codec, extradata)
        self._checks = checks
        #: Whether pictures are withheld: at first because no keyframe came yet.
        self.muted = True
        self.seen_keyframe = False
        #: Whether a picture was whole or damage was found: until then nothing is withheld.
        self.begun = False
        #: The keyframe's stamp from which on pictures are whole again; None: none came yet.
        self._whole_from: int | None = None
        #: Packets to come that the loss may have torn.
        self._near = 0
        #: Whether the newest keyframe is one of them.
        self._torn = False
        #: Pictures until a stream without whole keyframes is exact; 0: it is, or is not waited for.
        self._recovers_in = 0
        #: frame_num of the last picture that others refer to; None: any may follow.
        self._number: int | None = None
        #: Slices of the last pictures, keyframes apart.
        self._slices = {key: deque[int](maxlen=_REGULAR) for key in (False, True)}
        self._steps: deque[int] = deque(maxlen=16)
        #: The newest keyframe's stamp, and how long the last groups of pictures were.
        self._key: int | None = None
        self._groups: deque[int] = deque(maxlen=4)
        self._newest: int | None = None
        #: The stamp of the packet that is decoded.
        self._at: int | None = None
        self._signs: list[Sign] = []
        self._dismissed: list[Sign] = []

    # --- what comes ---------------------------------------------------------------------------

    def lost(self) -> bool:
        """Packets are missing in the picture that comes next, or the one after; see `accuse`."""
        if self._checks.believes(Sign.LOST):
            self._near = 2
        return self.accuse(Sign.LOST)

    def comes(self, packet: av.Packet, now_ns: int) -> None:
        """A packet came; it may be decoded later, or not at all."""
        self._checks.came()
        near, self._near = self._near, max(0, self._near - 1)
        if not packet.is_keyframe:
            return
        if (dismissed := self._checks.group(now_ns)) is not None:
            self._dismissed.append(dismissed)
        if packet.pts is not None:
            if self._key is not None and packet.pts > self._key:
                self._groups.append(packet.pts - self._key)
            self._key = packet.pts
        # What is told of a loss tells it when the gap is read: that may be the packet before.
        self._torn = near == 2 or (near == 1 and not self._begins(packet))

    def _begins(self, packet: av.Packet) -> bool:
        return self._reader is not None and self._reader.read(bytes(packet)).begins

    def accuse(self, sign: Sign, *, borne_out: bool = False) -> bool:
        """A check found damage; returns whether it is believed."""
        self._checks.accuse(sign, borne_out=borne_out)
        if not self._checks.believes(sign):
            return False
        self._signs.append(sign)
        self.muted = self.begun = True
        # What is shown before the keyframe is nothing that later pictures refer to.
        begins, at = self._whole_from, self._at
        leads = begins is not None and at is not None and at < begins
        if sign is Sign.LOST or not leads:
            self._whole_from, self._recovers_in = None, 0
        return True

    # --- what is decoded ----------------------------------------------------------------------

    def before(self, packet: av.Packet) -> bool:
        """A packet is about to be decoded, in its turn; returns whether something is missing."""
        key, self._at = packet.is_keyframe, packet.pts
        facts = self._reader.read(bytes(packet)) if self._reader is not None else None
        step = self._step_to(packet.pts)
        # Numbers begin anew at each keyframe, and would fit where as much is lost as a group.
        swallowed = not key and self._swallows(step)
        hole = self._is_hole(step)
        if (
            facts is not None
            and facts.slices
            and not self._is_sound(facts, key=key, hole=hole, swallowed=swallowed)
        ):
            self._enter(packet, facts, key=False)
            return True
        self._enter(packet, facts, key=key)
        return False

    def _enter(self, packet: av.Packet, facts: Facts | None, *, key: bool) -> None:
        """See whether the stream is whole from this packet on."""
        pts = _ANY if packet.pts is None else packet.pts
        self.seen_keyframe |= packet.is_keyframe
        if key and not self._torn and (facts is None or not facts.recovers_in):
            self._whole_from, self._recovers_in = pts, 0
        elif key and not self._torn and facts is not None and not self._recovers_in:
            self._recovers_in = facts.recovers_in
        elif self._recovers_in and (facts is None or facts.reference):
            self._recovers_in -= 1
            if not self._recovers_in:
                self._whole_from = pts

    def _is_sound(self, facts: Facts, *, key: bool, hole: bool, swallowed: bool) -> bool:
        found: Sign | None = None
        counts = self._slices[key]
        usual = counts[0] if len(counts) == _REGULAR == counts.count(counts[0]) else 0
        if facts.malformed:
            found = Sign.HEADER
        elif not facts.begins or facts.slices < usual:
            found = Sign.SLICES
        elif not self._follows(facts, key=key):
            found = Sign.NUMBERS
        elif swallowed and facts.number is not None:
            # The stamps alone say so: they bear out nothing.
            found, hole = Sign.NUMBERS, False
        counts.append(facts.slices)
        return found is None or not self.accuse(found, borne_out=hole)

    def _follows(self, facts: Facts, *, key: bool) -> bool:
        """Whether a picture's number is the next one, or the same for its other field."""
        if facts.number is None:
            self._number = None
            return True
        number, numbers = facts.number
        before = self._number
        # What is exact of itself may have any number, after pictures that were not decoded.
        whole = key and not facts.recovers_in
        if facts.reference or whole:
            self._number = number
        step = None if before is None else (number - before) % numbers
        return whole or step in (None, 1) or (step == 0 and facts.field)

    def _step_to(self, pts: int | None) -> int:
        """Time between the picture before and this one; 0: they say nothing of it."""
        before, self._newest = self._newest, pts
        return 0 if pts is None or before is None else max(0, pts - before)

    def _swallows(self, step: int) -> bool:
        """Whether a keyframe may be missing within this step, by the stamps."""
        if not step or self._key is None or self._newest is None:
            return False
        if self._groups:
            group = min(self._groups)
            return _GROUP * group <= step < _GROUPS * group
        longest, came = max(self._steps, default=None), self._newest - step - self._key
        return longest is not None and step > max(came, _FIRST * longest)

    def _is_hole(self, step: int) -> bool:
        """Whether this step leaves out a picture's time."""
        if not step:
            return False
        steps = sorted(self._steps)
        self._steps.append(step)
        return len(steps) >= 8 and step > _HOLE * steps[len(steps) // 2]

    def complain(self, *, strict: bool) -> None:
        """The decoder found something; ``strict``: it was told to be."""
        self.accuse(Sign.STRICT if strict else Sign.DECODER)

    def taken(self) -> None:
        """The decoder took a packet without a complaint."""
        self._checks.decoded()

    def is_whole(self, frame: av.VideoFrame, *, strict: bool) -> bool:
        """Whether a keyframe stands between the last damage and this picture.

        A decoder that reorders gives out pictures of the damaged group after it took the keyframe.
        """
        whole_from = self._whole_from
        if whole_from is not None and (frame.pts is None or frame.pts >= whole_from):
            self.muted, self.begun = False, True
            whole_from = self._whole_from = None
        if frame.is_corrupt and whole_from is None:
            self.complain(strict=strict)
        elif frame.is_corrupt:
            self.muted = True
        return not self.muted

    @property
    def news(self) -> bool:
        """Whether there is anything to `tell`."""
        return bool(self._signs or self._dismissed)

    def tell(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Signs of damage since this was asked last, and checks that are not believed any more."""
        told = tuple(self._signs), tuple(self._dismissed)
        self._signs, self._dismissed = [], []
        return told
