"""Short films for tests, cut from generated scenes."""

from __future__ import annotations

from pathlib import Path

import av

from pipeline.scene.compose import compose
from pipeline.scene.render import render
from pipeline.scene.story import StoryEvent


def film_of_event(
    seed: int, event: str, folder: Path, *, before_s: float = 12.0, after_s: float = 12.0
) -> tuple[Path, StoryEvent, float]:
    """Cut one event out of a scene; return the film, the event, and its begin within the film."""
    story = compose(seed)
    whole = folder / f"scene-{seed}.mp4"
    if not whole.exists():
        render(story, whole)
    (found,) = (e for e in story.events if e.name == event)
    start = max(0.0, found.start_s - before_s)
    cut = folder / f"{event}-{seed}.mp4"
    copy_stretch(whole, cut, start, found.end_s + after_s)
    return cut, found, found.start_s - start


def copy_stretch(source: Path, target: Path, start_s: float, end_s: float) -> None:
    """Copy packets between two times; pictures begin at a keyframe (each second has one)."""
    with av.open(str(source)) as read, av.open(str(target), "w") as write:
        streams = {s.index: write.add_stream_from_template(s) for s in read.streams}
        began: set[int] = set()
        for packet in read.demux():
            if packet.dts is None or packet.pts is None:
                continue
            at = float(packet.pts * packet.time_base)
            if not start_s <= at < end_s:
                continue
            stream = streams[packet.stream.index]
            if packet.stream.index not in began and not packet.is_keyframe:
                continue
            began.add(packet.stream.index)
            shift = round(start_s / packet.time_base)
            packet.pts -= shift
            packet.dts -= shift
            packet.stream = stream
            write.mux(packet)
