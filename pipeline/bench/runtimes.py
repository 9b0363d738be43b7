"""Opens a sight model as a site's ``models:`` would have it run."""

from __future__ import annotations

import os
from typing import Any

from pipeline.config import Models
from pipeline.encoders import SightEncoder, open_sight
from pipeline.encoders.running import pick_device


def has_precisions() -> bool:
    """Whether a site can choose a model's runtime and precision."""
    return "precision" in Models.model_fields


def open_sight_as(models: dict[str, Any]) -> SightEncoder:
    """The sight model of ``models:`` in a site file.

    Args:
        models: its content.

    Raises:
        EncoderError: it cannot be opened.
    """
    settings = Models.model_validate(models)
    threads = settings.threads or max(1, (os.cpu_count() or 2) - 1)
    return open_sight(settings.sight, device=pick_device(settings.device), threads=threads)
