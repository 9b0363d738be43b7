"""The commands ``hearsight backup`` and ``hearsight restore``."""

from __future__ import annotations

import time
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from pipeline.config import Site
from pipeline.terminal import SiteArgument, console, named_errors, read_site

BackupFile = Annotated[Path, typer.Argument(metavar="FILE.tar.gz")]


def backup(
    site: SiteArgument,
    file: BackupFile,
    media: Annotated[
        bool, typer.Option("--media", help="evidence and the archive of embeddings too")
    ] = False,
) -> None:
    """Put what a site has learned and was told into one file; the site may run meanwhile.

    The file holds the site file with its passwords, and the accounts: keep it as you keep those.
    """
    from pipeline.backup.make import make_backup
    from pipeline.backup.members import BackupError
    from pipeline.encoders.base import EncoderError

    settings = read_site(site)
    with named_errors(BackupError, EncoderError):
        made = make_backup(
            site,
            settings.state_dir,
            file,
            site=settings.site,
            version=metadata.version("hearsight"),
            at=time.time(),
            models=_models_of(settings),
            media=media,
        )
    _say(f"{file}: {made.members} files, {made.size / 1e6:.1f} MB in {made.packed / 1e6:.1f} MB")
    for folder in made.left_out:
        if folder.files:
            _say(f"left out: {folder.folder}, {folder.files} files, {folder.size / 1e6:.0f} MB")


def restore(
    file: BackupFile,
    to: Annotated[
        Path,
        typer.Option(metavar="SITE.yaml|DIR", help="the site file to write, or a data folder"),
    ],
    force: Annotated[
        bool, typer.Option("--force", help="take the place of what is there, and keep it beside")
    ] = False,
) -> None:
    """Put a backup in place, of a site that does not run.

    With SITE.yaml the site file of the backup goes there, and the state where its data_dir says;
    with DIR both go into it.
    """
    from pipeline.backup.members import BackupError
    from pipeline.backup.restore import restore as put
    from pipeline.data_dir import DataDirUnusable, SiteInUse

    with named_errors(BackupError, SiteInUse, DataDirUnusable):
        done = put(file, to, version=metadata.version("hearsight"), force=force)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(done.head.at))
    _say(f"{done.head.site} as of {when}: {len(done.manifest.members)} files")
    _say(f"state: {done.state}")
    _say(f"site file: {done.site_file}")
    for path in done.kept:
        _say(f"kept: {path}")
    place = f"data_dir: {done.state}"
    if done.site_file.parent == done.state and place not in done.site_file.read_text("utf-8"):
        _say(f"before a site runs on it here, write into its file: {place}")
    for name, sha256 in sorted(done.head.models.items()):
        _say(f"it was calibrated with {name} (sha256 {sha256[:12]}…): pull the same")
    _say(f"now: hearsight doctor {done.site_file}")


def _models_of(site: Site) -> dict[str, str]:
    """SHA-256 of the weights that the site names, of those that were pulled."""
    from pipeline.encoders.store import models_folder, read_lock

    lock = read_lock(models_folder()).models
    names = (site.models.sight, site.models.sound)
    return {name: lock[name].files[0].sha256 for name in names if name in lock}


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
