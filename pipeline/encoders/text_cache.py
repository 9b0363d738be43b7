"""Text embeddings, computed once per prompt and model, kept on disk."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_SCHEMA = "1"


class TextEncoder(Protocol):
    """The text half of an encoder."""

    @property
    def model_id(self) -> str:
        """Identity of the weights."""
        ...

    @property
    def dim(self) -> int:
        """Width of the embeddings."""
        ...

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """Embed n prompts as float32 unit rows (n, dim)."""
        ...


class TextCache:
    """One npz file per model in ``folder``: prompts and their unit rows.

    A file that cannot be read is made again: it only ever holds what the model can repeat.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._memory: dict[str, dict[str, NDArray[np.float32]]] = {}

    def embed(self, encoder: TextEncoder, prompts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows (n, dim) of the prompts; only those never seen are computed."""
        known = self._known(encoder)
        fresh = [prompt for prompt in dict.fromkeys(prompts) if prompt not in known]
        if fresh:
            known.update(zip(fresh, encoder.encode_texts(fresh), strict=True))
            self._write(encoder.model_id, known)
        if not prompts:
            return np.zeros((0, encoder.dim), np.float32)
        return np.stack([known[prompt] for prompt in prompts])

    def path(self, model_id: str) -> Path:
        """Where a model's rows are kept."""
        name = hashlib.sha256(model_id.encode()).hexdigest()[:24]
        return self._folder / f"texts-{name}.npz"

    def _known(self, encoder: TextEncoder) -> dict[str, NDArray[np.float32]]:
        model_id = encoder.model_id
        if model_id not in self._memory:
            self._memory[model_id] = self._read(model_id, encoder.dim)
        return self._memory[model_id]

    def _read(self, model_id: str, dim: int) -> dict[str, NDArray[np.float32]]:
        try:
            with (
                self.path(model_id).open("rb") as file,
                np.load(file, allow_pickle=False) as stored,
            ):
                if str(stored["schema"]) != _SCHEMA or str(stored["model"]) != model_id:
                    return {}
                prompts, rows = stored["prompts"], stored["rows"]
        except FileNotFoundError:
            return {}
        except (zipfile.BadZipFile, ValueError, KeyError, EOFError, OSError):
            return {}
        if rows.shape != (len(prompts), dim) or not np.isfinite(rows).all():
            return {}
        return {
            str(prompt): row.astype(np.float32) for prompt, row in zip(prompts, rows, strict=True)
        }

    def _write(self, model_id: str, known: dict[str, NDArray[np.float32]]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self.path(model_id)
        partial = target.with_suffix(f".{os.getpid()}.part")
        with partial.open("wb") as file:
            np.savez(
                file,
                schema=np.array(_SCHEMA),
                model=np.array(model_id),
                prompts=np.array(list(known)),
                rows=np.stack(list(known.values())),
            )
        partial.replace(target)
