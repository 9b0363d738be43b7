"""Any process of the line, played: it keeps a diary and behaves as its part says.

``HEARSIGHT_STAGE`` names a folder with ``parts.json`` (behaviour by process name, read at each
start) and ``diary`` (a line for each thing that happened to anybody, in order).
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.canary.card import CAMERA as CANARY
from pipeline.channel import Channel
from pipeline.config import Site
from pipeline.messages import (
    AnyMessage,
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
    MediaReady,
    ModelInfo,
    ModelsReady,
    NothingHappened,
    Outboxed,
    Ready,
    Sample,
    SampleRate,
    StartEncoder,
    StartJudge,
    StartPublisher,
    StartWorker,
    Stop,
    TextsEmbedded,
    Vitals,
)
from pipeline.process import child_main
from pipeline.records import WHOLE_VIEW, Embedding, Modality, Quiet

STAGE = Path(os.environ.get("HEARSIGHT_STAGE", "."))
NAME = sys.argv[-1]
TEXTS = STAGE / "texts.npz"
SIGHT = ModelInfo("fake@000000000000", 2, 10.0, (8, 8), 0.0, str(TEXTS), "background", [])

#: What an encoder that cannot follow says of itself.
OVERLOAD = [
    Sample("hearsight_load", {"stage": "encoder_video"}, 1.0),
    Sample("hearsight_waiting_seconds", {"stage": "encoder_video"}, 1.5),
    Sample("hearsight_dropped_total", {"stage": "encoder", "reason": "too_old"}, 3.0),
]


def write(line: str) -> None:
    """One write call: lines of several processes do not mix."""
    with (STAGE / "diary").open("ab", buffering=0) as diary:
        diary.write(f"{time.monotonic():.3f} {NAME} {line}\n".encode())


def part() -> str:
    """How this process is to behave."""
    parts: dict[str, str] = json.loads((STAGE / "parts.json").read_text())
    return parts.get(NAME, "")


def run(channel: Channel, start: AnyMessage) -> None:
    """Play the part."""
    write("starts")
    behaviour = part()
    if behaviour == "refuses":
        channel.send(Failed("no model here: run `hearsight models pull`"))
        raise SystemExit(3)
    if behaviour == "crashes at once":
        os.abort()
    if behaviour == "never gets ready":
        time.sleep(60)
    say_hello(channel, start)
    write("ready")
    if behaviour == "crashes":
        os.abort()
    if behaviour.startswith("cannot open "):
        # As a library does that repeats what it was told to open.
        channel.send(CameraState("yard", "offline", behaviour, False, False, 1e9))
        channel.send(HealthEvent("yard", "camera_dark", behaviour, 1e9, "yard", True))
        raise OSError(behaviour)
    if behaviour == "freezes":
        time.sleep(60)
    beat_at = 0.0
    while True:
        if time.monotonic() >= beat_at:
            channel.send(Heartbeat(1, OVERLOAD if part() == "overloaded" else []))
            beat_at = time.monotonic() + 0.2
        message = channel.receive(timeout_s=0.05)
        if isinstance(message, Stop):
            write("told to stop" if message.reason == "shutdown" else message.reason)
            if behaviour == "stubborn":
                time.sleep(60)
            write("stops")
            if behaviour == "says something last":
                channel.send(FrameReady("yard", WHOLE_VIEW, 0, 4, 8, 8, 1, 1e9))
                os._exit(0)
            return
        if message is not None:
            rate = f" {message.per_second:.1f}" if isinstance(message, SampleRate) else ""
            write(f"got {type(message).__name__}{rate}")
            answer(channel, message)


def say_hello(channel: Channel, start: AnyMessage) -> None:
    """What each process says when it is ready."""
    if isinstance(start, StartEncoder):
        vectors = np.ones((len(start.see), 2), np.float32)
        with TEXTS.open("wb") as file:
            np.savez(file, prompts=np.array(start.see), vectors=vectors)
        channel.send(ModelsReady(SIGHT, None, "cpu"))
        return
    if isinstance(start, StartJudge):
        say_rules(start)
    channel.send(Ready())
    if isinstance(start, StartWorker):
        state = "ended" if part() == "ends" else "online"
        for plan in start.cameras:
            channel.send(CameraState(plan.camera, state, "", True, False, 1e9))
            channel.send(FrameReady(plan.camera, WHOLE_VIEW, 0, 2, 8, 8, 1, 1e9))
            quiet = Quiet(plan.camera, WHOLE_VIEW, Modality.AUDIO, 1, 2, 1e9)
            channel.send(NothingHappened(quiet))
            channel.send(Vitals(plan.camera, 1, 1e9))


def say_rules(told: StartJudge | FollowSite) -> None:
    """What a judge asks for, and whether it knows the texts."""
    rules = Site.model_validate_json(told.site).rules
    assert told.sight is not None
    with np.load(told.sight.texts_path) as saved:
        known = set(saved["prompts"].tolist())
    for name, rule in rules.items():
        unknown = "" if known >= set(rule.see) else ", unknown"
        write(f"asks for {name}: {', '.join(rule.see)}{unknown}")


def answer(channel: Channel, message: AnyMessage) -> None:
    """What each process makes of what it gets: a picture ends as an alert and a clip."""
    if isinstance(message, FollowSite):
        say_rules(message)
        channel.send(Followed())
    if isinstance(message, FollowCameras):
        write(f"sees {', '.join(sorted(message.frames))}")
    if isinstance(message, EmbedTexts):
        made_of = np.ones((len(message.texts), 2), np.float32)
        channel.send(TextsEmbedded(message.number, SIGHT.model_id, made_of.tobytes()))
    if isinstance(message, FrameReady):
        vector = np.array([1.0, 0.0], np.float32)
        made = Embedding(
            message.camera,
            WHOLE_VIEW,
            Modality.VIDEO,
            SIGHT.model_id,
            1,
            0,
            message.captured_at,
            vector,
        )
        channel.send(Embedded(made))
    if isinstance(message, Embedded) and message.embedding.camera == CANARY:
        wrong = "it looks wrong" if part() == "sees the canary wrongly" else ""
        channel.send(CanaryCame(message.embedding.captured_at, wrong))
    elif isinstance(message, Embedded):
        channel.send(Outboxed())
        channel.send(CutMedia("a1", message.embedding.camera, 1))
    if isinstance(message, CutMedia):
        channel.send(MediaReady(message.alert_id, message.camera, "thumb.jpg", None))


if __name__ == "__main__":
    kinds: dict[str, Any] = {
        "encoder": StartEncoder,
        "judge": StartJudge,
        "publisher": StartPublisher,
    }
    child_main("member", kinds.get(NAME, StartWorker), run)
