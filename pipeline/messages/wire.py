"""How messages travel: as msgpack, told apart by their tags."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from pipeline.arrays import array_of
from pipeline.messages.control import (
    CutMedia,
    EmbedTexts,
    FollowCameras,
    Followed,
    FollowSite,
    LeaveCamera,
    MediaReady,
    SampleRate,
    TextsEmbedded,
    Watch,
)
from pipeline.messages.data import (
    CameraState,
    CanaryCame,
    Embedded,
    FrameReady,
    HealthEvent,
    LivePicture,
    ModelsReady,
    NothingHappened,
    Outboxed,
    ScoreLine,
    Seam,
    SoundReady,
    Vitals,
)
from pipeline.messages.liveness import Failed, Heartbeat, Ready
from pipeline.messages.starting import StartEncoder, StartJudge, StartPublisher, StartWorker, Stop

AnyMessage = (
    StartWorker
    | StartEncoder
    | StartJudge
    | StartPublisher
    | Stop
    | Heartbeat
    | Ready
    | Failed
    | FrameReady
    | SoundReady
    | NothingHappened
    | Seam
    | Vitals
    | LivePicture
    | CameraState
    | ModelsReady
    | Embedded
    | Outboxed
    | ScoreLine
    | HealthEvent
    | CanaryCame
    | Watch
    | SampleRate
    | FollowCameras
    | FollowSite
    | Followed
    | LeaveCamera
    | EmbedTexts
    | TextsEmbedded
    | CutMedia
    | MediaReady
)


def _to_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "dtype": value.dtype.str, "data": value.tobytes()}
    raise NotImplementedError(f"no message carries a {type(value)}")


def from_plain(kind: type, value: Any) -> Any:
    """Make what msgpack has no form for: arrays (msgspec's ``dec_hook``)."""
    if getattr(kind, "__origin__", kind) is np.ndarray:
        return array_of(value["dtype"], value["shape"], value["data"])
    raise NotImplementedError(f"no message carries a {kind}")


_encoder = msgspec.msgpack.Encoder(enc_hook=_to_plain)
_decoder = msgspec.msgpack.Decoder(AnyMessage, dec_hook=from_plain)


class MalformedMessage(ValueError):
    """Bytes that are no message."""


#: What decoding raises where bytes do not hold what they should.
BAD_BYTES = (
    *(msgspec.DecodeError, NotImplementedError, ValueError, TypeError, KeyError),
    # Nested too deeply.
    RecursionError,
)


def encode(message: AnyMessage) -> bytes:
    """Return the wire form of ``message``."""
    return _encoder.encode(message)


def decode(data: bytes) -> AnyMessage:
    """Return the message that ``data`` hold.

    Raises:
        MalformedMessage: they hold none.
    """
    try:
        message: AnyMessage = _decoder.decode(data)
    except BAD_BYTES as error:
        raise MalformedMessage(str(error)) from error
    return message
