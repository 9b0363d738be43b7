"""The files of the embedded pair and what must be known of it. Imports no deep-learning library."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pipeline.encoders.digest import file_sha256
from pipeline.encoders.embedded_files import require
from pipeline.encoders.words import EMBEDDED

SIGHT = "hearsight-sight"
SIGHT_CONFIG = EMBEDDED / f"{SIGHT}.json"
SIGHT_WEIGHTS = EMBEDDED / f"{SIGHT}.safetensors"
SIGHT_MOVEMENT = EMBEDDED / f"{SIGHT}.movement.safetensors"
SOUND = "hearsight-sound"
SOUND_WEIGHTS = EMBEDDED / f"{SOUND}.safetensors"


def sight_config() -> Any:
    """The sight model's architecture, as open_clip takes it."""
    return json.loads(SIGHT_CONFIG.read_text("utf-8"))


def sight_id(weights: Path = SIGHT_WEIGHTS, movement: Path | None = SIGHT_MOVEMENT) -> str:
    """Identity of the sight model with a head that reads movement, or None.

    Raises:
        MissingModelError: a file is not there.
    """
    require(weights)
    digest = file_sha256(weights)
    if movement is not None:
        require(movement)
        digest = hashlib.sha256((digest + file_sha256(movement)).encode()).hexdigest()
    return f"{SIGHT}@{digest[:12]}"


def sound_id(weights: Path = SOUND_WEIGHTS) -> str:
    """Identity of the sound model. Raises MissingModelError."""
    require(weights)
    return f"{SOUND}@{file_sha256(weights)[:12]}"
