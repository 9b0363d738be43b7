"""Does the pair tell a story's events from its quiet? The check that training accuracy is not.

Films unseen stories, reads them back through H.264 and AAC as a camera's, embeds two frames a
second and a window of sound each second, and lets the demo's own rules judge them: detectors,
calibration, windows, fusion, incidents, all as in the live line, without its processes and waits.

    python -m pipeline.training.story_check --stories 20 --cache DIR
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Site, load_site
from pipeline.config.packaged import packaged_config
from pipeline.demo.report import EARLY_S, LATE_S, RULE_OF
from pipeline.encoders import SightEncoder, SoundEncoder, open_sight, open_sound
from pipeline.encoders.background import background
from pipeline.encoders.base import in_parts
from pipeline.evaluation.media import frames
from pipeline.evaluation.tracks import measured
from pipeline.incidents import Transition
from pipeline.line import RuleLine
from pipeline.prompts import prompts_of
from pipeline.records import (
    NS_PER_S,
    WHOLE_VIEW,
    AlertType,
    Embedding,
    FusedWindow,
    Modality,
)
from pipeline.scene.compose import compose
from pipeline.scene.render import render
from pipeline.scene.story import Story
from pipeline.sources.pace import Pace
from pipeline.sources.picture import Sampler
from pipeline.text_space import TextSpace
from pipeline.training.common import report
from pipeline.training.real_sound import read_sound

FRAMES_PER_S, HOP_S, RATE = 2.0, 1.0, 48_000
CAMERA = "yard"


@dataclass(frozen=True, slots=True)
class Film:
    """A decoded story."""

    #: uint8 (n, H, W, 3), the seconds of each frame, and how it moved up to it: (n, DIM).
    frames: NDArray[np.uint8]
    frame_s: NDArray[np.float64]
    movement: NDArray[np.float32]
    #: float32 (n,), 48 kHz mono.
    sound: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the demo's rules made of one story."""

    seed: int
    found: tuple[str, ...]
    missed: tuple[str, ...]
    #: Rule and second of every incident that belongs to no event.
    wrong: tuple[tuple[str, float], ...]
    #: For each rule, the lowest rate of false alarms a day inside its event, and outside it.
    rates: dict[str, tuple[float, float]]


def shoot(seed: int, folder: Path, size: tuple[int, int]) -> tuple[Story, Film]:
    """Film the story of ``seed`` once, and decode it as a worker would."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"story-{seed}.mp4"
    story = compose(seed)
    if not path.exists():
        partial = path.with_suffix(".part.mp4")
        render(story, partial)
        partial.replace(path)
    sound = read_sound(path)
    assert sound is not None
    return story, film_of(frames(path, size, None), sound)


def film_of(shown: Iterable[tuple[float, NDArray[np.uint8]]], sound: NDArray[np.float32]) -> Film:
    """What a camera gives of pictures (seconds, uint8 (H, W, 3)), five a second or more."""
    sampler = Sampler(Pace(FRAMES_PER_S))
    sampled = [one for one in measured(shown) if sampler.due(_ns(one[0]))]
    times, pictures, movement = zip(*sampled, strict=True)
    return Film(np.stack(pictures), np.array(times), np.stack(movement), sound)


def _ns(seconds: float) -> int:
    return round(seconds * NS_PER_S)


def embed(film: Film, sight: SightEncoder, sound: SoundEncoder) -> list[Embedding]:
    """Every embedding that the line would get, in the order of their ends."""
    seen = sight.with_movement(in_parts(sight.encode_images, film.frames, 32), film.movement)
    length, hop = round(sound.window_s * RATE), round(HOP_S * RATE)
    starts = range(0, len(film.sound) - length + 1, hop)
    heard = np.concatenate(
        [sound.encode_sounds(film.sound[None, start : start + length]) for start in starts]
    )
    made = [
        embedding_of(Modality.VIDEO, sight.model_id, t, 0.0, vector)
        for t, vector in zip(film.frame_s, seen, strict=True)
    ]
    made += [
        embedding_of(Modality.AUDIO, sound.model_id, start / RATE, sound.window_s, vector)
        for start, vector in zip(starts, heard, strict=True)
    ]
    return sorted(made, key=lambda e: e.end_ns)


def embedding_of(
    modality: Modality, model: str, at_s: float, length_s: float, vector: NDArray[np.float32]
) -> Embedding:
    """An embedding of the whole view from ``at_s`` on, ``length_s`` long."""
    return Embedding(
        camera=CAMERA,
        view=WHOLE_VIEW,
        modality=modality,
        model=model,
        pts_ns=_ns(at_s),
        duration_ns=_ns(length_s),
        captured_at=at_s + length_s,
        vector=vector,
    )


def later(item: Embedding, shift_ns: int) -> Embedding:
    """The same embedding, ``shift_ns`` later."""
    return replace(
        item,
        pts_ns=item.pts_ns + shift_ns,
        captured_at=item.captured_at + shift_ns / NS_PER_S,
    )


def spaces_of(
    site: Site, sight: SightEncoder, sound: SoundEncoder, cache: Path
) -> dict[Modality, TextSpace]:
    """The texts and banks that the site's rules need; a bank that is not shipped is cached."""
    prompts = dict(zip((Modality.VIDEO, Modality.AUDIO), prompts_of(site), strict=True))
    encoders: dict[Modality, SightEncoder | SoundEncoder] = {
        Modality.VIDEO: sight,
        Modality.AUDIO: sound,
    }
    return {
        modality: TextSpace(
            encoder.model_id,
            encoder.logit_scale,
            dict(zip(prompts[modality], encoder.encode_texts(prompts[modality]), strict=True)),
            background(encoder, cache),
        )
        for modality, encoder in encoders.items()
    }


def follow(
    lines: Mapping[str, RuleLine], items: Iterable[Embedding]
) -> Iterator[tuple[str, FusedWindow, list[Transition]]]:
    """Each window that closes: its rule, the window, and the incidents that begin with it."""
    for item in items:
        for name, line in lines.items():
            for window, steps in line.take(item):
                new = [step for step in steps if step.type is AlertType.NEW]
                for step in new:
                    line.incidents.accepted(step.windows[-1].end_ns)
                yield name, window, new


def judge(
    seed: int,
    folder: Path,
    site: Site,
    sight: SightEncoder,
    sound: SoundEncoder,
    spaces: dict[Modality, TextSpace],
) -> Verdict:
    """Let the site's rules watch the story of ``seed``."""
    story, film = shoot(seed, folder, sight.image_size)
    lines = {name: RuleLine(site, CAMERA, name, spaces) for name in site.rules_of(CAMERA)}
    begun: list[tuple[str, float]] = []
    windows: dict[str, list[FusedWindow]] = {name: [] for name in lines}
    for name, window, new in follow(lines, embed(film, sight, sound)):
        windows[name].append(window)
        begun += [(name, step.start_ns / NS_PER_S) for step in new]
    return _verdict(story, begun, windows)


def _verdict(
    story: Story,
    begun: Sequence[tuple[str, float]],
    windows: dict[str, list[FusedWindow]],
) -> Verdict:
    wrong = list(begun)
    found, missed = [], []
    rates = {}
    for event in story.events:
        rule = RULE_OF[event.name]
        early, late = event.start_s - EARLY_S, event.end_s + LATE_S
        matching = [b for b in wrong if b[0] == rule and early <= b[1] <= late]
        if matching:
            found.append(event.name)
            wrong.remove(matching[0])
        else:
            missed.append(event.name)
        inside: list[float] = []
        outside: list[float] = []
        for window in windows[rule]:
            end = window.end_ns / NS_PER_S
            rate = window.per_day if window.eligible else float("inf")
            near = event.start_s - 1 < end < event.end_s + 8
            (inside if near else outside).append(rate)
        rates[rule] = (min(inside, default=np.inf), min(outside, default=np.inf))
    return Verdict(story.seed, tuple(found), tuple(missed), tuple(wrong), rates)


def verdicts(
    seeds: Sequence[int], folder: Path, site: Site, sight: SightEncoder, sound: SoundEncoder
) -> Iterator[Verdict]:
    """The verdict on each story, as it is reached."""
    spaces = spaces_of(site, sight, sound, folder)
    for seed in seeds:
        yield judge(seed, folder, site, sight, sound, spaces)


def main(arguments: list[str] | None = None) -> None:
    """Print one line per story, and the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="seed of the first story")
    parser.add_argument("--cache", type=Path, required=True, help="folder for the films")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--site", type=Path, help="a site file with the rules; default: the demo's")
    options = parser.parse_args(arguments)
    site = load_site(
        options.site or packaged_config("demo.yaml"),
        environ={"HEARSIGHT_DEMO_URL": "rtsp://127.0.0.1/yard"},
    )
    sight, sound = open_sight(threads=options.threads), open_sound(threads=options.threads)
    seeds = range(options.first, options.first + options.stories)
    found = missed = wrong = 0
    for one in verdicts(seeds, options.cache, site, sight, sound):
        found, missed, wrong = (
            found + len(one.found),
            missed + len(one.missed),
            wrong + len(one.wrong),
        )
        rates = "  ".join(f"{r} {a:.2g}/{b:.2g}" for r, (a, b) in one.rates.items())
        extra = f"  missed {', '.join(one.missed)}" if one.missed else ""
        extra += f"  wrong {[(r, round(t, 1)) for r, t in one.wrong]}" if one.wrong else ""
        report(f"{one.seed:5d}  a day inside/outside: {rates}{extra}")
    report(f"recall {found / max(1, found + missed):.3f}, wrong alerts {wrong}")


if __name__ == "__main__":
    main()
