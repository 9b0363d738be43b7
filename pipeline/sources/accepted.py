"""Which of a container's streams are read; what is not accepted is said in words."""

from __future__ import annotations

import av

from pipeline.sources.base import SourcePlan, UnsupportedStream
from pipeline.sources.sizes import MAX_PIXELS, is_too_large, too_large

VIDEO_CODECS = frozenset({"h264", "hevc", "mjpeg", "mpeg4"})
AUDIO_CODECS = frozenset(
    {"aac", "opus", "pcm_alaw", "pcm_mulaw", "pcm_s16be", "pcm_s16le", "adpcm_g726", "mp2", "mp3"}
    | {"mp3float", "mp2float"}
)
#: Samples a second that a microphone may claim.
_RATES = range(4_000, 192_001)
#: 7.1: beyond it nobody knows where the channels stand.
_MOST_CHANNELS = 8
#: Ticks a second of a live picture's stamps; by the standards it is 90,000.
_MOST_TICKS = 1_000_000


def video_of(
    container: av.container.InputContainer,
    plan: SourcePlan,
    codecs: frozenset[str],
    notes: list[str],
    *,
    live: bool,
) -> av.VideoStream | None:
    """The picture that is read; None where there is none, or none that is wanted or accepted.

    Args:
        container: open for reading.
        plan: what is wanted.
        codecs: accepted beside a camera's own.
        notes: gets the reason why a picture that is there is not read.
        live: whether a camera sends it.

    Raises:
        UnsupportedStream: the picture is too large.
    """
    streams = container.streams.video
    if not plan.wants_video or not streams:
        return None
    stream = streams[0]
    context = stream.codec_context
    if context is None or context.name not in VIDEO_CODECS | codecs:
        name = "unknown" if context is None else context.name
        notes.append(f"picture codec {name} is not accepted: set the camera to H.264 or H.265")
        return None
    if live and (ticks := _ticks(stream)) > _MOST_TICKS:
        notes.append(
            f"the picture's clock of {ticks} Hz is not accepted: set the camera to H.264 or H.265"
        )
        return None
    if is_too_large(context.width, context.height):
        raise UnsupportedStream(too_large(plan.camera, f"{context.width}x{context.height}"))
    # One thread: frame threads would add a delay and several pictures of memory each.
    context.thread_count = 1
    context.options = {**context.options, "max_pixels": str(MAX_PIXELS)}
    return stream


def audio_of(
    container: av.container.InputContainer,
    plan: SourcePlan,
    codecs: frozenset[str],
    notes: list[str],
    *,
    live: bool,
) -> av.AudioStream | None:
    """The sound that is read, as `video_of`; whoever keeps a picture goes on without it."""
    streams = container.streams.audio
    if not plan.wants_audio or not streams:
        return None
    stream = streams[0]
    context = stream.codec_context
    if context is None or context.name not in AUDIO_CODECS | codecs or not context.sample_rate:
        name = "unknown" if context is None else context.name
        notes.append(f"sound codec {name} is not accepted: set the camera to AAC or G.711")
        return None
    if (channels := context.layout.nb_channels) > _MOST_CHANNELS:
        notes.append(f"sound of {channels} channels is not accepted: set the camera to mono")
        return None
    rate, ticks = context.sample_rate, _ticks(stream)
    # Raw sound is stamped by the sample: with another clock nobody knows its speed.
    raw = live and context.name.startswith("pcm_")
    if rate not in _RATES or (raw and ticks != rate):
        notes.append(
            f"sound of {rate} Hz with a clock of {ticks} Hz is not accepted: set the camera to AAC "
            "or G.711"
        )
        return None
    return stream


def _ticks(stream: av.VideoStream | av.AudioStream) -> int:
    """Ticks a second of a stream's stamps."""
    base = stream.time_base
    return 0 if not base else round(1 / base)
