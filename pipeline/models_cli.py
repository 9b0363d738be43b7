"""The commands ``hearsight models``: what there is, fetch, verify, remove."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.config import Site
from pipeline.terminal import console, named_errors

models = typer.Typer(no_args_is_help=True, help="The models: what there is, fetch, verify.")


def not_pulled(site: Site) -> list[str]:
    """Return a sentence for each model that ``site`` names and that is not on this machine."""
    from pipeline.encoders.store import EMBEDDED_NAME, models_folder, read_lock

    here = {EMBEDDED_NAME, *read_lock(models_folder()).models}
    named = {"sight": site.models.sight, "sound": site.models.sound}
    return [
        f"models.{sense} is {model}, which is not here yet: run `hearsight models pull {model}`."
        for sense, model in named.items()
        if model not in here
    ]


@models.command("list")
def list_all() -> None:
    """List the models that can be used, and which of them are here."""
    from rich.table import Table

    from pipeline.encoders.store import list_models

    table = Table()
    for heading in ("name", "for", "state", "size", "sha256"):
        table.add_column(heading)
    for entry in list_models():
        table.add_row(
            entry.name,
            entry.kind,
            "here" if entry.installed else "not pulled",
            f"{entry.size / 1e6:.1f} MB" if entry.installed else "",
            entry.sha256[:16],
        )
    console.print(table)


@models.command("pull")
def fetch(
    name: Annotated[str, typer.Argument(help="as in `hearsight models list`")],
    file: Annotated[Path | None, typer.Option(help="take the weights from this file")] = None,
    tokenizer: Annotated[
        Path | None, typer.Option(help="for sound: take roberta-base's files from this folder")
    ] = None,
) -> None:
    """Fetch a model's weights, or take them from a file; record their hash."""
    from pipeline.encoders.base import EncoderError
    from pipeline.encoders.pull import pull

    with named_errors(EncoderError, OSError), console.status(f"fetching {name} …"):
        entry = pull(name, file=file, tokenizer=tokenizer)
    console.print(f"[green]stored:[/] {entry.name}, sha256 {entry.sha256}", soft_wrap=True)


@models.command("verify")
def hold_against_hashes(
    name: Annotated[str | None, typer.Argument(help="default: all that are here")] = None,
) -> None:
    """Hold the stored weights against the hashes recorded when they were pulled."""
    from pipeline.encoders.base import EncoderError
    from pipeline.encoders.store import verify

    with named_errors(EncoderError):
        results = verify(name)
    for result in results:
        mark = "[green]ok[/]" if result.ok else "[red]DAMAGED[/]"
        console.print(f"{mark} {result.name} {result.detail}", soft_wrap=True, highlight=False)
    if not results:
        console.print("no stored models: the embedded pair needs none")
    if not all(result.ok for result in results):
        raise typer.Exit(1)


@models.command("remove")
def delete(
    name: Annotated[str, typer.Argument(help="as in `hearsight models list`")],
) -> None:
    """Delete a model and its recorded hash: only then may other weights take its name."""
    from pipeline.encoders.base import EncoderError
    from pipeline.encoders.store import remove

    with named_errors(EncoderError):
        remove(name)
    console.print(f"[green]removed:[/] {name}", soft_wrap=True, highlight=False)
