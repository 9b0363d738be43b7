"""Reading weights from other people's files without running what may hide in them."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from pipeline.encoders.base import EncoderError
from pipeline.encoders.embedded_files import DamagedModelError, MissingModelError


class UnsafeCheckpointError(EncoderError):
    """A checkpoint holds more than tensors and plain values; nothing of it was run."""


class WrongModelError(EncoderError):
    """A checkpoint is sound but of another architecture."""


#: Training loops leave the epoch or the best loss behind as NumPy scalars: plain numbers.
_PLAIN_GLOBALS: list[Any] = [
    np.core.multiarray.scalar,  # type: ignore[attr-defined]
    np.dtype,
    *(type(np.dtype(kind)) for kind in ("f2", "f4", "f8", "i4", "i8", "?")),
]


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Tensors of a ``.safetensors`` file or of a PyTorch checkpoint, by name.

    A checkpoint's ``state_dict`` is taken where there is one, and the ``module.`` that
    data-parallel training puts before every name is dropped.

    Raises:
        MissingModelError: no such file.
        DamagedModelError: the file is truncated or not what its name says.
        UnsafeCheckpointError: a pickle that asks for code.
    """
    if not path.is_file():
        raise MissingModelError(f"{path} does not exist: give the checkpoint's file")
    if path.suffix == ".safetensors":
        return read_safetensors(path)
    try:
        with torch.serialization.safe_globals(_PLAIN_GLOBALS), warnings.catch_warnings():
            # Remarks about protocols; what they cannot do safely is refused below.
            warnings.simplefilter("ignore")
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).strip().splitlines()
        raise UnsafeCheckpointError(
            f"{path} is not a plain file of weights, and loading it could run its author's code: "
            "nothing was run. Use a .safetensors file, or a checkpoint that holds only tensors "
            f"({reason[-1][:160] if reason else 'no reason given'})"
        ) from error
    except Exception as error:
        # The operations of a damaged pickle run into whatever they meet, and some of these errors
        # say nothing: an empty file is a bare EOFError.
        said = f"{type(error).__name__}: {error}".strip(": ").splitlines()[0]
        raise DamagedModelError(
            f"{path} cannot be read as weights ({said[:160]}): fetch it again, or name another file"
        ) from error
    if isinstance(loaded, Mapping) and "state_dict" in loaded:
        loaded = loaded["state_dict"]
    if not isinstance(loaded, Mapping):
        raise WrongModelError(f"{path} holds a {type(loaded).__name__}, not a table of weights")
    state = {str(key).removeprefix("module."): value for key, value in loaded.items()}
    strange = [key for key, value in state.items() if not isinstance(value, Tensor)]
    if strange or not state:
        raise WrongModelError(
            f"{path} is not a table of tensors "
            f"({strange[0] if strange else 'empty'}): expected a model's state_dict"
        )
    return state


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file.

    Raises:
        MissingModelError: no such file.
        DamagedModelError: truncated, or not safetensors.
    """
    if not path.is_file():
        raise MissingModelError(f"{path} does not exist: run `hearsight models pull`")
    try:
        return load_file(path)
    except SafetensorError as error:
        raise DamagedModelError(f"{path} is damaged ({error}): fetch it again") from error


def write_safetensors(state: Mapping[str, Tensor], path: Path) -> None:
    """Write tensors in the order of their names, at once: the same weights give the same file."""
    partial = path.with_name(path.name + ".part")
    ordered = {key: state[key].detach().contiguous().clone() for key in sorted(state)}
    save_file(ordered, partial)
    partial.replace(path)


def check_keys(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], what: str) -> None:
    """Refuse a table whose names or shapes are not exactly those of ``wanted``.

    Raises:
        WrongModelError: saying what differs.
    """
    missing, extra = sorted(wanted.keys() - state.keys()), sorted(state.keys() - wanted.keys())
    shapes = [
        f"{key} {tuple(state[key].shape)} instead of {tuple(wanted[key].shape)}"
        for key in sorted(wanted.keys() & state.keys())
        if state[key].shape != wanted[key].shape
    ]
    if missing or extra or shapes:
        raise WrongModelError(
            f"the checkpoint is not {what}: {_few('missing', missing)}{_few('unexpected', extra)}"
            f"{_few('shape of', shapes)}give the right name for this file"
        )


def _few(word: str, names: Iterable[str]) -> str:
    listed = list(names)
    if not listed:
        return ""
    return f"{word} {', '.join(listed[:3])}{' ...' if len(listed) > 3 else ''} ({len(listed)}); "
