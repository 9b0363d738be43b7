"""A rule with ``contradiction:``, from the site file's words to its detector."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np

from detectors.base import Subject
from detectors.concepts import ConceptSpace
from detectors.contradiction import ContradictionDetector
from pipeline.config import Rule
from pipeline.prompts import ordinary, shared_concepts
from pipeline.records import Modality
from pipeline.text_space import TextSpace


def contradiction_detector(
    camera: str, name: str, rule: Rule, spaces: Mapping[Modality, TextSpace]
) -> ContradictionDetector:
    """The one detector that judges both senses of ``camera`` under a rule with contradiction:.

    Raises:
        DetectorInputError: a model has no ordinary embeddings.
    """
    concepts = shared_concepts(rule)
    made = {}
    for modality in Modality:
        sees = modality is Modality.VIDEO
        space, normal = spaces[modality], ordinary(rule, modality)
        prompts = [c.see if sees else c.hear for c in concepts.values()]
        made[modality] = ConceptSpace(
            prompts,
            normal,
            prompt_vectors=np.stack([space.texts[t] for texts in prompts for t in texts]),
            ordinary_vectors=np.stack([space.texts[t] for t in normal]),
            rivals=np.array([[t not in texts for t in normal] for texts in prompts]),
            logit_scale=space.logit_scale,
        )
    return ContradictionDetector(
        {
            m: Subject(
                camera,
                name,
                rule.version,
                m,
                rule.view_of(m),
                spaces[m].model_id,
            )
            for m in Modality
        },
        made,
        tuple(concepts),
        {m: spaces[m].background for m in Modality},
        margin=rule.margin,
        seed=zlib.crc32(f"{camera}/{name}".encode()),
    )
