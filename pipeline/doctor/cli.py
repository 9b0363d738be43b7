"""The command ``hearsight doctor``."""

from __future__ import annotations

import sys
import time
from importlib import metadata
from typing import Annotated

import typer

from pipeline.terminal import SiteArgument, console, errors


def doctor(
    site: SiteArgument,
    cameras: Annotated[
        bool, typer.Option("--cameras/--no-cameras", help="open each camera for a few seconds")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, for programs")] = False,
) -> None:
    """Look this box over: what a site needs, and what to do about what is wrong.

    Run it as the user of the site. Exit status 1 if something fails; warnings leave it at 0.
    """
    from pipeline.doctor import report
    from pipeline.doctor.examine import examine

    with errors.status("looking this box over …"):
        settings, findings = examine(site, cameras=cameras)
    if as_json:
        name = "" if settings is None else settings.site
        told = report.as_json(
            findings, site=name, version=metadata.version("hearsight"), at=time.time()
        )
        sys.stdout.write(told + "\n")
    else:
        console.print(report.as_table(findings))
    raise typer.Exit(report.exit_status(findings))
