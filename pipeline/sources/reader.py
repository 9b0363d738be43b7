"""Reads an opened container: demultiplexes, decodes, samples. Knows no protocol and no retry."""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict, deque
from collections.abc import Iterator

import av
from av.error import FFmpegError

from pipeline.movement import MeterOfViews
from pipeline.records import NS_PER_S, Modality
from pipeline.sources.base import (
    MAX_SIDE,
    AudioParameters,
    CameraSilent,
    Decoded,
    Discontinuity,
    Item,
    Opened,
    Packet,
    Picture,
    Sound,
    SourcePlan,
    UnsupportedStream,
    VideoParameters,
)
from pipeline.sources.clock import Clock, Stamp
from pipeline.sources.pace import Pace
from pipeline.sources.packets import SelfContained, audio_parameters, video_parameters
from pipeline.sources.picture import Sampler, ViewMaker
from pipeline.sources.sound import ToMono

VIDEO_CODECS = frozenset({"h264", "hevc", "mjpeg", "mpeg4"})
AUDIO_CODECS = frozenset(
    {"aac", "opus", "pcm_alaw", "pcm_mulaw", "pcm_s16be", "pcm_s16le", "adpcm_g726", "mp2", "mp3"}
    | {"mp3float", "mp2float"}
)
#: FFmpeg's own words for what it could not repair; the decoder goes on as if nothing had been.
_HARMLESS = ("mmco", "deprecated", "Application provided")
_LOST_PACKETS = ("RTP: missed", "max delay reached", "jitter buffer full")
#: Without a usable time stamp for so many packets the connection is worth nothing.
_MAX_UNSTAMPED = 500
_REMEMBERED = 128
#: Lies before every stamp.
_ANY = -(1 << 63)


def quiet_libav() -> None:
    """Let FFmpeg's messages reach `av.logging.Capture`, and nothing else."""
    av.logging.set_level(av.logging.WARNING)
    av.logging.set_skip_repeated(False)
    logging.getLogger("libav").setLevel(logging.CRITICAL + 1)


class Reader:
    """Turns one container's packets into items.

    After damage (a corrupt or undecodable picture, a missing reference, lost packets) no picture is
    sampled until a keyframe has been decoded cleanly: most damaged pictures carry no mark.

    Args:
        container: open for reading; closed by its owner.
        plan: what is wanted.
        clock: maps stream time.
        codecs: names of further codecs that are accepted.
        patience_s: longest time without a packet, for a live stream.
    """

    def __init__(
        self,
        container: av.container.InputContainer,
        plan: SourcePlan,
        clock: Clock,
        *,
        codecs: frozenset[str] = frozenset(),
        patience_s: float = math.inf,
    ) -> None:
        self._container = container
        self._patience_s = patience_s
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
        self._decodes_video = self._video is not None and plan.frame_size is not None
        self._sampler = Sampler(plan.pace or Pace(plan.settings.sample_fps))
        self._views = ViewMaker(plan.settings, plan.frame_size or (1, 1))
        self._meters = MeterOfViews() if plan.movement else None
        self._to_mono = ToMono()
        self._stamps: OrderedDict[int, tuple[Stamp, float]] = OrderedDict()
        self._muted = True
        #: The keyframe's stamp from which on pictures are whole again; None: none came yet.
        self._whole_from: int | None = None
        self._seen_keyframe = False
        self._unstamped = 0
        self._pictures = self._damaged = 0

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
        while True:
            asked = time.monotonic()
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
                self.clock.observe(_ns(packet), arrival)
            waiting.append((packet, arrival, time.time()))
            while waiting and (self.clock.settled or not packet.size):
                yield from self._take(*waiting.popleft())
        if self._pictures or self._damaged:
            yield self._count()

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
        stamp = self.clock.stamp(modality, _ns(packet), arrival)
        if stamp.jumped:
            self._sampler.reset()
            if self._meters is not None:
                self._meters.reset()
            yield Discontinuity("the stream's time stamps jumped")
        if packet.pts is not None:
            self._stamps[self._key(packet.stream_index, packet.pts)] = (stamp, captured_at)
            if len(self._stamps) > _REMEMBERED:
                self._stamps.popitem(last=False)
        yield from self._keep(packet, modality, stamp)
        yield from self._decode(packet, stamp, captured_at)

    def _keep(self, packet: av.Packet, modality: Modality, stamp: Stamp) -> Iterator[Packet]:
        video = modality is Modality.VIDEO
        if not self._plan.packets or not (video or self._plan.records_sound):
            return
        try:
            data = self._contained[packet.stream_index].convert(packet)
        except FFmpegError:
            self._damage()
            return
        duration = int((packet.duration or 0) * packet.time_base * NS_PER_S)
        key = bool(packet.is_keyframe) or not video
        if data:
            yield Packet(modality, self._parameters(video), stamp.pts_ns, duration, key, data)

    def _parameters(self, video: bool) -> VideoParameters | AudioParameters:
        found = self.opened.video if video else self.opened.audio
        assert found is not None
        return found

    def _decode(self, packet: av.Packet, stamp: Stamp, captured_at: float) -> Iterator[Item]:
        if packet.stream is self._video:
            if self._decodes_video:
                yield from self._decode_video(packet, stamp, captured_at)
        elif self._plan.sound:
            yield from self._decode_audio(packet, stamp, captured_at)

    # --- picture ------------------------------------------------------------------------------

    def _decode_video(self, packet: av.Packet, stamp: Stamp, at: float) -> Iterator[Item]:
        if packet.size and packet.is_keyframe:
            self._seen_keyframe = True
            self._whole_from = _ANY if packet.pts is None else packet.pts
        failed, frames = False, []
        with av.logging.Capture() as messages:
            try:
                frames = packet.decode()
            except FFmpegError:
                failed = True
        if failed or packet.is_corrupt or _damaged(messages):
            self._damage()
        for frame in frames:
            yield from self._sample(frame, stamp, at)

    def _damage(self) -> None:
        self._muted, self._whole_from = True, None

    def _whole(self, frame: av.VideoFrame) -> bool:
        """Whether a keyframe stands between the last damage and this picture.

        A decoder that reorders gives out pictures of the damaged group after it took the keyframe.
        """
        if self._whole_from is not None and (frame.pts is None or frame.pts >= self._whole_from):
            self._muted, self._whole_from = False, None
        return not self._muted

    def _sample(self, frame: av.VideoFrame, stamp: Stamp, at: float) -> Iterator[Item]:
        self._pictures += 1
        whole = self._whole(frame) and not frame.is_corrupt
        self._muted = not whole
        if max(frame.width, frame.height) > MAX_SIDE:
            raise UnsupportedStream(_too_large(self._plan.camera, frame.width, frame.height))
        if self._video is not None and frame.pts is not None:
            stamp, at = self._stamps.get(self._key(self._video.index, frame.pts), (stamp, at))
        if not whole:
            self._damaged += self._seen_keyframe
            return
        looker = self._plan.looker
        if looker is not None and looker.due():
            looker.show(
                frame, pts_ns=stamp.pts_ns, captured_at=at, pixel_aspect=self._pixel_aspect()
            )
        sampled = self._sampler.due(stamp.pts_ns)
        measured = self._meters is not None and self._meters.due(stamp.pts_ns)
        if not sampled and not measured:
            return
        views = self._views.views(frame)
        if self._meters is not None:
            self._meters.add(views, stamp.pts_ns)
        if sampled:
            yield self._count()
            if self._meters is None:
                yield Picture(stamp.pts_ns, at, views)
            else:
                moved, changed = self._meters.readings(), self._meters.changes()
                yield Picture(stamp.pts_ns, at, views, moved, changed)

    def _pixel_aspect(self) -> float:
        told = self._video.sample_aspect_ratio if self._video is not None else None
        # 0: unknown.
        return float(told) if told else 1.0

    def _count(self) -> Decoded:
        count = Decoded(self._pictures, self._damaged)
        self._pictures = self._damaged = 0
        return count

    # --- sound --------------------------------------------------------------------------------

    def _decode_audio(self, packet: av.Packet, stamp: Stamp, at: float) -> Iterator[Item]:
        with av.logging.Capture():
            try:
                frames = packet.decode()
            except FFmpegError:
                return  # one packet of sound is lost; the next decodes by itself
        for frame in frames:
            assert self._audio is not None
            if frame.pts is not None:
                stamp, at = self._stamps.get(self._key(self._audio.index, frame.pts), (stamp, at))
            samples, cleaned = self._to_mono.convert(frame)
            if samples.size:
                yield Sound(stamp.pts_ns, at, samples, cleaned)

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
            raise UnsupportedStream(_too_large(self._plan.camera, context.width, context.height))
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

    @staticmethod
    def _key(stream: int, pts: int) -> int:
        return pts * 64 + stream


def _ns(packet: av.Packet) -> int:
    stamp = packet.pts if packet.pts is not None else packet.dts
    return int(stamp * packet.time_base * NS_PER_S)


def _damaged(messages: list[tuple[int, str, str]]) -> bool:
    return any(
        level <= av.logging.ERROR and not text.startswith(_HARMLESS) for level, _, text in messages
    )


def _too_large(camera: str, width: int, height: int) -> str:
    return (
        f"{camera}: a picture of {width}x{height} is larger than {MAX_SIDE}x{MAX_SIDE}: "
        "choose a smaller stream of the camera"
    )
