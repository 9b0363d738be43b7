"""Reading the weights that ship with the package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from pipeline.encoders.base import EncoderError

if TYPE_CHECKING:
    from torch import Tensor, nn


class MissingModelError(EncoderError):
    """A model's files are not where they should be."""


class DamagedModelError(EncoderError):
    """A model's file cannot be read or does not fit its architecture."""


def require(path: Path) -> None:
    """Refuse a path that is no file."""
    if not path.is_file():
        raise MissingModelError(f"{path} is missing: reinstall hearsight, or train it again")


def load_strictly(model: nn.Module, path: Path, read: Callable[[Path], dict[str, Tensor]]) -> None:
    """Load ``path`` into ``model`` strictly, in the model's own precision."""
    try:
        state = read(path)
    except SafetensorError as error:
        raise DamagedModelError(f"{path} is damaged ({error}): reinstall hearsight") from error
    state = {
        key: value.float() if value.is_floating_point() else value for key, value in state.items()
    }
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise DamagedModelError(
            f"{path} does not fit this version's architecture: reinstall hearsight, "
            "or train it again"
        ) from error
