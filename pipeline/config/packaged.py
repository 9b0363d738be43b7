"""Site files that come with the program."""

from __future__ import annotations

from pathlib import Path

import pipeline


def packaged_config(name: str) -> Path:
    """The path of ``configs/NAME``, in a checkout or in an installed package.

    Raises:
        FileNotFoundError: there is no such file.
    """
    package = Path(pipeline.__file__).parent
    for folder in (package / "_configs", package.parent / "configs"):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{name} is not among the configs: is the installation complete?")
