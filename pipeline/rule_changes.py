"""What may be changed of a rule while its site runs, and the site that comes of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from pipeline.config import Rule, Site
from pipeline.config.names import check_name

#: What may be changed of a rule of the site file.
FIELDS = (
    "see",
    "hear",
    "normal",
    "severity",
    "false_alarms",
    "margin",
    "min_length",
    "exit_after",
    "cooldown",
)
#: What a new rule may say beside them.
_NEW_FIELDS = (*FIELDS, "view", "armed")
#: Of a new rule: the cameras that it watches; none: those that name no rules of their own.
CAMERAS = "cameras"
_WORDS = {
    "see": "What is seen",
    "hear": "What is heard",
    "normal": "What is ordinary",
    "normal.see": "Ordinary sights",
    "normal.hear": "Ordinary sounds",
    "severity": "Severity",
    "false_alarms": "False alarms",
    "margin": "Margin",
    "min_length": "Must last",
    "exit_after": "Is over after",
    "cooldown": "Cooldown",
    "view": "Region",
    "armed": "Armed in",
    CAMERAS: "Cameras",
    "name": "Name",
}
_UNITS = ((1 / 24, "hour"), (1.0, "day"), (7.0, "week"), (30.0, "month"))
_SPANS = ((86400.0, "day"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (0.001, "ms"))


class RuleRefused(ValueError):
    """A change that makes no rule or no site; the text says what is wrong.

    Args:
        faults: what is wrong, by field (empty: with the whole).
    """

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(_told(field, text) for field, text in faults.items()))
        self.faults = dict(faults)


class Kind(StrEnum):
    """What an override makes of a rule."""

    #: Says some of it anew; with no changes: as the site file has it.
    CHANGED = "changed"
    #: There is no such rule in the site file.
    NEW = "new"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of what overrides a rule, and who made it. Times in seconds since the epoch."""

    number: int
    rule: str
    kind: Kind
    #: Field of the rule to its value, as JSON has it.
    changes: dict[str, Any]
    by: str
    at: float
    undone_by: str = ""
    undone_at: float | None = None

    @property
    def overrides(self) -> bool:
        """Whether the rule differs by it from the site file."""
        return self.kind is not Kind.CHANGED or bool(self.changes)


@dataclass(frozen=True, slots=True)
class Effective:
    """A site file with what overrides its rules."""

    site: Site
    #: By rule.
    in_force: dict[str, Version]
    #: A sentence for each that no longer fits.
    left_out: tuple[str, ...] = ()


def effective(site: Site, versions: Iterable[Version]) -> Effective:
    """The site as it is to run: what no longer fits is left out, and said.

    Args:
        site: the validated site file.
        versions: the newest of each rule, in the order in which they were made.
    """
    in_force: dict[str, Version] = {}
    left_out = []
    made = site
    for version in versions:
        if not version.overrides or (version.kind is Kind.OFF and version.rule not in site.rules):
            continue
        try:
            if version.kind is Kind.NEW and version.rule in site.rules:
                raise RuleRefused({"": "the site file now has a rule of this name"})
            if version.kind is Kind.CHANGED and version.rule not in site.rules:
                raise RuleRefused({"": "the site file no longer has this rule"})
            made = with_override(made, version.rule, version.kind, version.changes)
        except RuleRefused as error:
            left_out.append(
                f"rule {version.rule}: the change that {version.by} made (version "
                f"{version.number}) no longer fits and is left out: {error}"
            )
            continue
        in_force[version.rule] = version
    return Effective(made, in_force, tuple(left_out))


def with_override(site: Site, name: str, kind: Kind, changes: Mapping[str, Any]) -> Site:
    """The site with one rule changed, added or switched off.

    Raises:
        RuleRefused: the change makes no rule, or no site.
    """
    if kind is Kind.OFF:
        if name not in site.rules:
            raise RuleRefused({"": f"there is no rule {name!r}"})
        rules = {k: rule for k, rule in site.rules.items() if k != name}
        if not rules:
            raise RuleRefused({"": "it is the site's only rule: a site needs one at least"})
        return _checked(site, rules, {c: _without(site, c, name) for c in site.cameras})
    base = site.rules.get(name)
    if (kind is Kind.NEW) != (base is None):
        known = ", ".join(site.rules)
        there = f"there is a rule {name!r} already" if base else f"there is no rule {name!r}"
        raise RuleRefused({"name": f"{there}: the rules are {known}"})
    rule = rule_of(name, base, changes)
    cameras: dict[str, tuple[str, ...] | None] = {c: one.rules for c, one in site.cameras.items()}
    if CAMERAS in changes:
        cameras = _watching(site, name, changes[CAMERAS])
    return _checked(site, site.rules | {name: rule}, cameras)


def rule_of(name: str, base: Rule | None, changes: Mapping[str, Any]) -> Rule:
    """A rule with ``changes`` laid over it; without one, a new rule.

    Raises:
        RuleRefused: it is none.
    """
    allowed = FIELDS if base is not None else (*_NEW_FIELDS, CAMERAS)
    faults = {
        field: "cannot be changed here: write it in the site file"
        for field in changes
        if field not in allowed
    }
    try:
        check_name(name)
    except ValueError as error:
        faults["name"] = str(error)
    fields = {field: value for field, value in changes.items() if field in allowed}
    fields.pop(CAMERAS, None)
    whole = {} if base is None else base.model_dump(mode="json")
    try:
        made = Rule.model_validate(whole | fields)
    except ValidationError as error:
        raise RuleRefused(faults | _faults(error)) from None
    if faults:
        raise RuleRefused(faults)
    return made


def differing(base: Rule | None, rule: Rule) -> dict[str, Any]:
    """What ``rule`` says other than ``base`` (a new rule: than the defaults), as JSON has it."""
    fields = FIELDS if base is not None else _NEW_FIELDS
    before = (base or Rule.model_construct()).model_dump(mode="json")
    after = rule.model_dump(mode="json")
    return {field: after[field] for field in fields if not _same(before[field], after[field])}


def in_words(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Values of fields as people write them, such as ``1 per week``."""
    said = dict(changes)
    if "false_alarms" in said:
        said["false_alarms"] = rate_words(said["false_alarms"])
    for field in ("min_length", "exit_after", "cooldown"):
        if field in said:
            said[field] = span_words(said[field])
    return said


def rate_words(per_day: float) -> str:
    """A rate as it is written in a site file, exactly: ``1 per week``."""
    for days, unit in _UNITS:
        count = per_day * days
        if count >= 0.999 and math.isclose(count, round(count, 1), rel_tol=1e-9):
            return f"{round(count, 1):g} per {unit}"
    return f"{per_day!r} per day" if per_day >= 1e-4 else f"{per_day:.12f} per day"


def span_words(seconds: float) -> str:
    """A duration as it is written in a site file: ``90 s`` is ``1.5 min``."""
    for size, unit in _SPANS:
        if seconds >= size and math.isclose(seconds / size, round(seconds / size, 1)):
            return f"{round(seconds / size, 1):g} {unit}"
    return f"{seconds:g} s"


def label(field: str) -> str:
    """What people call a field."""
    return _WORDS.get(field, field)


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        # A rate goes to words and back.
        return math.isclose(one, other, rel_tol=1e-9)
    return one == other


def _without(site: Site, camera: str, rule: str) -> tuple[str, ...] | None:
    own = site.cameras[camera].rules
    return None if own is None else tuple(name for name in own if name != rule)


def _watching(site: Site, name: str, wanted: Any) -> dict[str, tuple[str, ...] | None]:
    """The rules of each camera when a new one watches only some."""
    if not isinstance(wanted, list | tuple) or not wanted:
        raise RuleRefused({CAMERAS: "name one camera at least"})
    if unknown := [camera for camera in wanted if camera not in site.cameras]:
        raise RuleRefused({CAMERAS: f"there is no camera {str(unknown[0])[:64]!r}"})
    cameras: dict[str, tuple[str, ...] | None] = {}
    for camera, settings in site.cameras.items():
        own = tuple(site.rules_of(camera))
        cameras[camera] = (*own, name) if camera in wanted else own
        if settings.rules is None and set(wanted) == set(site.cameras):
            cameras[camera] = None
    return cameras


def _checked(
    site: Site, rules: dict[str, Rule], cameras: Mapping[str, tuple[str, ...] | None]
) -> Site:
    changed = {
        name: settings.model_copy(update={"rules": cameras[name]})
        for name, settings in site.cameras.items()
    }
    try:
        return Site.model_validate(dict(site) | {"rules": rules, "cameras": changed})
    except ValidationError as error:
        raise RuleRefused(_faults(error)) from None


def _faults(error: ValidationError) -> dict[str, str]:
    faults: dict[str, str] = {}
    for fault in error.errors(include_url=False):
        at = [str(part) for part in fault["loc"]]
        nested = len(at) > 1 and at[0] == "normal"
        field = ".".join(at[:2]) if nested else at[0] if at else ""
        rest = at[2 if nested else 1 :]
        message = str(fault["msg"]).removeprefix("Value error, ")
        message = message[:1].lower() + message[1:]
        line = f"line {int(rest[0]) + 1}: " if rest and rest[0].isdigit() else ""
        faults.setdefault(field, f"{line}{message}")
    return faults


def _told(field: str, text: str) -> str:
    return f"{label(field)}: {text}" if field else text
