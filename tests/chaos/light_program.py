"""A site with light models as a program: ``python -m tests.chaos.light_program SITE_FILE``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pipeline.config import parse_site
from pipeline.logs import configure
from tests.chaos.light_site import Light

if __name__ == "__main__":
    configure(process="supervisor")
    path = Path(sys.argv[1])
    asyncio.run(Light(parse_site(path.read_text(), name=path.name, environ={})).run())
