"""How often cameras are sampled while a site is overloaded, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sinks.console.values import mapping, number

#: Less than this share below what is wanted is as good as wanted.
_AS_WANTED = 0.02


def overload(state: Mapping[str, Any]) -> str:
    """Why the site is overloaded, in a sentence; empty where it is not.

    Args:
        state: the body of ``/v1/state``.
    """
    sampling = mapping(state.get("sampling"))
    return str(sampling.get("why") or "overloaded") if sampling.get("overloaded") else ""


def less(state: Mapping[str, Any], camera: str) -> str:
    """How much less a camera is sampled than it wants; empty where it is not."""
    told = mapping(mapping(mapping(state.get("sampling")).get("cameras")).get(camera))
    parts = []
    picture, sound = (_rates(told.get(sense)) for sense in ("video", "audio"))
    if picture is not None and picture[0] < (1 - _AS_WANTED) * picture[1]:
        parts.append(f"{picture[0]:.2g} of {picture[1]:.2g} pictures/s")
    if sound is not None and sound[0] < (1 - _AS_WANTED) * sound[1]:
        parts.append(f"1 of {sound[1] / sound[0]:.2g} sounds")
    return ", ".join(parts)


def stakes(state: Mapping[str, Any], camera: str) -> str:
    """How severe the camera's armed rules are: by that it falls early or late."""
    told = mapping(mapping(mapping(state.get("sampling")).get("cameras")).get(camera))
    found = {str(mapping(rates).get("severity")) for rates in told.values()}
    known = [severity for severity in ("critical", "warning", "info") if severity in found]
    return f"{known[0]} rules" if known else "no rule is armed"


def _rates(told: Any) -> tuple[float, float] | None:
    """Granted and wanted, both above zero; None where they are not told."""
    granted, wanted = (number(mapping(told).get(name)) for name in ("granted", "wanted"))
    return (granted, wanted) if granted and wanted and granted > 0 and wanted > 0 else None
