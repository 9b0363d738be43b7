"""All looks at a box, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pipeline.config import Site, secrets_of
from pipeline.data_dir import is_held
from pipeline.doctor.camera_process import cameras_of
from pipeline.doctor.findings import Area, Finding, masked
from pipeline.doctor.host import look_at_host
from pipeline.doctor.models import look_at_models
from pipeline.doctor.ports import look_at_ports
from pipeline.doctor.program import look_at_program
from pipeline.doctor.redis_server import look_at_redis
from pipeline.doctor.site_file import look_at_site_file
from pipeline.doctor.storage import look_at_storage


def examine(path: Path, *, cameras: bool) -> tuple[Site | None, list[Finding]]:
    """Look at everything that the site of a file needs.

    Args:
        path: the site file.
        cameras: open them too.

    Returns:
        The site, where its file can be used, and the findings; no secret is in them.
    """
    site, found = look_at_site_file(path)
    if site is None:
        return None, [*found, *look_at_program(), *look_at_host(None, running=False)]
    return site, masked([*found, *_of_site(site, cameras)], secrets_of(site))


def _of_site(site: Site, cameras: bool) -> Iterator[Finding]:
    running, state = _is_running(site)
    yield state
    looks: list[tuple[str, Callable[[], Iterable[Finding]]]] = [
        ("program", look_at_program),
        ("machine", lambda: look_at_host(site, running=running)),
        ("storage", lambda: look_at_storage(site)),
        ("models", lambda: look_at_models(site)),
        ("redis", lambda: look_at_redis(site, running=running)),
        ("ports", lambda: look_at_ports(site, running=running)),
    ]
    for area, look in looks:
        yield from _whole(area, look)
    if cameras:
        yield from cameras_of(site)
    else:
        yield Area("cameras").skipped("all", "not opened, as asked")


def _is_running(site: Site) -> tuple[bool, Finding]:
    area = Area("site file")
    try:
        running = is_held(site.state_dir)
    except PermissionError:
        return False, area.skipped(
            "running",
            f"{site.state_dir} cannot be looked into",
            "run this as the user of the site",
        )
    return running, area.ok("running", "the site runs" if running else "the site does not run")


def _whole(area: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """The findings of a look; one that the machine itself refuses is a finding too."""
    try:
        return list(look())
    except OSError as error:
        return [
            Area(area).failure(
                "look", f"cannot be looked at ({error})", "run this as the user of the site"
            )
        ]
