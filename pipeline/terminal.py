"""What every command has in common: where it writes, and how it ends with an error."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from pipeline.config import Site, SiteFileError, load_site
from pipeline.data_dir import closed_to_us
from pipeline.rule_overrides import OverridesError, effective_site

console = Console()
errors = Console(stderr=True)

SiteArgument = Annotated[Path, typer.Argument(metavar="SITE.yaml", help="the site file")]


def fail(message: str, status: int = 1) -> NoReturn:
    """End the program with a message on standard error; brackets in it are text, not markup."""
    told = Text.assemble(("error:", "bold red"), " ", message)
    errors.print(told, highlight=False, soft_wrap=True)
    raise typer.Exit(status)


def end_in_order() -> None:
    """From now on SIGTERM ends the program as Ctrl-C does: what it has started is ended first."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def read_site(path: Path) -> Site:
    """Load a site file for work in its data folder, or end the program saying what is wrong."""
    settings = read_site_alone(path)
    if closed := closed_to_us(settings.state_dir):
        fail(closed)
    return settings


def read_site_alone(path: Path) -> Site:
    """Load a site file, or end the program saying what is wrong with it.

    What the command, or a process that it starts, writes from now on is its user's alone: pictures,
    sound and what was learned of them.
    """
    os.umask(0o077)
    try:
        return load_site(path)
    except SiteFileError as error:
        errors.print("[bold red]the site file cannot be used[/]")
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None


def read_running_site(path: Path) -> Site:
    """As `read_site`, with what people changed of its rules beside the file."""
    settings = read_site(path)
    with named_errors(OverridesError):
        made = effective_site(settings)
    for words in made.left_out:
        errors.print(f"look at: {words}", markup=False, highlight=False, soft_wrap=True)
    return made.site


@contextmanager
def named_errors(*kinds: type[Exception]) -> Iterator[None]:
    """End the program with the text of an error that says what to do; others are defects."""
    try:
        yield
    except kinds as error:
        fail(str(error))
