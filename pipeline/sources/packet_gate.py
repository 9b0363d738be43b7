"""Whether anything moves in a picture, told from the sizes of its packets, without decoding.

An encoder spends bits on what its prediction misses: in a still scene that is noise, in a moving
one movement. Sizes swing with the position in the group of pictures, so like is compared with
like: packets are averaged over a fifth of a second, and each stretch is held against what the
same stretch of earlier groups took while the decoded pictures were still. Small leads add up
(CUSUM; Page 1954), so that something small that lasts wakes the camera as well as something large.

Decoded pictures tell the truth, and the gate counts how often sizes agreed with it. Where they do
not (a constant bit rate hides movement) it is blind, says so, and lets nothing sleep; nor does it
before it has proven itself. What counts is movement that begins in a still scene: while it lasts,
pictures are decoded anyway.

A scene that grows too quiet is looked at, too: a covered lens and a picture that has frozen cost an
encoder less than the noise of a still scene, and no sensor gives the same picture twice.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from pipeline.records import NS_PER_S


class Trust(StrEnum):
    """What the gate's word is worth."""

    #: Too little movement was seen to know.
    UNPROVEN = "unproven"
    TRUSTED = "trusted"
    BLIND = "blind"


@dataclass(frozen=True, slots=True)
class GateSettings:
    """When a scene counts as moving, and when as still."""

    #: Packets are averaged over so much stream time.
    stretch_ns: int = NS_PER_S // 5
    #: Lead over the usual that is taken for granted, and the sum of leads at which something
    #: moves, in standard deviations of a stretch.
    allowance: float = 1.0
    threshold: float = 6.0
    #: Least standard deviation of a stretch's logarithm: sizes that never vary still vary a bit.
    least_spread: float = 0.06
    #: Stretches of one position until it is known.
    known: int = 3
    #: Change between two pictures from which on they differ, see `pipeline.sources.change`.
    change: float = 2.5
    #: Change from which on it is surely movement, by which the gate is judged.
    sure: float = 5.0
    #: Stillness, seconds, after which a camera sleeps.
    hold_s: float = 4.0
    #: Time constant of `activity`, seconds.
    smooth_s: float = 5.0


#: Positions of a group of pictures that are told apart: beyond it they count as one.
_POSITIONS = 64
#: The keyframe's own position.
_KEY = -1
#: A group of pictures that is shorter than so much of the last ones has ended early.
_EARLY = 0.75
#: Longest memory of a position, in groups of pictures.
_MEMORY = 48
#: So many still pictures in a row make a scene settled: what was in it before has come to rest.
_SETTLED = 2
#: Movement that begins is to be noticed so soon.
_SOON_NS = NS_PER_S
#: Values held between two decoded pictures.
_MOST_PENDING = 600
#: Each time that movement began weighs so much less than the next.
_FORGET = 0.95
#: Of those times, weighed so: enough to judge by, and the shares that the gate must have noticed
#: to be trusted, and below which it is blind.
_ENOUGH, _TRUSTED, _BLIND = 3.0, 0.85, 0.7
#: A single stretch counts as no more than this, in standard deviations.
_MOST_Z = 12.0
#: So far below its usual a position is learned anew.
_OTHER_Z = 6.0


class _Usual:
    """Mean and spread of one position's logarithms."""

    __slots__ = ("count", "mean", "spread")

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.spread = 0.0

    def learn(self, value: float) -> None:
        self.count += 1
        rate = max(1.0 / self.count, 1.0 / _MEMORY)
        off = value - self.mean
        self.mean += rate * off
        # Mean absolute deviation; the first says nothing.
        if self.count > 1:
            rate = max(1.0 / (self.count - 1), 1.0 / _MEMORY)
            self.spread += rate * (abs(off) - self.spread)


class PacketGate:
    """Follows one camera's packets and pictures. A pure function of what it is told.

    One thread tells it; `activity`, `asleep` and `trust` may be read from any.
    """

    def __init__(self, settings: GateSettings | None = None) -> None:
        self._settings = settings or GateSettings()
        self._usual: dict[int, _Usual] = {}
        self._hits = self._misses = 0.0
        #: Whether sizes tell movement at this camera.
        self.trust = Trust.UNPROVEN
        self.activity = 1.0
        #: Pictures that had moved though the gate had let the camera sleep.
        self.missed = 0
        self.reset()

    def reset(self) -> None:
        """Stream time began anew; what is usual stays."""
        #: Whether nothing moves, as far as sizes and pictures tell.
        self.still = False
        self._key_ns: int | None = None
        #: How long the last groups of pictures were.
        self._groups: deque[int] = deque(maxlen=4)
        self._position: int | None = None
        self._sum = self._count = 0
        self._pending: list[tuple[int, float]] = []
        self._lead = self._peak = self._fall = 0.0
        self._judged = False
        self._trial_ns: int | None = None
        self._moved_ns: int | None = None
        self._rested = 0
        self._last_ns: int | None = None

    @property
    def asleep(self) -> bool:
        """Whether the camera need not be looked at: nothing moves, and the gate is trusted."""
        return self.still and self.trust is Trust.TRUSTED

    def _weigh(self) -> Trust:
        seen = self._hits + self._misses
        if seen >= _ENOUGH and self._hits < _BLIND * seen:
            return Trust.BLIND
        if seen >= _ENOUGH and self._hits >= _TRUSTED * seen:
            return Trust.TRUSTED
        return Trust.UNPROVEN

    def packet(self, time_ns: int, size: int, *, keyframe: bool) -> None:
        """Take note of a packet.

        Args:
            time_ns: its time in decoding order, of any clock that does not jump.
            size: bytes.
            keyframe: whether a group of pictures begins.
        """
        if keyframe:
            self._close(time_ns)
            self._see_group(time_ns)
            self._key_ns, self._position = time_ns, _KEY
            self._sum, self._count = size, 1
            self._close(time_ns)
            return
        if self._key_ns is None:
            return
        # Half a picture of 25 a second: stamps that jitter keep their stretch.
        since = time_ns - self._key_ns + NS_PER_S // 50
        # Stamps that step back belong to the group that stands.
        position = max(0, min(since // self._settings.stretch_ns, _POSITIONS))
        if position != self._position:
            self._close(time_ns)
            self._position = position
        self._sum += size
        self._count += 1

    def _see_group(self, now_ns: int) -> None:
        """A keyframe out of turn is a cut in the scene, or another stream."""
        if self._key_ns is None:
            return
        group_ns = now_ns - self._key_ns
        if self._groups and group_ns < _EARLY * max(self._groups):
            self._wake(now_ns)
        self._groups.append(group_ns)

    def _close(self, now_ns: int) -> None:
        """Judge the stretch that is over."""
        if self._position is None or not self._count:
            return
        position, value = self._position, math.log(self._sum / self._count + 1.0)
        self._sum = self._count = 0
        self._position = None
        if len(self._pending) < _MOST_PENDING:
            self._pending.append((position, value))
        settings = self._settings
        usual = self._usual.get(position)
        known = usual is not None and usual.count >= settings.known
        if known:
            assert usual is not None
            z = max(-_MOST_Z, min(self._z(usual, value), _MOST_Z))
            self._lead = self._add(self._lead, z)
            self._fall = self._add(self._fall, -z)
            self._peak = max(self._peak, self._lead)
            self._judged = True
            if max(self._lead, self._fall) > settings.threshold:
                self._wake(now_ns)
        elif position != _KEY:
            # What is not known yet may be anything.
            self._wake(now_ns)
        self._smooth(now_ns)
        quiet_since = self._moved_ns
        if (
            not self.still
            and quiet_since is not None
            and self._rested >= _SETTLED
            and now_ns - quiet_since >= settings.hold_s * NS_PER_S
        ):
            self.still = True

    def _add(self, total: float, z: float) -> float:
        most = self._settings.threshold + 2.0
        return min(most, max(0.0, total + z - self._settings.allowance))

    def _wake(self, now_ns: int) -> None:
        self.still = False
        self._moved_ns = now_ns

    def _smooth(self, now_ns: int) -> None:
        before, self._last_ns = self._last_ns, now_ns
        if before is None or now_ns <= before:
            return
        share = 1.0 - math.exp((before - now_ns) / (self._settings.smooth_s * NS_PER_S))
        moving = self._moved_ns is not None and now_ns - self._moved_ns < NS_PER_S
        self.activity += share * (float(moving) - self.activity)

    def picture(self, change: float) -> None:
        """Say how much a decoded picture differs from the one decoded before it.

        Args:
            change: see `pipeline.sources.change.PictureChange`.
        """
        time_ns = self._last_ns
        if time_ns is None:
            return
        moved = change >= self._settings.change
        if moved:
            self.missed += self.asleep
            if change >= self._settings.sure and self._rested >= _SETTLED and self._judged:
                self._trial_ns = time_ns
            self._rested = 0
            self._wake(time_ns)
        elif change <= 0.0:
            # Frozen: it is looked at until it gives another picture.
            self._rested = 0
            self.still = False
        else:
            self._rested += 1
            if self._moved_ns is None:
                self._moved_ns = time_ns
            if self._rested >= _SETTLED:
                for position, value in self._pending:
                    self._learn(position, value)
        self._try(time_ns)
        self._pending.clear()
        self._peak = self._lead
        self._judged = False

    def _learn(self, position: int, value: float) -> None:
        usual = self._usual.get(position)
        # A scene that is far quieter than it was is another one: by its old measure nothing in it
        # would be seen to move.
        if usual is None or (
            usual.count >= self._settings.known and self._z(usual, value) < -_OTHER_Z
        ):
            usual = self._usual[position] = _Usual()
        usual.learn(value)

    def _z(self, usual: _Usual, value: float) -> float:
        """How far a stretch is from its usual, in standard deviations."""
        return (value - usual.mean) / max(1.25 * usual.spread, self._settings.least_spread)

    def _try(self, now_ns: int) -> None:
        """Settle whether movement that began in a still scene was noticed."""
        if self._trial_ns is None:
            return
        noticed = self._peak > self._settings.threshold
        if noticed or now_ns - self._trial_ns >= _SOON_NS:
            self._hits = _FORGET * self._hits + noticed
            self._misses = _FORGET * self._misses + (not noticed)
            self.trust = self._weigh()
            self._trial_ns = None
