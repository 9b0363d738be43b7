"""What the processes say to each other: small typed messages, never pixels, never pickles.

Data messages flow down the line (worker, encoder, judge, publisher), control messages the other
way; the supervisor passes both on by their type. They travel as msgpack, several in a packet (see
`pipeline.packets`), over one packet socket per process (see `pipeline.channel`).
"""

from pipeline.messages.base import Message, ModelInfo, StoreRef
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
from pipeline.messages.liveness import Failed, Heartbeat, Ready, Sample
from pipeline.messages.starting import (
    CameraPlan,
    StartEncoder,
    StartJudge,
    StartPublisher,
    StartWorker,
    Stop,
)
from pipeline.messages.wire import (
    BAD_BYTES,
    AnyMessage,
    MalformedMessage,
    decode,
    encode,
    from_plain,
)

__all__ = [
    "BAD_BYTES",
    "AnyMessage",
    "CameraPlan",
    "CameraState",
    "CanaryCame",
    "CutMedia",
    "EmbedTexts",
    "Embedded",
    "Failed",
    "FollowCameras",
    "FollowSite",
    "Followed",
    "FrameReady",
    "HealthEvent",
    "Heartbeat",
    "LeaveCamera",
    "LivePicture",
    "MalformedMessage",
    "MediaReady",
    "Message",
    "ModelInfo",
    "ModelsReady",
    "NothingHappened",
    "Outboxed",
    "Ready",
    "Sample",
    "SampleRate",
    "ScoreLine",
    "Seam",
    "SoundReady",
    "StartEncoder",
    "StartJudge",
    "StartPublisher",
    "StartWorker",
    "Stop",
    "StoreRef",
    "TextsEmbedded",
    "Vitals",
    "Watch",
    "decode",
    "encode",
    "from_plain",
]
