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
from pipeline.doctor.cameras import deadline_of, look_at_cameras
from pipeline.doctor.findings import Area, Finding, Level
from pipeline.enclosure import EnclosureMissing, enclose
from pipeline.sources.address import needs_of
from pipeline.sources.reach import ReachUnlimited, limit

_AREA = Area("cameras")
#: What is being read at the deadline takes so long to end, and a process so long to start.
_GRACE_S = 30.0
_ONE_OF_THEM = "site files with some of the cameras tell which of them"


def cameras_of(site: Site) -> Iterator[Finding]:
    """As `look_at_cameras`, in a process that is thrown away.

    Args:
        site: its cameras.
    """
    command = [sys.executable, "-m", "pipeline.doctor.camera_process"]
    # Through a pipe: what stands on a command line everybody may read.
    told = site.model_dump_json(context={"reveal": True}).encode()
    limit_s = deadline_of(site) + _GRACE_S
    try:
        done = subprocess.run(
            command, input=told, capture_output=True, timeout=limit_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        yield from _said(error.stdout or b"")
        yield _AREA.failure("all", f"no end after {limit_s:.0f} s", f"{_ONE_OF_THEM} does not end")
        return
    yield from _said(done.stdout)
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        last = words[-1] if words else f"status {done.returncode}"
        yield _AREA.failure(
            "all",
            f"the process that reads cameras ended before its end ({last})",
            f"{_ONE_OF_THEM} makes FFmpeg crash",
        )


def _said(lines: bytes) -> Iterator[Finding]:
    """The findings in what the process wrote; its last line may be half of one."""
    for line in lines.splitlines(keepends=True):
        if line.endswith(b"\n"):
            made = json.loads(line)
            yield Finding(**made | {"level": Level(made["level"])})


def main() -> None:
    """Look at the cameras of the site on standard input; write each finding as it is made."""
    site = Site.model_validate_json(sys.stdin.read())
    films, ports = needs_of(site.cameras.values())
    try:
        enclose(site.state_dir, readable=films, writable=[], ports=ports)
    except EnclosureMissing as error:
        say(
            _AREA.warning(
                "enclosure",
                f"what decoders may read and write cannot be limited here: {error}",
                "Linux of 5.13 or newer with Landlock, and a container policy that allows it, do",
            )
        )
    try:
        limit(site.state_dir)
    except ReachUnlimited as error:
        say(
            _AREA.warning(
                "confinement",
                f"where workers connect cannot be limited here: {error}",
                "a kernel of 5.5 or newer, and a container policy that allows seccomp, limit it",
            )
        )
    for finding in look_at_cameras(site):
        say(finding)


def say(finding: Finding) -> None:
    """Write one finding as a line of JSON."""
    sys.stdout.write(json.dumps(asdict(finding)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
