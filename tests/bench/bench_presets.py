"""Do the presets' prompts tell what they are for from what is ordinary?

    make studies PYTEST_ARGS="-k every_preset"

Each rule is scored as the line scores it, against its own normal prompts, on generated scenes and
sounds that nothing was trained on: those that show what the rule is for, and those of quiet days.
"""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.config import Rule, parse_site
from pipeline.config.packaged import preset_names
from pipeline.encoders import SightEncoder, SoundEncoder, open_sight, open_sound
from pipeline.encoders.base import in_parts
from pipeline.evaluation.scoring import PromptScorer
from pipeline.evaluation.tracks import PictureTrack, SoundTrack
from pipeline.prompts import alarming, ordinary
from pipeline.records import Modality
from pipeline.scene.concepts import NORMAL_SIGHT, NORMAL_SOUND, SOUND_CONCEPTS
from pipeline.scene.pictures import sample_picture
from pipeline.scene.sounds import sample_of, sample_sound
from pipeline.training.data import HELD_OUT_SEED

#: Seeds of this bench alone.
SEED = HELD_OUT_SEED + 500_000
PICTURES, SOUNDS, QUIET_SOUNDS = 2000, 40, 200
#: What a rule is for, in sight and in sound.
MEANT: dict[str, tuple[str, ...]] = {
    "fight": ("people_fighting", "scream", "shouting"),
    "person-down": ("person_lying",),
    "person-on-the-ground": ("person_lying",),
    "fall": ("person_falling", "person_lying"),
    "gunshot": ("gunshot",),
    "explosion": ("explosion",),
    "bang": ("explosion", "crash"),
    "crash": ("crash", "tyre_squeal"),
    "glass": ("glass_breaking",),
    "breaking": ("glass_breaking",),
    "cry-for-help": ("scream", "shouting"),
    "crying": ("baby_cry",),
    "burglar-alarm": ("burglar_alarm", "car_alarm"),
    "camera-covered": ("covered_lens",),
    "fire": ("fire", "fire_alarm"),
    "vehicle-fire": ("fire",),
    "smoke": ("smoke",),
    "crackling": ("fire_crackling",),
    "emergency-vehicle": ("siren",),
}
#: Below it a rule's prompts are no use.
LEAST = 0.85


def rules_of(preset: str) -> dict[str, Rule]:
    """The rules that a preset adds to a site."""
    text = f"site: s\npresets: [{preset}]\ncameras:\n  yard: {{url: 'rtsp://192.0.2.1/'}}\n"
    return dict(parse_site(text, name="site.yaml", environ={}).rules)


class World:
    """Embeddings of scenes and sounds, with what is in them."""

    def __init__(self, sight: SightEncoder, sound: SoundEncoder) -> None:
        self.sight, self.sound = sight, sound
        made = [sample_picture(np.random.default_rng(SEED + k)) for k in range(PICTURES)]
        size = sight.image_size[::-1]
        pixels = [cv2.resize(one.pixels, size, interpolation=cv2.INTER_AREA) for one in made]
        self._pictures = [one.concepts for one in made]
        self._picture_rows = in_parts(sight.encode_images, np.stack(pixels).astype(np.uint8), 32)
        heard = [c for meant in MEANT.values() for c in meant if c in SOUND_CONCEPTS]
        sounds = [
            sample_of(c, np.random.default_rng((SEED, k)), 5.0)
            for c in dict.fromkeys(heard)
            for k in range(SOUNDS)
        ]
        sounds += [sample_sound(np.random.default_rng(SEED + k), 5.0) for k in range(QUIET_SOUNDS)]
        self._sounds = [one.concepts for one in sounds]
        waves = np.stack([one.samples[:240_000] for one in sounds]).astype(np.float32)
        self._sound_rows = in_parts(sound.encode_sounds, waves, 32)

    def auc(self, preset: str, rule: str, modality: Modality) -> float:
        """Chance that what the rule is for scores above what is ordinary."""
        told = rules_of(preset)[rule]
        prompts, normal = alarming(told, modality), ordinary(told, modality)
        if modality is Modality.VIDEO:
            scorer = PromptScorer(self.sight, PictureTrack(self.sight), prompts, normal)
            rows, concepts, quiet = self._picture_rows, self._pictures, NORMAL_SIGHT
        else:
            scorer = PromptScorer(self.sound, SoundTrack(self.sound), prompts, normal)
            rows, concepts, quiet = self._sound_rows, self._sounds, NORMAL_SOUND
        meant = np.array([bool(one & set(MEANT[rule])) for one in concepts])
        calm = np.array([one <= quiet for one in concepts])
        scores = scorer.detector.score_many(rows)
        kept = meant | calm
        return float(roc_auc_score(meant[kept], scores[kept]))


@pytest.mark.timeout(0)
def test_every_preset_tells_what_it_is_for() -> None:
    world = World(open_sight(threads=2), open_sound(threads=2))
    found: dict[str, float] = {}
    for preset in preset_names():
        for name, rule in rules_of(preset).items():
            for modality in rule.modalities:
                key = f"{preset}/{name}/{modality}"
                found[key] = round(world.auc(preset, name, modality), 3)
    print(json.dumps(found, indent=2))
    weak = {key: value for key, value in found.items() if value < LEAST}
    assert not weak, weak
