"""``python -m pipeline.simulate FILE...``: serve files as live cameras."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pipeline.simulate.elementary import MediaError
from pipeline.simulate.hosted import PASSWORD, run_cameras
from pipeline.simulate.media import Start


def main() -> int:
    """Parse the command line and serve; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.simulate", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8554, help="0 takes a free one")
    parser.add_argument("--loop", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--once", dest="loop", action="store_false", help="the same as --no-loop")
    parser.add_argument("--start", type=Start, choices=list(Start), default=Start.SERVER)
    parser.add_argument("--user", help=f"its password: in the environment, {PASSWORD}")
    given = parser.parse_args()
    try:
        run_cameras(
            given.files,
            given.host,
            given.port,
            given.loop,
            start=given.start,
            user=given.user,
            # Never on a command line, which every user of the machine can list.
            password=os.environ.get(PASSWORD, ""),
            say=lambda line: print(line, flush=True),  # noqa: T201
        )
    except (MediaError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
