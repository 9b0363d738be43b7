"""The site file: whether it can be used, and who else may read the passwords in it."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path

from pipeline.config import Site, SiteFileError, load_site, secrets_of
from pipeline.config.advice import warnings_of
from pipeline.doctor.findings import Area, Finding

_AREA = Area("site file")


def look_at_site_file(path: Path) -> tuple[Site | None, list[Finding]]:
    """The site, where its file can be used, and what was found."""
    try:
        site = load_site(path)
    except SiteFileError as error:
        faults = str(error)
        return None, [
            _AREA.failure("valid", faults, "correct it; configs/every-option.yaml has all options")
        ]
    cameras, rules = _counted(len(site.cameras), "camera"), _counted(len(site.rules), "rule")
    found = [_AREA.ok("valid", f"{path}: {cameras}, {rules}, site {site.site}")]
    text = path.read_text("utf-8")
    found.append(look_at_rights(path, path.stat().st_mode, text, secrets_of(site)))
    advice = "`hearsight check` shows what the file means; change it, or leave it so knowingly"
    found += [_AREA.warning("advice", line, advice) for line in warnings_of(site)]
    return site, found


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def look_at_rights(path: Path, mode: int, text: str, secrets: Iterable[str]) -> Finding:
    """Who may read and write the file, set against what stands in it.

    Args:
        path: of the file.
        mode: its ``st_mode``.
        text: its content, before variables are filled in.
        secrets: the passwords of the site; one from the environment is not in the text.
    """
    written = any(secret in text for secret in secrets)
    shown = f"mode {stat.S_IMODE(mode):04o}"
    if mode & 0o022:
        say = _AREA.failure if mode & 0o002 else _AREA.warning
        return say(
            "rights",
            f"{shown}: others may change what is watched, and where alerts go",
            f"chmod go-w {path}",
        )
    if written and mode & 0o077:
        # A service's file often belongs to root, and to the service's group.
        say = _AREA.failure if mode & 0o007 else _AREA.warning
        return say(
            "rights",
            f"{shown}: a password stands in it, and others may read it",
            f"chmod 600 {path}, or write ${{NAME}} in its place and set NAME in the environment",
        )
    where = "a password stands in it" if written else "no password stands in it"
    return _AREA.ok("rights", f"{shown}, {where}")
