"""Which packets are worth decoding: the cheapest way to the pictures that are wanted.

A picture can be decoded only after all that it refers to, back to a keyframe. So samples are laid
on keyframes where that is near enough, the rest of a group of pictures is left alone after its
last sample, and where the pace allows, nothing but keyframes is decoded.
"""

from __future__ import annotations

from collections import deque

from pipeline.config import Decode
from pipeline.records import NS_PER_S
from pipeline.sources.pace import Pace
from pipeline.sources.picture import Sampler

#: A sleeping camera shows one picture in so many seconds.
HEARTBEAT_S = 15.0
#: The last sample of a group says how much of it is decoded: it is taken this part of a period
#: early.
_EARLY = 5


class LookPlanner:
    """Decides for each packet whether it is decoded, for each picture whether it is sampled.

    Args:
        wanted: what the site says.
        pace: how often pictures are sampled.
        movement: whether movement is measured, which needs every picture.
    """

    def __init__(self, wanted: Decode, pace: Pace, *, movement: bool) -> None:
        self._wanted = wanted
        self._pace = pace
        self._movement = movement
        self._sampler = Sampler(pace)
        self._key_ns: int | None = None
        self._gaps: deque[int] = deque(maxlen=4)
        self._sampled_ns: int | None = None
        self._need_ns: int | None = None

    def reset(self) -> None:
        """Stream time began anew."""
        self._sampler.reset()
        self._key_ns = self._sampled_ns = self._need_ns = None

    @property
    def group_ns(self) -> int | None:
        """Stream time from one keyframe to the next; None until two were seen."""
        return min(self._gaps) if self._gaps else None

    def keyframe(self, pts_ns: int) -> None:
        """Take note of a keyframe, decoded or not."""
        if self._key_ns is not None and pts_ns > self._key_ns:
            self._gaps.append(pts_ns - self._key_ns)
        self._key_ns = pts_ns

    @property
    def decode(self) -> Decode:
        """What is decoded of a camera that is awake: any of `Decode` but ``AUTO``."""
        if self._wanted is not Decode.AUTO:
            return self._wanted
        group = self.group_ns
        # A tenth: keyframes that jitter are on time.
        if group is not None and 10 * group <= 11 * self._pace.period_ns:
            return Decode.KEYFRAMES
        return Decode.ALL if self._movement else Decode.SAMPLES

    def wants(self, pts_ns: int, decode: Decode, *, keyframe: bool) -> bool:
        """Whether a packet is to be decoded now; ``decode`` is what holds at the moment."""
        if decode is Decode.ALL:
            return True
        need, period = self._need_ns, self._pace.period_ns
        if decode is Decode.KEYFRAMES:
            return keyframe and (need is None or pts_ns >= need - self._early_ns)
        group = self.group_ns
        if need is None or group is None or self._key_ns is None:
            return True
        # A keyframe that comes soon serves as well; unless it does not come.
        beside = self._is_last(need - period)
        return pts_ns >= need + period // 2 if beside else True

    def _is_last(self, need_ns: int) -> bool:
        """Whether the keyframe to come serves for the sample after this one."""
        group, period = self.group_ns, self._pace.period_ns
        if group is None or self._key_ns is None:
            return False
        return need_ns + period >= self._key_ns + group - period // 2

    @property
    def _early_ns(self) -> int:
        """How much earlier than due a keyframe serves, where nothing else is decoded."""
        period = self._pace.period_ns
        return min(period, self.group_ns or period) // 2

    def samples(self, pts_ns: int, decode: Decode, *, keyframe: bool) -> bool:
        """Whether a decoded picture is sampled; asks once per picture."""
        period, need = self._pace.period_ns, self._need_ns
        if decode is Decode.ALL:
            due = self._sampler.due(pts_ns)
        else:
            # A hundredth of a second early is on time.
            early = NS_PER_S // 100
            if need is not None and self._is_last(need):
                early = max(early, period // _EARLY)
            if keyframe:
                early = self._early_ns if decode is Decode.KEYFRAMES else period // 2
            due = need is None or pts_ns >= need - early
        if due:
            self._need_ns = pts_ns + period
            anchored = keyframe and decode is not Decode.KEYFRAMES
            if need is not None and not anchored and abs(pts_ns - need) < period:
                # Pictures that lie beside the pace: the mean rate is kept.
                self._need_ns = need + period
            self._sampled_ns = pts_ns
            self._sampler.taken(pts_ns)
        return due

    @property
    def sampled_ns(self) -> int | None:
        """Stream time of the newest sample."""
        return self._sampled_ns
