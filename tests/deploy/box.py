"""A box for install.sh: a folder for its root, and a small project to install."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

PLAYED = Path(__file__).with_name("played_box.sh")
#: Where cameras are that somebody wrote down.
SITE = "site: yard\ncameras: {yard: {url: 'rtsp://198.51.100.7/1'}}\n"


class Box:
    """What install.sh finds and leaves.

    Args:
        folder: for all of it.
        project: the real one, whose install.sh is run.
    """

    def __init__(self, folder: Path, project: Path) -> None:
        self.root = folder / "root"
        self.root.mkdir()
        self.log = folder / "log"
        self.log.touch()
        self.project = folder / "project"
        self._install = project / "deploy/install.sh"
        for part in ("pipeline", "detectors", "sinks", "configs", "deploy"):
            (self.project / part).mkdir(parents=True)
        for name in ("README.md", "LICENSE", "requirements.lock", "requirements-edge.lock"):
            (self.project / name).write_text(name)
        (self.project / "requirements-build.lock").write_text("")
        (self.project / "configs/every-option.yaml").write_text("")
        self.release("1.0.0", "good")

    def release(self, number: str, behaves: str) -> None:
        """Write a version of the project, whose program is good, dead, sick, or refuses."""
        (self.project / "pyproject.toml").write_text(f'[project]\nversion = "{number}"\n')
        (self.project / "pipeline/program").write_text(behaves)

    def run(
        self, *arguments: str, python: str = sys.executable, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run install.sh with some arguments; variables of the played box may be set."""
        return subprocess.run(
            ["bash", str(PLAYED), *arguments, "--root", str(self.root), "--python", python],
            env=os.environ
            | {"INSTALL": str(self._install), "PROJECT": str(self.project), "LOG": str(self.log)}
            | environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def install(self, *arguments: str, **environ: str) -> str:
        """The same, which has to succeed; what it said."""
        done = self.run("install", *arguments, **environ)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def put_into_service(self) -> None:
        """Install with a site file that names a camera, and start it."""
        site = self.project.with_name("site.yaml")
        site.write_text(SITE)
        self.install("--site", str(site), PLAYED="1")

    def link(self, name: str) -> str | None:
        """Which version number a link leads to."""
        path = self.root / "opt/hearsight" / name
        return path.readlink().name.partition("-")[0] if path.is_symlink() else None

    @property
    def versions(self) -> set[str]:
        """Numbers of the versions that are here."""
        return {
            path.name.partition("-")[0] for path in (self.root / "opt/hearsight/versions").iterdir()
        }

    def asked(self) -> list[str]:
        """What was asked of the played box since one last looked."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return lines

    def mode(self, path: str) -> int:
        """The rights of a file."""
        return stat.S_IMODE((self.root / path).stat().st_mode)

    def text(self, path: str) -> str:
        """What stands in a file."""
        return (self.root / path).read_text()

    def secrets(self) -> dict[str, str]:
        """The passwords of this box's Redis."""
        lines = self.text("etc/hearsight/environment").splitlines()
        pairs = (line.partition("=") for line in lines if not line.startswith("#"))
        return {name: value for name, _, value in pairs if "REDIS" in name}

    def snapshot(self) -> dict[str, tuple[int, bytes | str]]:
        """Every file and link with its rights and what stands in it."""
        found: dict[str, tuple[int, bytes | str]] = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            if path.is_symlink():
                found[name] = (0, str(path.readlink()))
            elif path.is_file():
                found[name] = (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
            else:
                found[name] = (stat.S_IMODE(path.stat().st_mode), "")
        return found
