"""The decoder of one stream's pictures, and whether it complains.

It is told to be strict: about the ends of slices (H.264), about pictures' checksums (H.265). A
camera that does not suit that gets one that is not (see `pipeline.sources.checks`).

FFmpeg's decoder of H.264 that gave up amid a macroblock keeps what it had read of its coefficients,
adds them to a later macroblock, and no flush takes them from it: the next keyframe would look whole
and be wrong. It is replaced before that keyframe.
"""

from __future__ import annotations

import contextlib

import av
from av.error import FFmpegError

from pipeline.decoding_devices import SOFTWARE
from pipeline.sources.base import UnsupportedStream
from pipeline.sources.checks import Checks, Sign
from pipeline.sources.packets import has_parameter_sets
from pipeline.sources.sizes import MAX_PIXELS, refused_by_decoder, too_large

_STRICT = {"h264": "aggressive", "hevc": "crccheck"}
#: Decoders that do not forget what they could not finish.
_KEEPS_RESTS = frozenset({"h264"})
#: FFmpeg's own words for what it could not repair; the decoder goes on as if nothing had been.
_HARMLESS = ("mmco", "deprecated", "Application provided")


class PictureDecoder:
    """Decodes packets one after another.

    Args:
        stream: of an opened container; nothing of it was decoded yet.
        camera: its name.
        checks: whether strictness is believed.
        device: what decodes, see `pipeline.sources.hardware`; one beside the processor has no
            such choice.
    """

    def __init__(
        self, stream: av.VideoStream, camera: str, checks: Checks, device: str = SOFTWARE
    ) -> None:
        self._camera = camera
        self._checks = checks
        self._context: av.VideoCodecContext = stream.codec_context
        codec = self._context.name
        self.strict = codec in _STRICT and device == SOFTWARE and checks.believes(Sign.STRICT)
        if self.strict:
            self._context.options = {**self._context.options, **self._strictness}
        self._keeps_rests = codec in _KEEPS_RESTS and device == SOFTWARE
        #: Whether it has complained since the last keyframe.
        self._stained = False
        #: Whether the stream describes itself as it goes: how it was described first may be over.
        self._described_within = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the stream's pictures, pixels; zeros while they are not known."""
        return self._context.width, self._context.height

    @property
    def reorders(self) -> bool:
        """Whether pictures come out in another order than their packets."""
        return bool(self._context.has_b_frames)

    @property
    def _strictness(self) -> dict[str, str]:
        return {"err_detect": _STRICT[self._context.name]} if self.strict else {}

    def begin(self, keyframe: av.Packet, *, anew: bool, sparse: bool) -> None:
        """A keyframe comes next.

        Args:
            keyframe: its packet; `decode` is given it as well.
            anew: whether what the decoder still holds is of no use.
            sparse: whether pictures that none refers to are left out, where it reorders.
        """
        described = self._keeps_rests and has_parameter_sets(bytes(keyframe), self._context.name)
        self._described_within |= described
        lenient = self.strict and not self._checks.believes(Sign.STRICT)
        self.strict = self.strict and not lenient
        stained, self._stained = self._stained and self._keeps_rests, False
        if lenient or (stained and (described or not self._described_within)):
            self._context = self._fresh()
        elif anew:
            self._context.flush_buffers()
        if self.reorders:
            self._context.skip_frame = "NONREF" if sparse else "DEFAULT"

    def _fresh(self) -> av.VideoCodecContext:
        fresh = av.VideoCodecContext.create(self._context.name, "r")
        fresh.extradata, fresh.thread_count = self._context.extradata, 1
        fresh.options = {"max_pixels": str(MAX_PIXELS), **self._strictness}
        return fresh

    def decode(self, packet: av.Packet) -> tuple[list[av.VideoFrame], bool]:
        """The pictures that a packet brings, and whether something is wrong with it.

        Raises:
            UnsupportedStream: the picture grew too large.
        """
        failed, frames = False, []
        with av.logging.Capture() as messages:
            try:
                frames = self._context.decode(packet)
            except FFmpegError:
                failed = True
        if not (failed or packet.is_corrupt or _damaged(messages)):
            return frames, False
        if (size := refused_by_decoder(messages)) is not None:
            raise UnsupportedStream(too_large(self._camera, size))
        self._stained = True
        return frames, True

    def drain(self) -> list[av.VideoFrame]:
        """What it holds; a keyframe has to come next, or the one it was given last."""
        frames: list[av.VideoFrame] = []
        with av.logging.Capture(), contextlib.suppress(FFmpegError):
            frames = self._context.decode(None)
        # Only a flushed decoder goes on after its end.
        self._context.flush_buffers()
        return frames


def _damaged(messages: list[tuple[int, str, str]]) -> bool:
    return any(
        level <= av.logging.ERROR and not text.startswith(_HARMLESS) for level, _, text in messages
    )
