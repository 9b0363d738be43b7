"""Does the pair tell a story's events from its quiet? The check that training accuracy is not.

Renders unseen stories, reads them back through H.264 and AAC as a camera's, embeds two frames a
second and a window of sound each second, and prints how the margin of an alert's prompts over the
normal prompts stands inside the event against everywhere else.

    python -m pipeline.training.story_check --seeds 10 --cache DIR
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from pipeline.encoders import SightEncoder, SoundEncoder, open_sight, open_sound
from pipeline.encoders.normal_prompts import NORMAL_HEAR, NORMAL_SEE
from pipeline.scene.compose import compose
from pipeline.scene.render import render
from pipeline.training.common import report

ALERTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("fire_with_alarm", "video"): ("a fire with flames", "something is burning"),
    ("fire_with_alarm", "audio"): ("a fire alarm is beeping", "smoke alarm"),
    ("person_collapses", "video"): ("a person lying on the ground", "a person has collapsed"),
    ("glass_breaking", "audio"): ("glass breaking", "a window is smashed"),
}
FRAMES_PER_S, HOP_S, RATE = 2.0, 1.0, 48_000


@dataclass(frozen=True, slots=True)
class Film:
    """A decoded story."""

    #: uint8 (n, H, W, 3) and the seconds of each frame.
    frames: NDArray[np.uint8]
    frame_s: NDArray[np.float64]
    #: float32 (n,), 48 kHz mono.
    sound: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Gap:
    """One alert's margins in one story."""

    event: str
    modality: str
    quiet_top: float
    quiet_positive: float
    inside: NDArray[np.float64]

    @property
    def run(self) -> int:
        """Longest run of consecutive samples above everything quiet, and above zero."""
        best = now = 0
        for value in self.inside:
            now = now + 1 if value > max(self.quiet_top, 0.0) else 0
            best = max(best, now)
        return best


def shoot(seed: int, folder: Path, size: tuple[int, int]) -> Film:
    """Render the story of ``seed`` once, and decode it as a worker would."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"story-{seed}.mp4"
    if not path.exists():
        partial = path.with_suffix(".part.mp4")
        render(compose(seed), partial)
        partial.replace(path)
    frames, times, sound = [], [], []
    due = 0.0
    with av.open(str(path)) as container:
        for packet in container.demux(video=0, audio=0):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    if frame.time is not None and frame.time >= due - 1e-6:
                        due = frame.time + 1.0 / FRAMES_PER_S
                        scaled = frame.reformat(width=size[1], height=size[0], format="rgb24")
                        frames.append(scaled.to_ndarray())
                        times.append(frame.time)
                elif isinstance(frame, av.AudioFrame):
                    sound.append(frame.to_ndarray()[0].astype(np.float32))
    return Film(np.stack(frames), np.array(times), np.concatenate(sound))


def margins(
    scale: float, items: NDArray[np.float32], alert: NDArray[np.float32], usual: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Scaled lead (n,) of the best alert prompt over the best normal prompt."""
    lead = (items @ alert.T).max(axis=1) - (items @ usual.T).max(axis=1)
    return np.asarray(scale * lead, np.float64)


def gaps(seed: int, folder: Path, sight: SightEncoder, sound: SoundEncoder) -> list[Gap]:
    """Every alert of ``ALERTS`` in the story of ``seed``."""
    film = shoot(seed, folder, sight.image_size)
    seen = np.concatenate(
        [sight.encode_images(film.frames[i : i + 32]) for i in range(0, len(film.frames), 32)]
    )
    length, hop = round(sound.window_s * RATE), round(HOP_S * RATE)
    starts = range(0, len(film.sound) - length + 1, hop)
    heard = np.concatenate(
        [sound.encode_sounds(film.sound[None, start : start + length]) for start in starts]
    )
    heard_s = np.array([start / RATE for start in starts])
    found = []
    for event in compose(seed).events:
        for (name, modality), prompts in ALERTS.items():
            if name != event.name:
                continue
            if modality == "video":
                lead = margins(sight.logit_scale, seen, *_texts(sight, prompts, NORMAL_SEE))
                inside = (film.frame_s >= event.start_s) & (film.frame_s <= event.end_s)
                # How a fall begins and a fire ends belongs to neither side.
                outside = (film.frame_s < event.start_s - 1) | (film.frame_s > event.end_s + 3)
            else:
                lead = margins(sound.logit_scale, heard, *_texts(sound, prompts, NORMAL_HEAR))
                ends = heard_s + sound.window_s
                inside = (ends >= event.start_s + 0.5) & (heard_s <= event.end_s - 0.5)
                outside = (ends < event.start_s - 0.5) | (heard_s > event.end_s + 0.5)
            quiet = lead[outside]
            found.append(
                Gap(name, modality, float(quiet.max()), float((quiet > 0).mean()), lead[inside])
            )
    return found


def _texts(
    encoder: Any, prompts: Sequence[str], usual: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return encoder.encode_texts(prompts), encoder.encode_texts(usual)


def main(arguments: list[str] | None = None) -> None:
    """Print one line per story and alert."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="stories of seeds 0 to this")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the films")
    options = parser.parse_args(arguments)
    sight, sound = open_sight(threads=1), open_sound(threads=1)
    for seed in range(options.first, options.first + options.seeds):
        for gap in gaps(seed, options.cache, sight, sound):
            top = gap.inside.max(initial=-99.0)
            middle = float(np.median(gap.inside)) if len(gap.inside) else float("nan")
            report(
                f"{seed:4d} {gap.event:17s} {gap.modality:5s} quiet max {gap.quiet_top:7.2f} "
                f"(positive {gap.quiet_positive:4.0%})  inside median {middle:7.2f} "
                f"max {top:7.2f}  clear run {gap.run:3d}/{len(gap.inside)}"
            )


if __name__ == "__main__":
    main()
