"""Which texts a site needs embedded, against which normal prompts, and which words are strange."""

from __future__ import annotations

from pipeline.config import Rule, Site
from pipeline.encoders import EMBEDDED_NAME
from pipeline.encoders.normal_prompts import NORMAL_HEAR, NORMAL_SEE
from pipeline.encoders.shared_concepts import SHARED_CONCEPTS, SharedConcept
from pipeline.encoders.words import unknown_words
from pipeline.records import Modality


def shared_concepts(rule: Rule) -> dict[str, SharedConcept]:
    """What a rule with ``contradiction:`` holds sight and sound against: its own, or the defaults.

    Empty for any other rule.
    """
    if rule.contradiction is None:
        return {}
    own = rule.contradiction.concepts
    return {k: SharedConcept((c.see,), (c.hear,)) for k, c in own.items()} or SHARED_CONCEPTS


def alarming(rule: Rule, modality: Modality) -> tuple[str, ...]:
    """The prompts of ``rule`` for one modality."""
    if rule.contradiction is not None:
        concepts = shared_concepts(rule).values()
        sees = modality is Modality.VIDEO
        return tuple(text for c in concepts for text in (c.see if sees else c.hear))
    return rule.see if modality is Modality.VIDEO else rule.hear


def ordinary(rule: Rule, modality: Modality) -> tuple[str, ...]:
    """The normal prompts that ``rule`` is set against: its own, or the defaults."""
    if modality is Modality.VIDEO:
        return rule.normal.see or NORMAL_SEE
    return rule.normal.hear or NORMAL_HEAR


def prompts_of(site: Site) -> tuple[list[str], list[str]]:
    """Every text that must be embedded: (for sight, for sound), each once, in a stable order."""
    see: dict[str, None] = {}
    hear: dict[str, None] = {}
    for rule in site.rules.values():
        for modality, texts in ((Modality.VIDEO, see), (Modality.AUDIO, hear)):
            if modality in rule.modalities:
                texts |= dict.fromkeys(alarming(rule, modality) + ordinary(rule, modality))
    return list(see), list(hear)


def never_met(site: Site) -> list[str]:
    """Return what to look at in the prompts: a sentence for each rule and sense with strange words.

    The embedded pair knows a wide but closed vocabulary; what other words score is chance.
    """
    found = []
    for name, rule in site.rules.items():
        for modality, kind, model in (
            (Modality.VIDEO, "sight", site.models.sight),
            (Modality.AUDIO, "sound", site.models.sound),
        ):
            if model != EMBEDDED_NAME or modality not in rule.modalities:
                continue
            words = unknown_words(kind, alarming(rule, modality) + ordinary(rule, modality))
            if words:
                found.append(
                    f"rule {name}: the embedded {kind} model never met {', '.join(words)}: what "
                    "such prompts score is chance. Say it in other words, or use a hub model."
                )
    return found
