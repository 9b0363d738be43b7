"""A stream's pictures: decoded as far as they are looked at, and never shown damaged.

After damage (see `pipeline.sources.damage`) no picture is sampled until a keyframe has been decoded
cleanly.

What is left undecoded of a group of pictures is held until the next keyframe, so that a camera
whose scene begins to move shows it at once and not with its next keyframe.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

import av

from pipeline.config import Decode
from pipeline.movement import MeterOfViews
from pipeline.records import NS_PER_S, WHOLE_VIEW
from pipeline.sources.base import (
    Decoded,
    Held,
    Item,
    Picture,
    SourcePlan,
    UnsupportedStream,
)
from pipeline.sources.change import PictureChange
from pipeline.sources.checks import Checks
from pipeline.sources.clock import Stamp
from pipeline.sources.damage import Damage
from pipeline.sources.decoder import PictureDecoder
from pipeline.sources.looks import HEARTBEAT_S, LookPlanner
from pipeline.sources.pace import Pace
from pipeline.sources.picture import ViewMaker
from pipeline.sources.sizes import is_too_large, too_large

_REMEMBERED = 128
#: While pictures are withheld, it is told so often.
_TOLD_NS = NS_PER_S
#: Undecoded packets held: beyond it a camera that wakes waits for its next keyframe.
_MOST_HELD, _MOST_HELD_BYTES = 600, 16 << 20
#: Of a group that is caught up with, pictures so recent are sampled.
_RECENT_NS = NS_PER_S // 2
#: Without a sample for so long, the last one is said to stand: what is heard waits for it.
_HELD_NS = NS_PER_S
#: But not for ever: two heartbeats of a camera that sleeps, or so many periods of one that is
#: sampled seldom. A camera that sends no keyframe any more is not seen.
_STANDS_NS, _STANDS_PERIODS = 30 * NS_PER_S, 3
#: A stream further behind its own clock is read by keyframes, until it is this near.
_LATE_NS, _CAUGHT_UP_NS = NS_PER_S, 3 * NS_PER_S // 10
#: A keyframe that comes a little before the heartbeat serves.
_HEARTBEAT_NS = round((HEARTBEAT_S - 0.5) * NS_PER_S)
#: Pictures that none refers to are left out where so many times more come than are looked at.
_SPARSE = 3.0


class PictureReader:
    """Turns one stream's picture packets into items.

    Args:
        stream: of an opened container; its codec context is this reader's own.
        plan: what is wanted.
    """

    def __init__(self, stream: av.VideoStream, plan: SourcePlan) -> None:
        self._stream = stream
        self._plan = plan
        self._pace = plan.pace or Pace(plan.settings.sample_fps)
        self._planner = LookPlanner(
            Decode(plan.settings.decode), self._pace, movement=plan.movement
        )
        self._gate = plan.gate
        #: Nanoseconds of a tick of its stamps; what is lost by rounding matters to no gate.
        self._tick_ns = round(stream.time_base * NS_PER_S) if stream.time_base else 1
        self._decode = Decode.ALL
        self._change = PictureChange()
        self._views = ViewMaker(plan.settings, plan.frame_size or (1, 1))
        self._meters = MeterOfViews() if plan.movement else None
        self._stamps: OrderedDict[int, tuple[Stamp, float]] = OrderedDict()
        self._checks = plan.checks or Checks()
        context = stream.codec_context
        self._damage = Damage(context.name, context.extradata or b"", self._checks)
        self._decoder = PictureDecoder(stream, plan.camera, self._checks, plan.decoder)
        #: When it was last told that pictures are withheld.
        self._muted_told_ns: int | None = None
        #: What the decoder has not been given of the group of pictures that stands.
        self._undecoded: list[tuple[av.Packet, Stamp, float]] = []
        self._undecoded_bytes = 0
        #: Whether the decoder has missed a packet since the last keyframe.
        self._behind = False
        #: Whether the group cannot be decoded any more from where the decoder stands.
        self._lost = False
        self._late = self._slept = self._woken = False
        self._told_ns: int | None = None
        self._pictures = self._damaged = self._passed_over = 0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the stream's pictures, pixels; zeros while they are not known."""
        return self._decoder.size

    def reset(self) -> None:
        """The stream's time began anew."""
        self._planner.reset()
        self._told_ns = None
        self._change.reset()
        if self._gate is not None:
            self._gate.reset()
        if self._meters is not None:
            self._meters.reset()

    def lost(self) -> None:
        """Packets of the stream are lost."""
        if self._damage.lost():
            self._let_go()

    def _let_go(self) -> None:
        """What was held refers to what is damaged."""
        self._lost = self._behind
        self._drop_undecoded()

    def take(self, packet: av.Packet, stamp: Stamp, captured_at: float) -> Iterable[Item]:
        """Take a packet, or at the end an empty one; what it brings is made as it is asked for.

        Raises:
            UnsupportedStream: the picture grew too large.
        """
        if not packet.size:  # the end: what the decoder still holds
            return () if self._behind else self._give(packet, stamp, captured_at, sampled=True)
        keyframe, pts_ns = packet.is_keyframe, stamp.pts_ns
        self._damage.comes(packet, pts_ns)
        if keyframe:
            self._planner.keyframe(pts_ns)
            self._begin_group(packet)
        self._decode = self._choose(packet, stamp, keyframe=keyframe)
        if not self._lost and self._wants(pts_ns, keyframe=keyframe):
            return self._decoded(packet, stamp, captured_at, keyframe=keyframe)
        self._hold(packet, stamp, captured_at)
        return self._stand(pts_ns, captured_at)

    def _decoded(
        self, packet: av.Packet, stamp: Stamp, captured_at: float, *, keyframe: bool
    ) -> Iterator[Item]:
        yield from self._catch_up(stamp.pts_ns)
        yield from self._give(packet, stamp, captured_at, sampled=True)
        if keyframe and self._decode is Decode.KEYFRAMES:
            yield from self._drain(packet, stamp, captured_at)
        yield from self._stand(stamp.pts_ns, captured_at)

    @property
    def last_count(self) -> Decoded | None:
        """What was decoded since the last `Decoded`; None for nothing."""
        counted = self._pictures or self._damaged or self._passed_over
        return self._count() if counted or self._damage.news else None

    # --- what is looked at --------------------------------------------------------------------

    def _choose(self, packet: av.Packet, stamp: Stamp, *, keyframe: bool) -> Decode:
        """What is decoded at the moment."""
        self._late = stamp.behind_ns > (_CAUGHT_UP_NS if self._late else _LATE_NS)
        asleep = False
        at = packet.dts if packet.dts is not None else packet.pts
        if self._gate is not None and at is not None:
            self._gate.packet(at * self._tick_ns, packet.size, keyframe=keyframe)
            asleep = self._gate.asleep
        self._woken, self._slept = self._slept and not asleep, asleep
        return Decode.KEYFRAMES if self._late or asleep else self._planner.decode

    def _wants(self, pts_ns: int, *, keyframe: bool) -> bool:
        if self._decode is Decode.ALL or self._woken or (keyframe and self._damage.muted):
            return True
        looker = self._plan.looker
        if keyframe and looker is not None and looker.due():
            return True
        gate = self._gate
        if gate is not None and gate.asleep:
            sampled = self._planner.sampled_ns
            return keyframe and (sampled is None or pts_ns - sampled >= _HEARTBEAT_NS)
        return self._planner.wants(pts_ns, self._decode, keyframe=keyframe)

    def _begin_group(self, keyframe: av.Packet) -> None:
        rate = float(self._stream.average_rate or 0)
        sparse = self._planner.decode is Decode.SAMPLES and rate >= _SPARSE * self._pace.per_second
        # What the decoder still holds may belong to a group that it did not see whole.
        self._decoder.begin(keyframe, anew=self._behind, sparse=sparse)
        self._behind = self._lost = False
        self._drop_undecoded()

    def _hold(self, packet: av.Packet, stamp: Stamp, captured_at: float) -> None:
        self._behind = True
        self._passed_over += self._late
        if self._lost:
            return
        self._undecoded.append((packet, stamp, captured_at))
        self._undecoded_bytes += packet.size
        if len(self._undecoded) > _MOST_HELD or self._undecoded_bytes > _MOST_HELD_BYTES:
            self._lost = True
            self._drop_undecoded()

    def _drop_undecoded(self) -> None:
        self._undecoded.clear()
        self._undecoded_bytes = 0

    def _catch_up(self, now_ns: int) -> Iterator[Item]:
        """Decode what was left out of this group; of its pictures only the last are sampled."""
        held, self._undecoded, self._undecoded_bytes = self._undecoded, [], 0
        self._behind = False
        for packet, stamp, captured_at in held:
            recent = stamp.pts_ns > now_ns - _RECENT_NS
            yield from self._give(packet, stamp, captured_at, sampled=recent)

    def _stand(self, pts_ns: int, captured_at: float) -> Sequence[Held | Decoded]:
        """Say that the last picture stands, where none was sampled for a while."""
        if self._damage.muted:
            told = self._muted_told_ns
            if not self._damage.seen_keyframe or (
                told is not None and abs(pts_ns - told) < _TOLD_NS
            ):
                return ()
            self._muted_told_ns = pts_ns
            return (self._count(),)
        if self._told_ns is None or pts_ns - self._told_ns < _HELD_NS:
            return ()
        sampled, period = self._planner.sampled_ns, self._pace.period_ns
        if sampled is not None and pts_ns - sampled > max(_STANDS_NS, _STANDS_PERIODS * period):
            return ()
        began, self._told_ns = self._told_ns, pts_ns
        return (Held(began, pts_ns, captured_at),)

    # --- decoding -----------------------------------------------------------------------------

    def _give(self, packet: av.Packet, stamp: Stamp, at: float, *, sampled: bool) -> Iterator[Item]:
        """Decode a packet; yield what is sampled of it."""
        if packet.pts is not None:
            self._stamps[packet.pts] = (stamp, at)
            if len(self._stamps) > _REMEMBERED:
                self._stamps.popitem(last=False)
        missing = bool(packet.size) and self._damage.before(packet)
        frames, complains = self._decoder.decode(packet)
        if complains:
            self._damage.complain(strict=self._decoder.strict)
        elif packet.size:
            self._damage.taken()
        if missing or complains:
            self._let_go()
        for frame in frames:
            yield from self._look(frame, stamp, at, sampled=sampled)

    def _drain(self, packet: av.Packet, stamp: Stamp, at: float) -> Iterator[Item]:
        """A decoder that reorders keeps a lone keyframe back: what it holds is asked for."""
        if not self._decoder.reorders:
            return
        frames = self._decoder.drain()
        # The group would begin with its keyframe.
        self._hold(packet, stamp, at)
        for frame in frames:
            yield from self._look(frame, stamp, at, sampled=True)

    def _look(
        self, frame: av.VideoFrame, stamp: Stamp, at: float, *, sampled: bool
    ) -> Iterator[Item]:
        self._pictures += 1
        whole = self._damage.is_whole(frame, strict=self._decoder.strict)
        if is_too_large(frame.width, frame.height):
            raise UnsupportedStream(too_large(self._plan.camera, f"{frame.width}x{frame.height}"))
        if frame.pts is not None:
            stamp, at = self._stamps.get(frame.pts, (stamp, at))
        if not whole:
            self._damaged += self._damage.seen_keyframe
            return
        looker = self._plan.looker
        if looker is not None and looker.due():
            looker.show(
                frame, pts_ns=stamp.pts_ns, captured_at=at, pixel_aspect=self._pixel_aspect()
            )
        yield from self._sample(frame, stamp, at, sampled=sampled)

    def _sample(
        self, frame: av.VideoFrame, stamp: Stamp, at: float, *, sampled: bool
    ) -> Iterator[Item]:
        decode = self._decode
        taken = sampled and self._planner.samples(
            stamp.pts_ns, decode, keyframe=bool(frame.key_frame)
        )
        measured = self._meters is not None and self._meters.due(stamp.pts_ns)
        if not taken and not (measured and decode is Decode.ALL):
            return
        views = self._views.views(frame)
        if self._meters is not None:
            self._meters.add(views, stamp.pts_ns)
        if not taken:
            return
        self._told_ns = stamp.pts_ns
        if self._gate is not None:
            change = self._change.take(views[WHOLE_VIEW])
            if change is not None:
                self._gate.picture(change)
        yield self._count()
        if self._meters is None:
            yield Picture(stamp.pts_ns, at, views)
        else:
            moved, changed = self._meters.readings(), self._meters.changes()
            yield Picture(stamp.pts_ns, at, views, moved, changed)

    def _pixel_aspect(self) -> float:
        told = self._stream.sample_aspect_ratio
        # 0: unknown.
        return float(told) if told else 1.0

    def _count(self) -> Decoded:
        signs, dismissed = self._damage.tell()
        # A decoder that reorders keeps the first keyframe back for a while: that is no damage.
        muted = self._damage.muted and self._damage.seen_keyframe and self._damage.begun
        count = Decoded(
            self._pictures, self._damaged, self._passed_over, signs, dismissed, muted=muted
        )
        self._pictures = self._damaged = self._passed_over = 0
        return count
