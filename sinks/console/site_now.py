"""The site as the console shows it: as its file was when the running line last took it over."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from pipeline.config import Site, SiteFileError, load_site, secrets_of
from pipeline.config.difference import LIVE, difference
from pipeline.logs import mask_too

log = structlog.get_logger()


class SiteNow:
    """Holds the site, and reads its file anew when asked. Belongs to the console's event loop.

    Args:
        site: as it was read at the console's start.
        path: its file; None where it came from none, and stays as it is.
    """

    def __init__(self, site: Site, path: Path | None = None) -> None:
        self.site = site
        self._path = None if path is None else path.absolute()
        #: Why the newest file is not followed, for people; empty where it is.
        self.trouble = ""

    async def follow(self) -> bool:
        """Read the file anew, and follow its cameras, groups and rules.

        A file that cannot be used leaves the console as it was: so does what of one the line itself
        takes over in a restart alone, such as ports and folders.

        Returns:
            Whether anything is shown otherwise.
        """
        if self._path is None:
            return False
        try:
            wanted = await asyncio.to_thread(load_site, self._path)
        except SiteFileError as error:
            self._troubled(f"the site follows a file that the console cannot use: {error}")
            return False
        found = difference(self.site, wanted)
        fixed = ", ".join(found.fixed)
        self._troubled(fixed and f"{fixed} changed in the site file: restart the console")
        if not (found.added or found.removed or found.changed or found.judged):
            return False
        mask_too(secrets_of(wanted))
        self.site = self.site.model_copy(update={name: getattr(wanted, name) for name in LIVE})
        log.info("site file followed", added=list(found.added), removed=list(found.removed))
        return True

    def members(self, group: str) -> frozenset[str]:
        """The cameras of a group; none where there is no such group."""
        return frozenset(self.site.groups.get(group, ()))

    def beside(self, camera: str) -> list[str]:
        """The other cameras of a camera's space; none where there is no such camera."""
        cameras = self.site.cameras
        own = cameras.get(camera)
        if own is None or own.space is None:
            return []
        return [name for name, its in cameras.items() if name != camera and its.space == own.space]

    def _troubled(self, why: str) -> None:
        if why and why != self.trouble:
            log.error("site file not followed", reason=why)
        self.trouble = why
