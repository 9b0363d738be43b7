"""What people are told of a site's rules: as they are, as the file has them, who changed what."""

from __future__ import annotations

import contextlib
from typing import Any

from pipeline.config import Rule, Site
from pipeline.config.advice import watches
from pipeline.encoders.normal_prompts import NORMAL_HEAR, NORMAL_SEE
from pipeline.prompts import never_met
from pipeline.rule_changes import (
    FIELDS,
    Kind,
    RuleRefused,
    Version,
    in_words,
    label,
    rule_of,
)
from pipeline.rule_desk import RuleDesk


def rules_view(desk: RuleDesk) -> dict[str, Any]:
    """Every rule that there is or was, and whether what is wanted runs already.

    Raises:
        OverridesError: the file of overrides cannot be read.
    """
    desk.look()
    wanted = desk.wanted
    names = [*wanted.site.rules, *(r for r in desk.file.rules if r not in wanted.site.rules)]
    names += [r for r in desk.store.rules() if r not in names]
    return {
        "revision": desk.revision,
        "revision_in_force": desk.revision_in_force,
        "trouble": desk.trouble,
        "left_out": list(wanted.left_out),
        "rules": {name: rule_view(desk, name) for name in names},
        "cameras": list(desk.file.cameras),
        "normal": {"see": list(NORMAL_SEE), "hear": list(NORMAL_HEAR)},
    }


def rule_view(desk: RuleDesk, name: str) -> dict[str, Any]:
    """One rule. ``state`` is on, off or gone (nobody has it any more, but it has a history)."""
    site, own = desk.wanted.site, desk.file.rules.get(name)
    rule = site.rules.get(name)
    version = desk.wanted.in_force.get(name)
    newest = {v.rule: v for v in desk.store.current()}.get(name)
    if rule is None:
        state = "off" if newest is not None and newest.kind is Kind.OFF else "gone"
    else:
        state = "on"
    history = desk.store.history(name)
    shown = rule or own or _last(name, history)
    return {
        "name": name,
        "state": state,
        "of": "file" if own is not None else "console",
        "kind": _kind(shown) if shown else "prompts",
        "fields": fields_of(shown) if shown else None,
        "file": fields_of(own) if own else None,
        "cameras": _cameras(site, name) if rule else {},
        "view": shown.view if shown else "",
        "version": rule.version if rule else "",
        "changed": _changed(version),
        "by": version.by if version else "",
        "at": version.at if version else None,
        # What an editor had before them, see `RuleOverrides.save`.
        "number": newest.number if newest else 0,
        "unknown_words": strange(site, name) if rule else [],
        "history": [version_view(v) for v in history],
    }


def fields_of(rule: Rule) -> dict[str, Any]:
    """What can be changed of a rule, as people write it."""
    whole = rule.model_dump(mode="json")
    return in_words({field: whole[field] for field in FIELDS})


def turned(before: Rule | None, after: Rule | None) -> dict[str, dict[str, Any]]:
    """What of a rule became what, as people write it; None: it is not there."""
    was = fields_of(before) if before else {}
    now = fields_of(after) if after else {}
    fields = [field for field in FIELDS if was.get(field) != now.get(field)]
    if before is None or after is None:
        return {"before": was or {"rule": "not there"}, "after": now or {"rule": "not there"}}
    return {"before": {f: was[f] for f in fields}, "after": {f: now[f] for f in fields}}


def version_view(version: Version) -> dict[str, Any]:
    """One version of what overrides a rule."""
    return {
        "number": version.number,
        "kind": version.kind.value,
        "changes": in_words(version.changes),
        "says": said_of(version),
        "by": version.by,
        "at": version.at,
        "undone_by": version.undone_by,
        "undone_at": version.undone_at,
    }


def said_of(version: Version) -> str:
    """What a version makes of its rule, in a sentence."""
    if version.kind is Kind.OFF:
        return "switched off"
    changes = in_words(version.changes)
    told = "; ".join(f"{label(field)}: {_value(value)}" for field, value in changes.items())
    if version.kind is Kind.NEW:
        return f"new: {told}"
    return told or "as the site file has it"


def strange(site: Site, name: str) -> list[str]:
    """Sentences about words of a rule's prompts that the models never met."""
    return never_met(site.model_copy(update={"rules": {name: site.rules[name]}}))


def _last(name: str, history: list[Version]) -> Rule | None:
    """A rule of the console's own as it last was, if it was not taken back."""
    for version in history:
        if version.kind is Kind.NEW and version.undone_at is None:
            with contextlib.suppress(RuleRefused):
                return rule_of(name, None, version.changes)
    return None


def _kind(rule: Rule) -> str:
    return "learn" if rule.learn else "contradiction" if rule.contradiction else "prompts"


def _cameras(site: Site, name: str) -> dict[str, list[str]]:
    """By camera that the rule watches, the senses that it has there."""
    return {
        watch.camera: [modality.value for modality in watch.modalities]
        for watch in watches(site)
        if watch.rule == name
    }


def _changed(version: Version | None) -> list[str]:
    return [] if version is None else list(version.changes)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    if isinstance(value, dict):
        said = [f"{key}: {', '.join(some)}" for key, some in value.items() if some]
        return "; ".join(said) or "the defaults"
    return str(value)
