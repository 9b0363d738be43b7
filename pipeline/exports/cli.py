"""The command ``hearsight export``."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from pipeline.exports.measured import RATES
from pipeline.exports.wish import Blur
from pipeline.terminal import SiteArgument, console, errors, fail, named_errors, read_site


def export(
    site: SiteArgument,
    incident: Annotated[str, typer.Argument(help="its id, as alerts and the console show it")],
    out: Annotated[
        Path | None, typer.Option("--out", help="the file; default: CAMERA-INCIDENT.zip here")
    ] = None,
    blur: Annotated[Blur, typer.Option(help=f"what is hidden. {RATES}")] = Blur.FACES,
    sound: Annotated[bool, typer.Option("--sound", help="the clip keeps its sound")] = False,
) -> None:
    """Put an incident into a zip to hand on: clip, picture, card and JSON, persons hidden.

    Detectors miss many; only --blur all hides everybody for certain. An export stands in the
    console's audit log.
    """
    from pipeline.exports.make import ExportBusy, NotExported
    from pipeline.exports.measured import ADVICE, words_of
    from pipeline.own_redis import desk_url_of
    from sinks.console.accounts import AccountsError
    from sinks.console.audit import AuditError
    from sinks.console.desk import DeskError
    from sinks.console.export_here import NoSuchIncidentHere, export_here
    from sinks.console.serve import guard_of
    from sinks.reader import ReaderUnavailable
    from sinks.redis_binary import EmbeddedRedisError

    settings = read_site(site)
    with (
        named_errors(
            ExportBusy, NotExported, AccountsError, AuditError, DeskError, NoSuchIncidentHere,
            ReaderUnavailable, EmbeddedRedisError,
        ),
        tempfile.TemporaryDirectory(prefix="hearsight-export-") as folder,
    ):  # fmt: skip
        guard = guard_of(settings)
        name, packed = asyncio.run(
            export_here(
                settings,
                incident,
                blur,
                sound=sound,
                folder=Path(folder),
                redis_url=lambda: desk_url_of(settings),
                audit=guard.audit,
            )
        )
        target = out or Path(name)
        try:
            with packed, target.open("xb") as file:
                target.chmod(0o600)
                while chunk := packed.read(1 << 20):
                    file.write(chunk)
        except FileExistsError:
            fail(f"{target} is there already: give another --out")
        except OSError as error:
            target.unlink(missing_ok=True)
            fail(f"{target}: {error.strerror}: name a file that this user may write: --out FILE")
    console.print(f"{target}: {words_of(blur)}", markup=False, highlight=False, soft_wrap=True)
    if blur in (Blur.FACES, Blur.PERSONS):
        errors.print(ADVICE, markup=False, highlight=False, soft_wrap=True)
