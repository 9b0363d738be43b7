"""A minute of camera footage for a seed: quiet life, and three events that nobody scripted by hand.

Everything seen and heard comes from the functions that also make the training samples, with
parameters of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from pipeline.records import Modality
from pipeline.scene.acoustics import RATE, Samples, add, noise, normal, room
from pipeline.scene.backdrop import Backdrop
from pipeline.scene.canvas import Image
from pipeline.scene.cast import Burn, Collapse, Cue, Drive, Stroll, Switch, Trot
from pipeline.scene.concepts import NORMAL_SOUND
from pipeline.scene.lens import Lens
from pipeline.scene.pictures import Snapshot, paint
from pipeline.scene.sounds import synthesise


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """Something that should raise an alert."""

    name: str
    #: The senses that can notice it.
    modalities: tuple[Modality, ...]
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Story:
    """One camera's footage, a pure function of its fields: any frame, any time, in any order."""

    seed: int
    seconds: float
    backdrop: Backdrop
    lens: Lens
    darkness: float
    events: tuple[StoryEvent, ...]
    strolls: tuple[Stroll, ...]
    drives: tuple[Drive, ...]
    trots: tuple[Trot, ...]
    switches: tuple[Switch, ...]
    burns: tuple[Burn, ...]
    collapses: tuple[Collapse, ...]
    cues: tuple[Cue, ...]

    def quiet(self) -> Story:
        """The same story without its events, and without anything else that should alarm."""
        ordinary = tuple(cue for cue in self.cues if cue.concept in NORMAL_SOUND)
        return replace(self, events=(), burns=(), collapses=(), cues=ordinary)

    def snapshot(self, t: float) -> Snapshot:
        """What stands before the backdrop at ``t`` seconds."""
        view = self.backdrop.view
        strollers = [seen for s in self.strolls if (seen := s.at(t, view))]
        people = [person for person, _ in strollers]
        people += [person for c in self.collapses if (person := c.at(t, view))]
        burning = [b.at(t) for b in self.burns]
        return Snapshot(
            people=tuple(people),
            seated=frozenset(k for k, (_, sits) in enumerate(strollers) if sits),
            cars=tuple(car for d in self.drives if (car := d.at(t, view))),
            dogs=tuple(dog for d in self.trots if (dog := d.at(t, view))),
            fires=tuple(fire for fire, _ in burning if fire),
            smokes=tuple(smoke for _, smoke in burning if smoke),
            lamps=tuple(lamp for s in self.switches if (lamp := s.at(t))),
            darkness=self.darkness,
        )

    def activities(self, t: float) -> tuple[str | None, ...]:
        """What each of the people of ``snapshot`` does at ``t``; None where nobody could say."""
        view = self.backdrop.view
        doing = [s.activity(t, view) for s in self.strolls if s.at(t, view)]
        return (*doing, *(c.activity(t) for c in self.collapses if c.at(t, view)))

    def frame(self, t: float, size: tuple[int, int] = (360, 640)) -> Image:
        """The picture at ``t`` seconds: uint8 (H, W, 3) RGB for ``size`` = (H, W)."""
        drift = 1 + 0.05 * math.sin(0.21 * t + self.seed) + 0.03 * math.sin(0.57 * t)
        lens = replace(self.lens, exposure=self.lens.exposure * drift)
        rng = np.random.default_rng((self.seed, round(t * 1000)))
        base = _base(self.backdrop, size[0])
        pixels = paint(base, self.snapshot(t), self.backdrop.view, lens, rng)
        if pixels.shape[:2] != size:
            resized = cv2.resize(pixels, (size[1], size[0]), interpolation=cv2.INTER_AREA)
            return resized.astype(np.uint8, copy=False)
        return pixels

    def sound(self) -> Samples:
        """The whole sound track: float32 (n,), mono, 48 kHz, within [-1, 1]."""
        rng = np.random.default_rng((self.seed, 48))
        n = round(self.seconds * RATE)
        out = noise(rng, n, 1) * np.float32(10 ** (-58 / 20))
        for cue in self.cues:
            source = np.random.default_rng(cue.seed)
            wave = room(source, synthesise(cue.concept, source, cue.seconds))
            m = len(wave)
            edge = np.minimum(np.arange(m), np.arange(m)[::-1]).astype(np.float32)
            wave = normal(wave * np.clip(edge / np.float32(0.03 * RATE), 0, 1), cue.peak)
            add(out, wave, round(cue.start_s * RATE))
        return np.clip(out, -1, 1)


@lru_cache(maxsize=4)
def _base(backdrop: Backdrop, height: int) -> Image:
    return backdrop.paint(height)
