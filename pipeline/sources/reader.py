"""Reads an opened container: demultiplexes, decodes, samples. Knows no protocol and no retry."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from dataclasses import replace

import av
from av.error import FFmpegError

from pipeline.records import NS_PER_S, Modality
from pipeline.sources.accepted import audio_of, video_of
from pipeline.sources.base import (
    AudioParameters,
    CameraSilent,
    Discontinuity,
    Item,
    Opened,
    Packet,
    Packets,
    SourcePlan,
    StreamEnded,
    UnsupportedStream,
    VideoParameters,
)
from pipeline.sources.clock import Clock, Stamp
from pipeline.sources.losses import Losses
from pipeline.sources.packets import SelfContained, audio_parameters, video_parameters
from pipeline.sources.pictures import PictureReader
from pipeline.sources.presence import PicturePresence
from pipeline.sources.sound import SoundReader

#: What is so little behind its stream is the newest that came.
_EDGE_NS = NS_PER_S // 40
#: A packet that was there is read sooner than this.
_WAITED_NS = NS_PER_S // 200
#: Stream time that is read at least before it is handed on, where it is all there to be read.
_GATHERED_S = 0.1
#: Of a stream whose time stands still no more is gathered than this.
_MOST_GATHERED, _MOST_GATHERED_BYTES = 512, 16 << 20
#: Without a usable time stamp for so many packets the connection is worth nothing.
_MAX_UNSTAMPED = 500

#: A packet, its time, and when it came in seconds since the epoch; without a packet: of the picture
#: something is lost.
_Came = tuple[av.Packet | None, Stamp, float]
_LOSS: _Came = (None, Stamp(0), 0.0)


def quiet_libav() -> None:
    """Let FFmpeg's messages reach `av.logging.Capture`, and nothing else."""
    av.logging.set_level(av.logging.WARNING)
    av.logging.set_skip_repeated(False)
    logging.getLogger("libav").setLevel(logging.CRITICAL + 1)


class Reader:
    """Turns one container's packets into items.

    Args:
        container: open for reading; closed by its owner.
        plan: what is wanted.
        clock: maps stream time.
        codecs: names of further codecs that are accepted.
        patience_s: longest time without a packet, for a live stream.
        breath_s: how long a live stream is left alone once everything that came is read: the
            system keeps what comes meanwhile. Read packet by packet, waking up is most of the work.
        asleep_s: the same while the plan's gate lets the camera sleep.
        first_apart: whether the first packet is asked for by itself: the container may have another
            patience for it than for those that follow.
    """

    def __init__(
        self,
        container: av.container.InputContainer,
        plan: SourcePlan,
        clock: Clock,
        *,
        codecs: frozenset[str] = frozenset(),
        patience_s: float = math.inf,
        breath_s: float = 0.0,
        asleep_s: float = 0.0,
        first_apart: bool = False,
    ) -> None:
        self._container = container
        self._first_apart = first_apart
        self._patience_s = patience_s
        self._breath_s, self._asleep_s = breath_s, max(asleep_s, breath_s)
        #: Whether the newest packet read is not the newest that came.
        self._behind = False
        # What came within a breath is handed on in one go.
        self._gathered_ns = round(max(_GATHERED_S, 2 * self._asleep_s) * NS_PER_S)
        self._plan = plan
        self.clock = clock
        notes: list[str] = []
        self._video = video_of(container, plan, codecs, notes, live=clock.live)
        self._audio = audio_of(container, plan, codecs, notes, live=clock.live)
        if self._video is None and self._audio is None:
            raise UnsupportedStream(
                f"{plan.camera}: nothing in the stream can be used: "
                + ("; ".join(notes) or "it carries neither picture nor sound")
            )
        self.opened = Opened(
            None if self._video is None else video_parameters(self._video),
            None if self._audio is None else audio_parameters(self._audio),
            tuple(notes),
        )
        self._contained = {
            stream.index: SelfContained(stream)
            for stream in (self._video, self._audio)
            if stream is not None
        }
        #: By stream, a tick in nanoseconds as a fraction.
        self._time_bases: dict[int, tuple[int, int]] = {
            stream.index: (stream.time_base.numerator * NS_PER_S, stream.time_base.denominator)
            for stream in (self._video, self._audio)
            if stream is not None and stream.time_base is not None
        }
        self._pictures = (
            PictureReader(self._video, plan)
            if self._video is not None and plan.frame_size is not None
            else None
        )
        self._presence = (
            PicturePresence(self._video.codec_context.name)
            if self._video is not None and clock.live
            else None
        )
        self._sounds = SoundReader(plan.hearer) if self._audio is not None and plan.sound else None
        self._unstamped = 0
        self._losses = Losses(plan.camera)
        #: When the stream was last left alone, seconds.
        self._breathed = time.monotonic()
        #: What came before the clock had settled.
        self._early: list[tuple[av.Packet | None, int]] = []

    def items(self) -> Iterator[Item]:
        """Yield items until the container ends.

        Raises:
            FFmpegError: the container cannot be read any further.
            CameraSilent: no packet came in time, or the packets carry no usable time stamps.
            StreamEnded: pictures came, and come no more, though the stream goes on.
            UnsupportedStream: the picture grew too large.
        """
        streams = [stream for stream in (self._video, self._audio) if stream is not None]
        packets = self._demux(streams)
        ended: Exception | bool = False
        while not ended:
            self._breathe()
            came: list[_Came] = []
            ended = self._read(packets, came)
            if came:
                yield from self._take(came)
        if isinstance(ended, Exception):
            try:
                raise ended
            finally:
                # An error knows this frame by its traceback. If the frame knew the error, the two
                # would hold the container with its decoder and threads until Python looks for
                # circles, which it does ever so seldom here.
                del ended
        if self._pictures is not None and (count := self._pictures.last_count) is not None:
            yield count

    def _demux(self, streams: list[av.VideoStream | av.AudioStream]) -> Iterator[av.Packet]:
        if self._first_apart:
            first = self._container.demux(*streams)
            try:
                packet = next(first, None)
            finally:
                first.close()
            if packet is not None:
                yield packet
        yield from self._container.demux(*streams)

    def _breathe(self) -> None:
        """Leave a live stream alone for a moment, once all that came is read."""
        if self._breath_s and self.clock.settled and not self._behind:
            gate = self._plan.gate
            asleep = gate is not None and gate.asleep
            breath_s = self._asleep_s if asleep else self._breath_s
            wait = self._breathed + breath_s - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            self._breathed = time.monotonic()

    def _read(self, packets: Iterator[av.Packet], came: list[_Came]) -> Exception | bool:
        """Gather packets until the newest is reached, for a little of the stream's time.

        Returns:
            Whether the stream has come to its end, or what ended it.
        """
        clock, size = self.clock, 0
        # By stream: sound and picture may be handed out a second apart.
        firsts: dict[int, int] = {}
        asked = now = time.monotonic_ns()
        # Of the same moment, so that a step of the host's clock never falls between them.
        wall = time.time() - now / NS_PER_S
        with av.logging.Capture() as messages:
            while True:
                try:
                    packet = next(packets, None)
                except FFmpegError as error:
                    return error
                asked, now = now, time.monotonic_ns()
                if messages:
                    if self._losses.told(messages):
                        if clock.settled:
                            came.append(_LOSS)
                        else:
                            self._early.append((None, now))
                    messages.clear()
                if now - asked >= self._patience_s * NS_PER_S:
                    # An interrupted read first yields what the parser held; the next would wait.
                    return CameraSilent(self.silence())
                if packet is None:
                    return True
                if not packet.size:  # the end: what the decoder still holds
                    came.append((packet, Stamp(0), now / NS_PER_S + wall))
                    continue
                if packet.pts is None and packet.dts is None:
                    self._count_unstamped()
                    continue
                self._unstamped = 0
                if not clock.settled:
                    clock.observe(self._ns(packet), now)
                    self._early.append((packet, now))
                    if not clock.settled:
                        continue
                    for early, arrival in self._early:
                        if early is None:
                            came.append(_LOSS)
                        else:
                            self._stamp(early, arrival, wall, came)
                    self._early.clear()
                    return False
                stamp = self._stamp(packet, now, wall, came)
                if self._presence is not None and self._presence.gone:
                    return self._without_picture()
                first_ns = firsts.setdefault(packet.stream_index, stamp.pts_ns)
                self._behind = stamp.behind_ns >= _EDGE_NS
                # What had to be waited for is the newest, too, however late the network brought it.
                waited = now - asked > _WAITED_NS
                newest = clock.live and (waited or not self._behind)
                size += packet.size
                if len(came) >= _MOST_GATHERED or size >= _MOST_GATHERED_BYTES:
                    return False
                if newest or abs(stamp.pts_ns - first_ns) >= self._gathered_ns:
                    return False

    def _stamp(self, packet: av.Packet, arrival: int, wall: float, came: list[_Came]) -> Stamp:
        modality = Modality.VIDEO if packet.stream is self._video else Modality.AUDIO
        if modality is Modality.VIDEO or self._video is None:
            self._losses.came()
        stamp = self.clock.stamp(modality, self._ns(packet), arrival)
        if self._presence is not None:
            if stamp.jumped:
                self._presence.reset()
            if modality is Modality.VIDEO:
                self._presence.picture(memoryview(packet), stamp.pts_ns)
            else:
                self._presence.other(stamp.pts_ns)
        came.append((packet, stamp, arrival / NS_PER_S + wall))
        return stamp

    def silence(self) -> str:
        """What to say of a stream that has stopped."""
        return (
            f"{self._plan.camera}: the camera has sent nothing for {self._patience_s:g} s: "
            "check its network"
        )

    def _without_picture(self) -> StreamEnded:
        return StreamEnded(
            f"{self._plan.camera}: no picture comes any more, though the stream goes on: the "
            "camera has changed it, and is asked anew"
        )

    def _count_unstamped(self) -> None:
        self._unstamped += 1
        if self._unstamped > _MAX_UNSTAMPED:
            raise CameraSilent(
                f"{self._plan.camera}: the stream carries no time stamps: restart the camera, or "
                "choose another of its streams"
            )

    def _take(self, came: list[_Came]) -> Iterator[Item]:
        begin = 0
        for place, (_, stamp, _) in enumerate(came):
            if stamp.jumped:
                yield from self._hand_on(came[begin:place])
                yield from self._jump(stamp.pts_ns)
                begin = place
        yield from self._hand_on(came[begin:] if begin else came)

    def _hand_on(self, came: list[_Came]) -> Iterator[Item]:
        seen = self._look_at(came)
        if self._video is not None and any(self._is_key(packet) for packet, _, _ in came):
            # A camera may describe no size, or change it: its keyframes tell, and a clip is of
            # packets of one size.
            seen = iter(list(seen))
            self._see_size(self._video)
        kept = self._keep(came) if self._plan.packets else []
        if kept:
            yield Packets(kept, max(captured_at for _, _, captured_at in came))
        yield from seen

    def _is_key(self, packet: av.Packet | None) -> bool:
        return packet is not None and packet.stream is self._video and packet.is_keyframe

    def _see_size(self, stream: av.VideoStream) -> None:
        told, now = self.opened.video, video_parameters(stream)
        if self._pictures is not None:
            width, height = self._pictures.size
            now = replace(now, width=width, height=height)
        if told is not None and now.width and (told.width, told.height) != (now.width, now.height):
            self.opened = replace(self.opened, video=now)

    def _look_at(self, came: list[_Came]) -> Iterator[Item]:
        for packet, stamp, captured_at in came:
            if packet is None:
                if self._pictures is not None:
                    self._pictures.lost()
            elif packet.stream is self._video:
                if self._pictures is not None:
                    yield from self._pictures.take(packet, stamp, captured_at)
            elif self._sounds is not None:
                duration_ns = self._in_ns(packet, packet.duration or 0) if packet.size else 0
                yield from self._sounds.take(packet, stamp.pts_ns, captured_at, duration_ns)

    def _jump(self, pts_ns: int) -> Iterator[Item]:
        if self._pictures is not None:
            self._pictures.reset()
        if self._sounds is not None:
            yield from self._sounds.flush()
        yield Discontinuity("the stream's time stamps jumped", pts_ns)

    def _ns(self, packet: av.Packet) -> int:
        stamp = packet.pts if packet.pts is not None else packet.dts
        assert stamp is not None
        return self._in_ns(packet, stamp)

    def _in_ns(self, packet: av.Packet, ticks: int) -> int:
        # A packet's own time base is a fraction that is made anew at each look.
        numerator, denominator = self._time_bases[packet.stream_index]
        return ticks * numerator // denominator

    def _keep(self, came: list[_Came]) -> list[Packet]:
        """The packets for the ring; what cannot be kept is damage, and marked as such."""
        kept: list[Packet] = []
        for place, (packet, stamp, _) in enumerate(came):
            if packet is None or not packet.size:
                continue
            video = packet.stream is self._video
            if not video and not self._plan.records_sound:
                continue
            try:
                data = self._contained[packet.stream_index].convert(packet)
            except FFmpegError:
                came[place] = _LOSS
                continue
            if data:
                modality = Modality.VIDEO if video else Modality.AUDIO
                duration = self._in_ns(packet, packet.duration or 0)
                key = packet.is_keyframe or not video
                told = self._parameters(video)
                kept.append(Packet(modality, told, stamp.pts_ns, duration, key, data))
        return kept

    def _parameters(self, video: bool) -> VideoParameters | AudioParameters:
        found = self.opened.video if video else self.opened.audio
        assert found is not None
        return found
