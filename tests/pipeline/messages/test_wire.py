"""Messages between processes come out as they went in."""

from __future__ import annotations

from typing import get_args

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.messages import (
    AnyMessage,
    CameraPlan,
    CameraState,
    CanaryCame,
    CutMedia,
    Embedded,
    EmbedTexts,
    Failed,
    FollowCameras,
    Followed,
    FollowSite,
    FrameReady,
    HealthEvent,
    Heartbeat,
    LeaveCamera,
    LivePicture,
    MalformedMessage,
    MediaReady,
    Message,
    ModelInfo,
    ModelsReady,
    NothingHappened,
    Outboxed,
    Ready,
    Sample,
    SampleRate,
    ScoreLine,
    Seam,
    SoundReady,
    StartEncoder,
    StartJudge,
    StartPublisher,
    StartWorker,
    Stop,
    StoreRef,
    TextsEmbedded,
    Vitals,
    Watch,
    decode,
    encode,
)
from pipeline.records import Embedding, Modality, Quiet
from pipeline.vitals import PictureVitals, SoundVitals
from tests.pipeline.encoders.fakes import FRONT

STORE = StoreRef(fd=7, slots=8, slot_bytes=1024)
MODEL = ModelInfo("m", 512, 14.3, (128, 128), 0.0, "t.npz", "b.npy", ["zeppelin"])
HEARING = ModelInfo("m", 512, 14.3, (0, 0), 1.0, "t.npz", "b.npy", [], front=FRONT)
PLAN = CameraPlan("yard", b"{}", STORE, None, (128, 128), FRONT, 1.0)

EXAMPLES: list[AnyMessage] = [
    StartWorker([PLAN], b"{}", "/media", ["hush"], "info"),
    StartEncoder(b"{}", "/cache", ["fire"], [], True, False, {"yard": STORE}, {}, "info"),
    StartJudge(b"{}", "/state", MODEL, None, "info"),
    StartPublisher(b"{}", "/state", None, [], "info"),
    Stop(),
    Heartbeat(3, [Sample("hearsight_batch_size", {"model": "m"}, 8.0)]),
    Ready(),
    Failed("no such model: run `hearsight models pull`"),
    FrameReady("yard", "whole", 1, 2, 128, 128, 10**18, 1.5e9),
    SoundReady("yard", 1, 2, 64, 250, 10**18, 5 * 10**9, 1.5e9),
    NothingHappened(Quiet("yard", "whole", Modality.AUDIO, 1, 2, 1.5e9)),
    Seam("yard", 10**18),
    Vitals("yard", 1, 1.5e9, picture=PictureVitals(80.0, 40.0, 2.5, 12.0, 0.5, bytes(4096))),
    Vitals("yard", 1, 1.5e9, sound=SoundVitals(-40.0, -52.0, -31.0, 0.0)),
    CameraState("yard", "online", "", True, False, 1.5e9),
    ModelsReady(MODEL, HEARING, "cpu"),
    Outboxed(),
    ScoreLine("yard", "fire", 1.5e9, 7, 2.5, 0.1, 0.14, {"video": 2.0}, ["audio"]),
    HealthEvent(None, "judge_replaced", "killed by signal 9", 1.5e9),
    LivePicture("yard", 2, 14, 40_000, 10**18, 1.5e9),
    CanaryCame(1.5e9, "cosine 0.31"),
    Watch("yard"),
    SampleRate("yard", 0.5, 3),
    FollowCameras({"yard": STORE}, {}, ["yard"]),
    FollowSite(b"{}", None, None),
    Followed(),
    LeaveCamera("yard"),
    EmbedTexts(7, "audio", ["a dog barking"]),
    TextsEmbedded(7, "clap@1", b"\0\0\x80?", ["barking"]),
    CutMedia("a1", "yard", 5, "door", 1, 9),
    MediaReady("a1", "yard", "a1/t.jpg", None, "disk full"),
]


def embedding(**changes: object) -> Embedding:
    values: dict[str, object] = {
        "camera": "yard",
        "view": "whole",
        "modality": Modality.VIDEO,
        "model": "m",
        "pts_ns": -5,
        "duration_ns": 0,
        "captured_at": 1.5e9,
        "vector": np.linspace(-1, 1, 512, dtype=np.float32),
    }
    return Embedding(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_it_comes_out_as_it_went_in(message: AnyMessage) -> None:
    assert decode(encode(message)) == message


def test_no_kind_of_message_is_forgotten() -> None:
    kinds = {type(message) for message in EXAMPLES} | {Embedded}

    assert kinds == set(get_args(AnyMessage)) == set(Message.__subclasses__())


@pytest.mark.parametrize("patches", [None, np.ones((2, 3, 4), dtype=np.float32)])
def test_an_embedding_keeps_its_numbers_shape_and_type(patches: NDArray[np.float32] | None) -> None:
    sent = embedding(patches=patches)

    message = decode(encode(Embedded(sent)))

    assert isinstance(message, Embedded)
    got = message.embedding
    assert got.vector.dtype == np.float32
    np.testing.assert_array_equal(got.vector, sent.vector)
    assert (got.modality, got.pts_ns) == (Modality.VIDEO, -5)
    if patches is None:
        assert got.patches is None
    else:
        assert got.patches is not None
        np.testing.assert_array_equal(got.patches, patches)


def test_a_frame_is_announced_in_few_bytes() -> None:
    # A packet per frame and camera: pixels stay in the slot.
    assert len(encode(FrameReady("front-door", "whole", 3, 99, 224, 224, 2**62, 1.8e9))) < 250


def test_what_is_not_set_takes_no_room() -> None:
    assert len(encode(Ready())) < 20


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"not a message",
        msgspec.msgpack.encode({"type": "Surprise"}),
        msgspec.msgpack.encode({"type": "Heartbeat", "progress": "many"}),
        msgspec.msgpack.encode({"type": "FrameReady"}),
        msgspec.msgpack.encode([1, 2, 3]),
        encode(EXAMPLES[5])[:-3],
    ],
)
def test_bytes_that_are_no_message_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(data)


@pytest.mark.parametrize(
    "vector",
    [
        {"shape": [4], "dtype": "<f4", "data": b"\0" * 12},
        {"shape": [3], "dtype": "object", "data": b"\0" * 24},
        {"shape": [3], "dtype": "nonsense", "data": b"\0" * 12},
        {"shape": [3]},
        "text",
    ],
)
def test_an_array_that_does_not_add_up_is_refused(vector: object) -> None:
    plain = msgspec.msgpack.decode(encode(Embedded(embedding())))
    plain["embedding"]["vector"] = vector

    with pytest.raises(MalformedMessage):
        decode(msgspec.msgpack.encode(plain))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_lead_to_anything_else_than_a_message_or_a_refusal(data: bytes) -> None:
    try:
        decode(data)
    except MalformedMessage:
        return
