"""The command ``hearsight reload``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from pipeline.terminal import SiteArgument, console, named_errors, read_site


def reload(site: SiteArgument) -> None:
    """Have the running site follow its file as it is now; cameras that did not change go on.

    A file that cannot be used, or that asks for what takes a restart, changes nothing. The site
    reads the file that it was started with, in its own environment. SIGHUP does the same; what
    came of it stands in the log.
    """
    from sinks.console.line_client import LineUnavailable, OrderRefused

    settings = read_site(site)
    with named_errors(LineUnavailable, OrderRefused):
        told = asyncio.run(_reload(settings.state_dir))
    kinds = [kind for kind in ("added", "removed", "changed") if told[kind]]
    parts = [f"{kind} {', '.join(told[kind])}" for kind in kinds]
    if told["judged"]:
        parts.append("rules, arming and groups as in the file")
    console.print(f"taken over: {'; '.join(parts) or 'nothing had changed'}", soft_wrap=True)
    for words in told["left_out"]:
        console.print(f"look at: {words}", markup=False, highlight=False, soft_wrap=True)


async def _reload(state_dir: Path) -> dict[str, Any]:
    from sinks.console.line_client import LineClient

    async with LineClient(state_dir) as line:
        return await line.reload()
