"""Reads an opened container: demultiplexes, decodes, samples. Knows no protocol and no retry."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Iterator

import av
from av.error import FFmpegError

from pipeline.records import NS_PER_S, Modality
from pipeline.sources.base import (
    MAX_SIDE,
    AudioParameters,
    CameraSilent,
    Discontinuity,
    Item,
    Opened,
    Packet,
    SourcePlan,
    UnsupportedStream,
    VideoParameters,
)
from pipeline.sources.clock import Clock, Stamp
from pipeline.sources.packets import SelfContained, audio_parameters, video_parameters
from pipeline.sources.pictures import PictureReader, too_large
from pipeline.sources.sound import SoundReader

VIDEO_CODECS = frozenset({"h264", "hevc", "mjpeg", "mpeg4"})
AUDIO_CODECS = frozenset(
    {"aac", "opus", "pcm_alaw", "pcm_mulaw", "pcm_s16be", "pcm_s16le", "adpcm_g726", "mp2", "mp3"}
    | {"mp3float", "mp2float"}
)
_LOST_PACKETS = ("RTP: missed", "max delay reached", "jitter buffer full")
#: What is so little behind its stream is the newest that came.
_EDGE_NS = NS_PER_S // 40
#: Without a usable time stamp for so many packets the connection is worth nothing.
_MAX_UNSTAMPED = 500


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
    ) -> None:
        self._container = container
        self._patience_s = patience_s
        self._breath_s = breath_s
        self._behind_ns = 0
        self._plan = plan
        self.clock = clock
        notes: list[str] = []
        self._video = self._pick_video(VIDEO_CODECS | codecs, notes)
        self._audio = self._pick_audio(AUDIO_CODECS | codecs, notes)
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
        self._sounds = SoundReader() if self._audio is not None and plan.sound else None
        self._unstamped = 0

    def items(self) -> Iterator[Item]:
        """Yield items until the container ends.

        Raises:
            FFmpegError: the container cannot be read any further.
            CameraSilent: no packet came in time, or the packets carry no usable time stamps.
            UnsupportedStream: the picture grew beyond `MAX_SIDE`.
        """
        waiting: deque[tuple[av.Packet, int, float]] = deque()
        streams = [stream for stream in (self._video, self._audio) if stream is not None]
        packets = self._container.demux(*streams)
        breathed = time.monotonic()
        while True:
            asked = time.monotonic()
            if self._breath_s and self._behind_ns < _EDGE_NS and self.clock.settled:
                if asked < breathed + self._breath_s:
                    time.sleep(breathed + self._breath_s - asked)
                    asked = time.monotonic()
                breathed = asked
                # Asked again only once a packet has shown where the stream is.
                self._behind_ns = _EDGE_NS
            with av.logging.Capture() as messages:
                packet = next(packets, None)
            if time.monotonic() - asked >= self._patience_s:
                # An interrupted read first yields what the parser held; the next would wait anew.
                raise CameraSilent(self.silence())
            if any(text.startswith(_LOST_PACKETS) for _, _, text in messages):
                self._damage()
            if packet is None:
                break
            arrival = time.monotonic_ns()
            if packet.size and not self._check_stamp(packet):
                continue
            if packet.size and not self.clock.settled:
                self.clock.observe(self._ns(packet), arrival)
            waiting.append((packet, arrival, time.time()))
            while waiting and (self.clock.settled or not packet.size):
                yield from self._take(*waiting.popleft())
        if self._pictures is not None and (count := self._pictures.last_count) is not None:
            yield count

    def silence(self) -> str:
        """What to say of a stream that has stopped."""
        return (
            f"{self._plan.camera}: the camera has sent nothing for {self._patience_s:.0f} s: "
            "check its network"
        )

    def _check_stamp(self, packet: av.Packet) -> bool:
        if packet.pts is not None or packet.dts is not None:
            self._unstamped = 0
            return True
        self._unstamped += 1
        if self._unstamped > _MAX_UNSTAMPED:
            raise CameraSilent(
                f"{self._plan.camera}: the stream carries no time stamps: restart the camera, or "
                "choose another of its streams"
            )
        return False

    def _take(self, packet: av.Packet, arrival: int, captured_at: float) -> Iterator[Item]:
        video = packet.stream is self._video
        modality = Modality.VIDEO if video else Modality.AUDIO
        if not packet.size:  # the end: what the decoder still holds
            yield from self._decode(packet, Stamp(0), captured_at)
            return
        if not self.clock.settled:
            return
        stamp = self.clock.stamp(modality, self._ns(packet), arrival)
        self._behind_ns = stamp.behind_ns
        if stamp.jumped:
            if self._pictures is not None:
                self._pictures.reset()
            if self._sounds is not None:
                yield from self._sounds.flush()
            yield Discontinuity("the stream's time stamps jumped")
        yield from self._keep(packet, modality, stamp)
        yield from self._decode(packet, stamp, captured_at)

    def _ns(self, packet: av.Packet) -> int:
        stamp = packet.pts if packet.pts is not None else packet.dts
        assert stamp is not None
        return self._in_ns(packet, stamp)

    def _in_ns(self, packet: av.Packet, ticks: int) -> int:
        # A packet's own time base is a fraction that is made anew at each look.
        numerator, denominator = self._time_bases[packet.stream_index]
        return ticks * numerator // denominator

    def _damage(self) -> None:
        if self._pictures is not None:
            self._pictures.damage()

    def _keep(self, packet: av.Packet, modality: Modality, stamp: Stamp) -> Iterator[Packet]:
        video = modality is Modality.VIDEO
        if not self._plan.packets or not (video or self._plan.records_sound):
            return
        try:
            data = self._contained[packet.stream_index].convert(packet)
        except FFmpegError:
            self._damage()
            return
        duration = self._in_ns(packet, packet.duration or 0)
        key = bool(packet.is_keyframe) or not video
        if data:
            yield Packet(modality, self._parameters(video), stamp.pts_ns, duration, key, data)

    def _parameters(self, video: bool) -> VideoParameters | AudioParameters:
        found = self.opened.video if video else self.opened.audio
        assert found is not None
        return found

    def _decode(self, packet: av.Packet, stamp: Stamp, captured_at: float) -> Iterator[Item]:
        if packet.stream is self._video:
            if self._pictures is not None:
                yield from self._pictures.take(packet, stamp, captured_at)
        elif self._sounds is not None:
            yield from self._sounds.take(packet, stamp, captured_at)

    # --- choice of streams --------------------------------------------------------------------

    def _pick_video(self, codecs: frozenset[str], notes: list[str]) -> av.VideoStream | None:
        streams = self._container.streams.video
        if not self._plan.wants_video or not streams:
            return None
        stream = streams[0]
        context = stream.codec_context
        if context is None or context.name not in codecs:
            name = "unknown" if context is None else context.name
            notes.append(f"picture codec {name} is not accepted: set the camera to H.264 or H.265")
            return None
        if max(context.width, context.height) > MAX_SIDE:
            raise UnsupportedStream(too_large(self._plan.camera, context.width, context.height))
        # One thread: frame threads would add a delay and several pictures of memory each.
        context.thread_count = 1
        context.options = {**context.options, "max_pixels": str(MAX_SIDE * MAX_SIDE)}
        return stream

    def _pick_audio(self, codecs: frozenset[str], notes: list[str]) -> av.AudioStream | None:
        streams = self._container.streams.audio
        if not self._plan.wants_audio or not streams:
            return None
        stream = streams[0]
        context = stream.codec_context
        if context is None or context.name not in codecs or not context.sample_rate:
            name = "unknown" if context is None else context.name
            notes.append(f"sound codec {name} is not accepted: set the camera to AAC or G.711")
            return None
        return stream
