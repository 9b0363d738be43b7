"""CLIP models by open_clip's names, from weights in the model store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders.base import EncoderError, check_pixels, finite_patches, unit_rows
from pipeline.encoders.checkpoints import check_keys, read_safetensors
from pipeline.encoders.clip_patches import ClipPatches
from pipeline.encoders.pictures import Pictures
from pipeline.encoders.running import PLAIN, Running
from pipeline.encoders.text_tower import word_embedding
from pipeline.encoders.torch_common import (
    CLIP_MEAN,
    CLIP_STD,
    PixelNorm,
    Runtime,
    open_runtime,
    place,
    to_numpy,
)
from pipeline.encoders.torch_towers import FromPixels, torch_tower


class UnknownModelError(EncoderError):
    """A name that no model goes by."""


def split_name(name: str) -> tuple[str, str]:
    """``architecture/tag`` as a pair, the architecture known to open_clip.

    Raises:
        UnknownModelError: no tag, or no such architecture.
    """
    architecture, _, tag = name.partition("/")
    if not tag or architecture not in open_clip.list_models():
        near = ", ".join(sorted(open_clip.list_models())[:6])
        raise UnknownModelError(
            f"{name!r} is no sight model: write architecture/tag, for example "
            f"ViT-B-32/laion2b_s34b_b79k (open_clip's architectures: {near} ...)"
        )
    return architecture, tag


def build_clip(architecture: str) -> nn.Module:
    """An open_clip model with random weights, without touching the model hub.

    Raises:
        UnknownModelError: the architecture's text tower or tokenizer lives on the hub.
    """
    config: Any = open_clip.get_model_config(architecture)
    if config is None or "hf_model_name" in config["text_cfg"] or "multimodal_cfg" in config:
        raise UnknownModelError(
            f"{architecture!r} needs further files from the hub and is not supported: "
            "choose a CLIP with its own text tower, such as ViT-B-32 or MobileCLIP-S1"
        )
    if config["text_cfg"].get("hf_tokenizer_name"):
        raise UnknownModelError(
            f"{architecture!r} needs a tokenizer from the hub and is not supported: "
            "choose one that uses CLIP's own, such as ViT-B-32 or MobileCLIP-S1"
        )
    custom = config.pop("custom_text", False)
    kind = open_clip.CustomTextCLIP if custom else open_clip.CLIP
    model: nn.Module = kind(**config)
    return model


def clip_state(architecture: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A checkpoint's tensors as the model takes them, names and shapes checked.

    Raises:
        WrongModelError: the checkpoint is of another architecture.
    """
    with torch.device("meta"):
        model = build_clip(architecture)
    # OpenAI's and older files carry these; they are settings, not weights.
    settings = {"input_resolution", "context_length", "vocab_size"}
    kept = {key: value for key, value in state.items() if key not in settings}
    converted: dict[str, Tensor] = open_clip.factory.convert_state_dict(model, kept)
    check_keys(converted, model.state_dict(), architecture)
    return converted


class ClipSight(Pictures):
    """``SightEncoder`` over an open_clip model: any English words.

    Args:
        model: of open_clip, in its place and precision.
        tokenizer: texts to tokens (n, context).
        norm: in the model's place and precision.
        model_id: identity of its vectors.
        runtime: where it stands.
        running: its batches, and whether torch may compile it for CUDA.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        norm: PixelNorm,
        model_id: str,
        runtime: Runtime,
        running: Running = PLAIN,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._device = runtime.device
        self._module = FromPixels(model.visual, norm).eval()
        self._scale = float(model.logit_scale.float().exp())
        size = model.visual.image_size
        height, width = (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))
        self._patches: ClipPatches | None = None
        tower = torch_tower(self._module, runtime, (height, width, 3), np.uint8, running)
        super().__init__(tower, model_id, (height, width), 0)
        with torch.inference_mode():
            self._dim = int(self.text_rows(["a picture"]).shape[1])

    def picture_module(self) -> nn.Module:
        """uint8 (n, H, W, 3) to rows (n, dim)."""
        return self._module

    @property
    def logit_scale(self) -> float:
        """See ``SightEncoder``."""
        return self._scale

    def _patched(self) -> ClipPatches:
        if self._patches is None:
            like = next(self._model.visual.parameters())
            self._patches = ClipPatches(self._model.visual, self._size, like)
        return self._patches

    @property
    def patch_shape(self) -> tuple[int, int, int]:
        """See ``SightEncoder``. Raises EncoderError where the tower shows none of its maps."""
        return self._patched().shape

    @property
    def patch_id(self) -> str:
        """See ``SightEncoder``: they depend on the model's own weights alone."""
        return self._id

    def encode_with_patches(
        self, pixels: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        """See ``SightEncoder``: patches of `pipeline.encoders.clip_patches`."""
        check_pixels(pixels, self._size)
        if not len(pixels):
            return np.zeros((0, self.dim), np.float32), np.zeros((0, *self.patch_shape), np.float16)
        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(pixels)).to(self._device)
            rows, patches = self._patched()(self._module.norm(batch))
        return (
            unit_rows(to_numpy(rows), self._id),
            finite_patches(to_numpy(patches), self._id),
        )

    def patches_of(self, pixels: NDArray[np.uint8]) -> NDArray[np.float16]:
        """The patches of ``encode_with_patches`` alone."""
        return self.encode_with_patches(pixels)[1]

    @property
    def reads_movement(self) -> bool:
        """See ``SightEncoder``: it was trained on stills."""
        return False

    def with_movement(
        self, rows: NDArray[np.float32], readings: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See ``SightEncoder``."""
        del readings
        return rows

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """See ``SightEncoder``."""
        if not prompts:
            return np.zeros((0, self.dim), np.float32)
        with torch.inference_mode():
            out = self.text_rows(prompts)
        return unit_rows(to_numpy(out), self._id)

    def text_rows(self, prompts: Sequence[str]) -> Tensor:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        tokens = self._tokenizer(list(prompts))
        rows: Tensor = self._model.encode_text(tokens.to(self._device))
        return rows

    @property
    def words(self) -> nn.Module:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        return word_embedding(self._model)

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        """See ``SightEncoder``: the vocabulary is open."""
        del prompts
        return []


def load_clip(
    name: str,
    weights: Path,
    model_id: str,
    *,
    device: str = "cpu",
    threads: int | None = None,
    running: Running = PLAIN,
) -> ClipSight:
    """Open a model that the model store keeps in torch; ``name`` is ``architecture/tag``.

    Raises:
        UnknownModelError, MissingModelError, DamagedModelError, WrongModelError, DeviceError,
        RuntimeChoiceError.
    """
    architecture, tag = split_name(name)
    runtime, choice = open_runtime(device, threads, running)
    model = build_clip(architecture)
    state = read_safetensors(weights)
    check_keys(state, model.state_dict(), architecture)
    model.load_state_dict(state, strict=True)
    known = open_clip.get_pretrained_cfg(architecture, tag)
    norm = PixelNorm(known.get("mean") or CLIP_MEAN, known.get("std") or CLIP_STD)
    context = open_clip.get_model_config(architecture)["text_cfg"].get("context_length", 77)
    return ClipSight(
        place(model, runtime),
        open_clip.SimpleTokenizer(context_length=context),
        norm.to(device=runtime.device, dtype=runtime.dtype),
        choice.names(model_id),
        runtime,
        running,
    )
