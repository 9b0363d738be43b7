"""The program itself: its version and those of what it stands on."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable
from importlib import metadata

from pipeline.doctor.findings import Area, Finding

_AREA = Area("program")
#: The libraries whose versions decide what works, and those that may be missing.
_TOLD = ("torch", "open_clip_torch", "laion-clap", "av", "redis")
_EXTRA = ("openvino",)
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;]+)")


def look_at_program(version: Callable[[str], str] = metadata.version) -> list[Finding]:
    """Versions of the program, its interpreter and its main libraries.

    Args:
        version: of an installed package; raises ``PackageNotFoundError``.
    """
    found = [
        _AREA.ok(
            "version",
            f"hearsight {version('hearsight')}, Python {platform.python_version()}, "
            f"{platform.system()} {platform.release()} on {platform.machine()}",
        )
    ]
    here, missing = [], []
    for name in (*_TOLD, *_EXTRA):
        try:
            here.append(f"{name} {version(name)}")
        except metadata.PackageNotFoundError:
            if name in _TOLD:
                missing.append(name)
    told = ", ".join(here)
    wrong = [*(f"{name} is missing" for name in missing), *off_their_pins(version)]
    if wrong:
        found.append(
            _AREA.failure(
                "libraries",
                "; ".join(wrong),
                "install from requirements.lock again (`make setup`, or pip install "
                "--require-hashes -r requirements.lock)",
            )
        )
    else:
        found.append(_AREA.ok("libraries", told))
    return found


def off_their_pins(version: Callable[[str], str], requires: list[str] | None = None) -> list[str]:
    """Which libraries are not of the one version that is required, in words.

    Args:
        version: of an installed package.
        requires: what is required; default: by the installed program.
    """
    wanted = metadata.requires("hearsight") or [] if requires is None else requires
    wrong = []
    for line in wanted:
        pin = _PIN.match(line)
        if pin is None or "extra ==" in line or "platform_machine" in line:
            continue
        try:
            # A build's local part, such as +cpu, makes no other version of it.
            found = version(pin[1]).partition("+")[0]
        except metadata.PackageNotFoundError:
            wrong.append(f"{pin[1]} is missing")
            continue
        if found != pin[2]:
            wrong.append(f"{pin[1]} is {found} and has to be {pin[2]}")
    return wrong
