"""Opens a sight model as a site's ``models:`` would have it run."""

from __future__ import annotations

from typing import Any

from platformdirs import user_cache_path

from pipeline.config import Models
from pipeline.encoders import SightEncoder, open_sight
from pipeline.encoders.running import openvino_is_here, pick_device, running_of, threads_of


def has_int8() -> bool:
    """Whether models can be run in int8 here."""
    return openvino_is_here()


def open_sight_as(models: dict[str, Any]) -> SightEncoder:
    """The sight model of ``models:`` in a site file; what it is converted to is kept in the cache.

    Args:
        models: its content.

    Raises:
        EncoderError: it cannot be opened.
    """
    settings = Models.model_validate(models)
    device = pick_device(settings.device)
    return open_sight(
        settings.sight,
        device=device,
        threads=threads_of(settings),
        running=running_of(settings, device, user_cache_path("hearsight") / "bench" / "compiled"),
    )
