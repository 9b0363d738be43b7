"""Which texts a site needs embedded, and which normal prompts a rule is set against."""

from __future__ import annotations

from pipeline.config import Rule, Site
from pipeline.encoders.normal_prompts import NORMAL_HEAR, NORMAL_SEE
from pipeline.records import Modality


def alarming(rule: Rule, modality: Modality) -> tuple[str, ...]:
    """The prompts of ``rule`` for one modality."""
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
