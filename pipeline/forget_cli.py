"""The command ``hearsight forget``."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from pipeline.config import Site
from pipeline.terminal import SiteArgument, console, fail, named_errors, read_site


def forget(
    site: SiteArgument,
    camera: Annotated[str, typer.Option("--camera", help="of which camera")],
    since: Annotated[str, typer.Option("--from", help="such as '2026-05-01 14:00', site time")],
    until: Annotated[str, typer.Option("--to", help="likewise")],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Delete for good what is kept of one camera and a stretch of time; the site may run.

    Clips, pictures, embeddings (by whole hours), remembered incidents, the desk's and Redis'
    entries. Not reached: backups, exports that were handed on, files of other sinks.
    """
    from pipeline.forget import Stretch
    from pipeline.forget import forget as delete
    from pipeline.ledger import LedgerError
    from pipeline.own_redis import desk_redis
    from sinks.console.accounts import AccountsError
    from sinks.console.audit import AuditError
    from sinks.console.desk import DeskError
    from sinks.console.history import HistoryError
    from sinks.console.serve import guard_of
    from sinks.group_reader import ReaderUnavailable
    from sinks.outbox_file import OutboxError
    from sinks.redis_binary import EmbeddedRedisError
    from sinks.redis_forget import forget_entries

    settings = read_site(site)
    begin, end = (_time(settings, text) for text in (since, until))
    if begin > end:
        fail("--from lies after --to")
    known = settings.state_dir / "media" / camera
    if camera not in settings.cameras and not known.is_dir():
        fail(f"there is no camera {camera}, nor anything kept of one of that name")
    if not yes and not typer.confirm(f"Delete all of {camera} from {since} to {until} for good?"):
        raise typer.Exit(1)

    def from_streams(stretch: Stretch) -> int:
        if not any(sink.type == "redis" for sink in settings.sinks):
            return 0
        redis = settings.redis
        with desk_redis(settings) as url:
            remove = partial(forget_entries, url, redis.stream_prefix, redis.ca_file)
            return remove(stretch.camera, stretch.since, stretch.until)

    with named_errors(
        OSError, DeskError, HistoryError, LedgerError, OutboxError, ReaderUnavailable,
        EmbeddedRedisError, AccountsError, AuditError,
    ):  # fmt: skip
        guard = guard_of(settings)
        guard.audit.write("the command line", "forgotten", camera, **{"from": begin, "to": end})
        for kind in delete(settings, Stretch(camera, begin, end), from_streams):
            console.print(f"{kind.what}: {kind.count}", highlight=False)
    console.print(
        "not reached: backups, exports that were handed on, files of other sinks, and what rules "
        "and normals have learned in numbers",
        highlight=False,
        soft_wrap=True,
    )


def _time(site: Site, text: str) -> float:
    """Seconds since the epoch; without a zone it is the site's."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is no time: write it like 2026-05-01 14:00")
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(site.timezone))).timestamp()
