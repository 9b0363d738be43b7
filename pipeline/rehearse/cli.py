"""The command ``hearsight rehearse``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.terminal import SiteArgument, console, named_errors, read_running_site


def rehearse(
    site: SiteArgument,
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILES]...", help="further films")
    ] = None,
    over: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="ARCHIVE|FILES", help="an archive's folder, or films; default: the site's own"
        ),
    ] = None,
    rule: Annotated[list[str] | None, typer.Option(help="only this rule; repeat for more")] = None,
    camera: Annotated[
        list[str] | None, typer.Option(help="only this camera; for films: as which camera")
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="in the site's time zone")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME")] = None,
    days: Annotated[float | None, typer.Option(min=0.001, help="only the newest days")] = None,
    report: Annotated[Path | None, typer.Option(help="write what was found here, as JSON")] = None,
    page: Annotated[
        Path | None, typer.Option(help="write an HTML page here, with the pictures in it")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="write the pictures of the alerts into this folder")
    ] = None,
) -> None:
    """Tell what rules would have raised in days past, before they are armed.

    Exit status 3 if a rule would surely have raised more than it promises, were no alert right.
    """
    from pipeline.encoders.base import EncoderError
    from pipeline.rehearse.command import Output, request_of, run
    from pipeline.rehearse.outcome import RehearsalError
    from pipeline.sources import SourceError

    settings = read_running_site(site)
    with named_errors(RehearsalError, EncoderError, SourceError, OSError):
        paths = [*(over or []), *(more or [])]
        request = request_of(settings, paths, rule or [], camera or [], begin, end, days)
        found = run(settings, request, Output(report, page, pictures), console)
    raise typer.Exit(3 if found.exceeded else 0)
