"""The embedded sight model: a small CLIP that open_clip builds from a config in this package."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from pipeline.encoders import vocabulary
from pipeline.encoders.base import check_pixels, finite_patches, unit_rows
from pipeline.encoders.embedded_files import load_strictly, require
from pipeline.encoders.movement_head import MovementHead
from pipeline.encoders.sight_tower import SightTower
from pipeline.encoders.text_tower import causal_rows, word_embedding
from pipeline.encoders.texture import GRID, NUMBERS, TEXTURE_ID, texture
from pipeline.encoders.torch_common import PixelNorm, file_sha256, open_runtime, place, to_numpy
from pipeline.encoders.words import EMBEDDED, unknown_words

NAME = "hearsight-sight"
CONFIG_FILE = EMBEDDED / f"{NAME}.json"
WEIGHTS_FILE = EMBEDDED / f"{NAME}.safetensors"
MOVEMENT_FILE = EMBEDDED / f"{NAME}.movement.safetensors"


def _config() -> Any:
    return json.loads(CONFIG_FILE.read_text("utf-8"))


def build_sight() -> nn.Module:
    """The architecture with random weights: ``open_clip``'s CLIP with our tower on its trunk."""
    if NAME not in open_clip.list_models():
        open_clip.add_model_config(CONFIG_FILE)
    config: Any = open_clip.get_model_config(NAME)
    config["text_cfg"]["vocab_size"] = vocabulary.tokenizer().vocab_size
    model: Any = open_clip.CLIP(**config)
    model.visual = SightTower(model.visual.trunk, config["embed_dim"])
    built: nn.Module = model
    return built


class EmbeddedSight:
    """``SightEncoder`` over the weights shipped in this package: a wide closed vocabulary."""

    def __init__(
        self,
        model: Any,
        movement: MovementHead | None,
        model_id: str,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._model = model
        self._movement = movement
        self._device = device
        self._norm = PixelNorm().to(device=device, dtype=dtype)
        self._id = model_id
        self._scale = float(self._model.logit_scale.float().exp())
        config = _config()
        self._size = int(config["vision_cfg"]["image_size"])
        self._dim = int(config["embed_dim"])

    @property
    def model_id(self) -> str:
        """See ``SightEncoder``."""
        return self._id

    @property
    def image_size(self) -> tuple[int, int]:
        """See ``SightEncoder``."""
        return (self._size, self._size)

    @property
    def dim(self) -> int:
        """See ``SightEncoder``."""
        return self._dim

    @property
    def logit_scale(self) -> float:
        """See ``SightEncoder``."""
        return self._scale

    def encode_images(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See ``SightEncoder``."""
        check_pixels(pixels, self.image_size)
        if not len(pixels):
            return np.zeros((0, self.dim), np.float32)
        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(pixels)).to(self._device)
            out = self._model.encode_image(self._norm(batch))
        return unit_rows(to_numpy(out), self._id)

    @property
    def patch_shape(self) -> tuple[int, int, int]:
        """See ``SightEncoder``."""
        return (GRID, GRID, NUMBERS)

    @property
    def patch_id(self) -> str:
        """See ``SightEncoder``."""
        return TEXTURE_ID

    def encode_with_patches(
        self, pixels: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        """See ``SightEncoder``: patches of `pipeline.encoders.texture`."""
        check_pixels(pixels, self.image_size)
        if not len(pixels):
            return np.zeros((0, self.dim), np.float32), np.zeros((0, *self.patch_shape), np.float16)
        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(pixels)).to(self._device)
            rows, patches = self._model.encode_image(self._norm(batch)), texture(batch)
        return (
            unit_rows(to_numpy(rows), self._id),
            finite_patches(to_numpy(patches), self._id),
        )

    @property
    def reads_movement(self) -> bool:
        """See ``SightEncoder``."""
        return self._movement is not None

    def with_movement(
        self, rows: NDArray[np.float32], readings: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See ``SightEncoder``."""
        if self._movement is None or not len(rows):
            return rows
        with torch.inference_mode():
            out = self._movement(torch.from_numpy(rows), torch.from_numpy(readings))
        return unit_rows(to_numpy(out), self._id)

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """See ``SightEncoder``."""
        if not prompts:
            return np.zeros((0, self.dim), np.float32)
        with torch.inference_mode():
            out = self._model.encode_text(self._tokens(prompts))
        return unit_rows(to_numpy(out), self._id)

    def text_rows(self, prompts: Sequence[str]) -> Tensor:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        return causal_rows(self._model, self._model.transformer, self._tokens(prompts))

    def _tokens(self, prompts: Sequence[str]) -> Tensor:
        tokens = vocabulary.tokenizer()([prompt.strip().rstrip(".!") for prompt in prompts])
        placed: Tensor = tokens.to(self._device)
        return placed

    @property
    def words(self) -> nn.Module:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        return word_embedding(self._model)

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        """See ``SightEncoder``."""
        return unknown_words("sight", prompts)


def load_embedded_sight(
    *,
    device: str = "cpu",
    threads: int | None = None,
    weights: Path = WEIGHTS_FILE,
    movement: Path | None = MOVEMENT_FILE,
) -> EmbeddedSight:
    """Open the shipped sight model.

    Args:
        device: see `open_runtime`.
        threads: see `open_runtime`.
        weights: of the model.
        movement: of the head that reads movement; None: stills alone.

    Raises:
        MissingModelError: the package was built without its weights.
        DamagedModelError: the file is not readable or does not fit the architecture.
        DeviceError: no such device.
    """
    runtime = open_runtime(device, threads)
    require(weights)
    model = build_sight()
    load_strictly(model, weights, load_file)
    placed = place(model, runtime).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    head, digest = None, file_sha256(weights)
    if movement is not None:
        require(movement)
        head = MovementHead(_config()["embed_dim"])
        load_strictly(head, movement, load_file)
        # So small that it stays where its numbers are: on the CPU, in single precision.
        head.eval().requires_grad_(False)
        digest = hashlib.sha256((digest + file_sha256(movement)).encode()).hexdigest()
    model_id = f"{NAME}@{digest[:12]}"
    return EmbeddedSight(placed, head, model_id, runtime.device, runtime.dtype)
