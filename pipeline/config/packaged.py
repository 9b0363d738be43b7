"""Site files that come with the program."""

from __future__ import annotations

from pathlib import Path

import pipeline


def packaged_config(name: str) -> Path:
    """The path of ``configs/NAME``, in a checkout or in an installed package.

    Raises:
        FileNotFoundError: there is no such file.
    """
    path = _folder() / name
    if not path.is_file():
        raise FileNotFoundError(f"{name} is not among the configs: is the installation complete?")
    return path


def preset_names() -> list[str]:
    """The presets there are, in the order of the alphabet."""
    return sorted(path.stem for path in (_folder() / "presets").glob("*.yaml"))


def _folder() -> Path:
    package = Path(pipeline.__file__).parent
    installed = package / "_configs"
    return installed if installed.is_dir() else package.parent / "configs"
