"""The embedded sight model: a small CLIP that open_clip builds from a config in this package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from pipeline.encoders import embedded_names, vocabulary
from pipeline.encoders.base import check_pixels, finite_patches, unit_rows
from pipeline.encoders.embedded_files import load_strictly
from pipeline.encoders.movement_reading import MovementReading
from pipeline.encoders.pictures import Pictures
from pipeline.encoders.running import PLAIN, Running
from pipeline.encoders.sight_tower import SightTower
from pipeline.encoders.text_tower import causal_rows, word_embedding
from pipeline.encoders.texture import GRID, NUMBERS, TEXTURE_ID, texture
from pipeline.encoders.torch_common import PixelNorm, Runtime, open_runtime, place, to_numpy
from pipeline.encoders.torch_towers import FromPixels, torch_tower
from pipeline.encoders.words import unknown_words

NAME = embedded_names.SIGHT
WEIGHTS_FILE = embedded_names.SIGHT_WEIGHTS
MOVEMENT_FILE = embedded_names.SIGHT_MOVEMENT


def build_sight() -> nn.Module:
    """The architecture with random weights: ``open_clip``'s CLIP with our tower on its trunk."""
    if NAME not in open_clip.list_models():
        open_clip.add_model_config(embedded_names.SIGHT_CONFIG)
    config: Any = open_clip.get_model_config(NAME)
    config["text_cfg"]["vocab_size"] = vocabulary.tokenizer().vocab_size
    model: Any = open_clip.CLIP(**config)
    model.visual = SightTower(model.visual.trunk, config["embed_dim"])
    built: nn.Module = model
    return built


class EmbeddedSight(Pictures):
    """``SightEncoder`` over the weights shipped in this package: a wide closed vocabulary.

    Args:
        model: as `build_sight` builds it, in its place and precision.
        movement: the head that reads movement; None: stills alone.
        model_id: identity of its vectors.
        runtime: where it stands.
        running: its batches, and whether torch may compile it for CUDA.
    """

    def __init__(
        self,
        model: Any,
        movement: MovementReading | None,
        model_id: str,
        runtime: Runtime,
        running: Running = PLAIN,
    ) -> None:
        self._model = model
        self._movement = movement
        self._device = runtime.device
        norm = PixelNorm().to(device=runtime.device, dtype=runtime.dtype)
        self._module = FromPixels(model.visual, norm).eval()
        self._scale = float(model.logit_scale.float().exp())
        config = embedded_names.sight_config()
        side = int(config["vision_cfg"]["image_size"])
        tower = torch_tower(self._module, runtime, (side, side, 3), np.uint8, running)
        super().__init__(tower, model_id, (side, side), int(config["embed_dim"]))

    def picture_module(self) -> nn.Module:
        """uint8 (n, H, W, 3) to rows (n, dim)."""
        return self._module

    @property
    def logit_scale(self) -> float:
        """See ``SightEncoder``."""
        return self._scale

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
        pending = self.begin(pixels)
        patches = self.patches_of(pixels)
        return pending.result(), patches

    def patches_of(self, pixels: NDArray[np.uint8]) -> NDArray[np.float16]:
        """The patches of ``encode_with_patches`` alone."""
        with torch.inference_mode():
            patches = texture(torch.from_numpy(np.ascontiguousarray(pixels)).to(self._device))
        return finite_patches(to_numpy(patches), self._id)

    @property
    def reads_movement(self) -> bool:
        """See ``SightEncoder``."""
        return self._movement is not None

    def with_movement(
        self, rows: NDArray[np.float32], readings: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See ``SightEncoder``."""
        return rows if self._movement is None or not len(rows) else self._movement(rows, readings)

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
    running: Running = PLAIN,
) -> EmbeddedSight:
    """Open the shipped sight model in torch.

    Args:
        device: see `open_runtime`.
        threads: see `open_runtime`.
        weights: of the model.
        movement: of the head that reads movement; None: stills alone.
        running: its precision and batches.

    Raises:
        MissingModelError: the package was built without its weights.
        DamagedModelError: the file is not readable or does not fit the architecture.
        DeviceError: no such device.
    """
    runtime, choice = open_runtime(device, threads, running)
    model_id = embedded_names.sight_id(weights, movement)
    model = build_sight()
    load_strictly(model, weights, load_file)
    placed = place(model, runtime).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    head = MovementReading.load(movement) if movement is not None else None
    return EmbeddedSight(placed, head, choice.names(model_id), runtime, running)
