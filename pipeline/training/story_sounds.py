"""Five seconds out of the sound track of a story, labelled by its script.

The other items hold one sound that goes on for all of five seconds, and perhaps another under it. A
camera hears short sounds, one after the other, over wind or a hum.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.mel import log_mel_numpy
from pipeline.records import Modality
from pipeline.scene.acoustics import RATE, Samples
from pipeline.scene.cast import Cue
from pipeline.scene.compose import compose
from pipeline.scene.concepts import SOUND_CONCEPTS
from pipeline.scene.sounds import microphone
from pipeline.scene.story import Story
from pipeline.training.generated import MOMENTS
from pipeline.training.sound_items import WINDOW_S, SoftItem

#: Who hears less of a sound than the first cannot name it; from the second on, anyone can.
_INKLING_S, _PLAIN_S = 0.08, 0.7
#: A sound that goes on for longer is a backdrop: under another one nobody may notice it.
_BACKDROP_S = 20.0
#: How often a window holds one of the events that can be heard.
_EVENTFUL = 0.35


def story_sound(seed: int) -> SoftItem:
    """One of the ``MOMENTS`` windows of a story, the same for the same seed."""
    rng = np.random.default_rng((seed, 6))
    story, sound = _told(seed // MOMENTS)
    start = _start(rng, story)
    first = round(start * RATE)
    samples = sound[first : first + round(WINDOW_S * RATE)]
    samples = microphone(rng, samples * np.float32(10 ** (rng.uniform(-14, 10) / 20)))
    return SoftItem(
        log_mel_numpy(samples[None])[0].astype(np.float16),
        labels_at(story.cues, start),
        np.full(527, np.nan, np.float32),
    )


@lru_cache(maxsize=2)
def _told(seed: int) -> tuple[Story, Samples]:
    story = compose(seed)
    return story, story.sound()


def _start(rng: np.random.Generator, story: Story) -> float:
    latest = story.seconds - WINDOW_S
    audible = [event for event in story.events if Modality.AUDIO in event.modalities]
    if audible and rng.random() < _EVENTFUL:
        event = audible[int(rng.integers(len(audible)))]
        return float(np.clip(event.start_s - rng.uniform(0, WINDOW_S - 1.5), 0, latest))
    return float(rng.uniform(0, latest))


def labels_at(cues: Sequence[Cue], start_s: float) -> NDArray[np.float32]:
    """What a window that starts at ``start_s`` holds, float32 (c,): 1, 0, or NaN for "perhaps"."""
    inside = dict.fromkeys(SOUND_CONCEPTS, 0.0)
    plain: set[str] = set()
    for cue in cues:
        heard = min(cue.start_s + cue.seconds, start_s + WINDOW_S) - max(cue.start_s, start_s)
        inside[cue.concept] += max(0.0, heard)
        if heard >= min(_PLAIN_S, 0.6 * cue.seconds) and cue.seconds < _BACKDROP_S:
            plain.add(cue.concept)
    labels = np.zeros(len(SOUND_CONCEPTS), np.float32)
    for k, name in enumerate(SOUND_CONCEPTS):
        if name in plain:
            labels[k] = 1.0
        elif inside[name] > _INKLING_S or (name == "silence" and not plain):
            # Alone, the backdrop is what there is to hear.
            backdrop = name != "silence" and not plain and inside[name] >= _PLAIN_S
            labels[k] = 1.0 if backdrop else np.nan
    return labels
