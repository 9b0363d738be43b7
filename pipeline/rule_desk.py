"""The rules of a running site: as its file has them, as people changed them, as they are judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from pipeline.config import Rule, Site
from pipeline.rule_changes import (
    CAMERAS,
    Effective,
    Kind,
    Version,
    differing,
    effective,
    rule_of,
    with_override,
)
from pipeline.rule_overrides import FILE, RuleOverrides

log = structlog.get_logger()


class RuleDesk:
    """Belongs to the supervisor's event loop; its file is read and written in short statements.

    Args:
        site: the validated site file.
    """

    def __init__(self, site: Site) -> None:
        #: As it is written.
        self.file = site
        self.store = RuleOverrides(site.state_dir / FILE)
        #: As it is to run, and as it runs: they differ until the new texts are embedded.
        self.wanted = self.in_force = Effective(site, {})
        self.revision = self.revision_in_force = 0
        #: How often the site file was taken over since the start.
        self.file_revision = 0
        #: Why what is wanted does not run yet; empty: it is on its way, or there.
        self.trouble = ""

    def open(self) -> None:
        """Take over what was changed before this start. Raises OverridesError."""
        self.look()
        self.settled()

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    def look(self) -> bool:
        """Whether the rules are to run otherwise than they do. Raises OverridesError."""
        revision = self.store.revision()
        if revision != self.revision:
            self.wanted = effective(self.file, self.store.current())
            self.revision = revision
            for words in self.wanted.left_out:
                log.warning("override left out", reason=words)
        return self.revision != self.revision_in_force

    def settled(self, wanted: Effective | None = None, revision: int | None = None) -> None:
        """Say what runs from now on; default: all that is wanted."""
        self.in_force = wanted or self.wanted
        self.revision_in_force = self.revision if revision is None else revision
        self.trouble = ""

    def refile(self, site: Site, made: Effective, revision: int) -> None:
        """Say that the site file is another one, and what runs of it.

        Args:
            site: as it is written.
            made: with what people changed of its rules.
            revision: of what they changed.
        """
        self.file, self.wanted, self.revision = site, made, revision
        self.file_revision += 1
        self.settled()

    # --- changes ------------------------------------------------------------------------------

    def proposed(self, rule: str, changes: Mapping[str, Any]) -> tuple[Site, Kind, dict[str, Any]]:
        """The site with a rule as somebody would have it.

        Args:
            rule: its name; one that the site file does not have becomes a new rule.
            changes: fields of the rule; what stands in none is as the site file has it.

        Returns:
            The site, what is made of the rule, and what it says other than the site file.

        Raises:
            RuleRefused: it makes no rule, or no site.
            OverridesError: the file cannot be read.
        """
        base = self.file.rules.get(rule)
        kind = Kind.NEW if base is None else Kind.CHANGED
        others = [v for v in self.store.current() if v.rule != rule]
        site = with_override(effective(self.file, others).site, rule, kind, changes)
        kept = differing(base, rule_of(rule, base, changes))
        if CAMERAS in changes:
            kept[CAMERAS] = list(changes[CAMERAS])
        return site, kind, kept

    def without(self, rule: str) -> Site:
        """The site with a rule switched off. Raises RuleRefused, OverridesError."""
        others = [v for v in self.store.current() if v.rule != rule]
        site = effective(self.file, others).site
        if rule not in site.rules and rule in self.wanted.site.rules:
            # A rule of the console's own.
            return site
        return with_override(site, rule, Kind.OFF, {})

    def save(
        self, rule: str, changes: Mapping[str, Any] | None, *, by: str, after: int | None
    ) -> Version:
        """Keep a change; `look` finds it. ``changes`` None: switch the rule off.

        Raises:
            RuleRefused: it makes no rule, or no site.
            ChangedMeanwhile: somebody else was faster.
            OverridesError: the file cannot be used.
        """
        if changes is None:
            self.without(rule)
            return self.store.save(rule, Kind.OFF, {}, by=by, after=after)
        _, kind, kept = self.proposed(rule, changes)
        return self.store.save(rule, kind, kept, by=by, after=after)

    def starts_anew(self, rule: str, made: Rule) -> bool:
        """Whether what was learned of how ordinary its scores are is of no use to ``made``."""
        before = self.in_force.site.rules.get(rule)
        return before is None or before.version != made.version
