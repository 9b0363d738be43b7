"""``hearsight rules``: what people changed of a site's rules, and back to what was before."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from pipeline.config import Site
from pipeline.rule_changes import Version
from pipeline.rule_overrides import (
    FILE,
    NothingToUndo,
    OverridesError,
    RuleOverrides,
    effective_site,
)
from pipeline.rules_view import said_of
from pipeline.terminal import SiteArgument, console, named_errors, read_site


def rules(
    site: SiteArgument,
    undo: Annotated[
        str | None, typer.Option(metavar="RULE", help="take the newest change of this rule back")
    ] = None,
) -> None:
    """List what was changed of the rules beside the site file, the newest first; or take it back.

    A site that runs judges by it within seconds; another, from its next start on.
    """
    settings = read_site(site)
    path = settings.state_dir / FILE
    with named_errors(OverridesError, NothingToUndo):
        if undo is not None:
            if not path.exists():
                raise NothingToUndo(f"nothing was changed of the rule {undo!r}")
            with RuleOverrides(path) as overrides:
                gone, now = overrides.undo(undo, by=getpass.getuser())
            told = said_of(now) if now else "as the site file has it"
            console.print(Text(f"rule {undo}: version {gone.number} is taken back; now {told}"))
            return
        found: list[Version] = []
        if path.exists():
            with RuleOverrides(path) as overrides:
                found = [v for rule in overrides.rules() for v in overrides.history(rule)]
        if not found:
            console.print("the rules are as the site file has them: nothing was changed")
            return
        console.print(_table(settings, found))
        for words in effective_site(settings).left_out:
            console.print(Text.assemble(("look at: ", "yellow"), words))


def overrides_of(site: Site) -> Iterator[str]:
    """A sentence for each rule that does not run as the site file has it, and each left out.

    Raises:
        OverridesError: what is kept cannot be read.
    """
    made = effective_site(site)
    for rule, version in made.in_force.items():
        yield (
            f"rule {rule} is not as in the site file: {said_of(version)} (by {version.by}, "
            f"{_when(site, version.at)}; take it back with `hearsight rules SITE --undo {rule}`)"
        )
    yield from made.left_out


def _table(site: Site, versions: list[Version]) -> Table:
    in_force = {version.number for version in effective_site(site).in_force.values()}
    table = Table(title="Changes of rules", title_justify="left", show_lines=True)
    for heading in ("rule", "version", "what it says", "by", "when", ""):
        table.add_column(heading, overflow="fold")
    for v in versions:
        state = "in force" if v.number in in_force else ""
        if v.undone_at is not None:
            state = f"taken back by {v.undone_by}, {_when(site, v.undone_at)}"
        cells = (v.rule, str(v.number), said_of(v), v.by, _when(site, v.at), state)
        table.add_row(*map(Text, cells))
    return table


def _when(site: Site, at: float) -> str:
    return datetime.fromtimestamp(at, ZoneInfo(site.timezone)).strftime("%Y-%m-%d %H:%M")
