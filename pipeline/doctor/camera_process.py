"""Cameras are looked at in a process of its own, as the site's workers read them.

What a hostile stream does to FFmpeg ends this process and no other, and it connects to the cameras
and nowhere else: a redirect is found out instead of being followed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict

from pipeline.config import Site
from pipeline.doctor.cameras import DEADLINE_S, look_at_cameras
from pipeline.doctor.findings import Area, Finding, Level
from pipeline.sources.reach import ReachUnlimited, limit

_AREA = Area("cameras")
#: What is being read at the deadline takes so long to end, and a process so long to start.
_GRACE_S = 30.0


def cameras_of(site: Site, *, deadline_s: float = DEADLINE_S) -> Iterator[Finding]:
    """As `look_at_cameras`, in a process that is thrown away.

    Args:
        site: its cameras.
        deadline_s: all of it takes hardly longer.
    """
    command = [sys.executable, "-m", "pipeline.doctor.camera_process", str(deadline_s)]
    # Through a pipe: what stands on a command line everybody may read.
    told = site.model_dump_json(context={"reveal": True})
    try:
        done = subprocess.run(
            command,
            input=told,
            capture_output=True,
            text=True,
            timeout=deadline_s + _GRACE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        yield _AREA.failure(
            "all",
            f"no end after {deadline_s + _GRACE_S:.0f} s",
            "look at fewer cameras: a site file with some of them tells which one it is",
        )
        return
    for line in done.stdout.splitlines():
        made = json.loads(line)
        yield Finding(**made | {"level": Level(made["level"])})
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        yield _AREA.failure(
            "all",
            f"the process that reads cameras ended before its end ({last[0]})",
            "a stream made FFmpeg crash: a site file with some of the cameras tells which one",
        )


def main() -> None:
    """Look at the cameras of the site on standard input; write each finding as it is made."""
    site = Site.model_validate_json(sys.stdin.read())
    try:
        limit()
    except ReachUnlimited as error:
        say(
            _AREA.warning(
                "confinement",
                f"where workers connect cannot be limited here: {error}",
                "a kernel of 5.5 or newer, and a container policy that allows seccomp, limit it",
            )
        )
    for finding in look_at_cameras(site, deadline_s=float(sys.argv[1])):
        say(finding)


def say(finding: Finding) -> None:
    """Write one finding as a line of JSON."""
    sys.stdout.write(json.dumps(asdict(finding)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
