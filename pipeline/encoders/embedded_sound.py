"""The embedded sound model: laion_clap's CLAP with a light audio tower and a small text tower."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from pipeline.encoders import embedded_names, vocabulary
from pipeline.encoders.base import check_samples, unit_rows
from pipeline.encoders.clap_import import clap_model_module
from pipeline.encoders.embedded_files import load_strictly
from pipeline.encoders.mel import FRONT
from pipeline.encoders.running import PLAIN, Running
from pipeline.encoders.sound_tower import OUT, SoundTower
from pipeline.encoders.sounds import Sounds
from pipeline.encoders.text_tower import causal_rows, word_embedding
from pipeline.encoders.torch_common import Runtime, open_runtime, place, to_numpy
from pipeline.encoders.torch_towers import torch_tower
from pipeline.encoders.words import unknown_words
from pipeline.log_mel import RATE

NAME = embedded_names.SOUND
WEIGHTS_FILE = embedded_names.SOUND_WEIGHTS
DIM = 256
WINDOW_S = FRONT.window / RATE
TEXT_WIDTH, TEXT_HEADS, TEXT_LAYERS = 160, 4, 3


def build_sound() -> nn.Module:
    """The architecture with random weights: a ``laion_clap`` CLAP.

    laion_clap builds one of its own audio towers; ours replaces it. The two extra transforms that
    serve only its training loss are left out.
    """
    clap = clap_model_module()

    class SmallCLAP(clap.CLAP):  # type: ignore[misc, name-defined]
        """Takes tokens as the dict that ``get_text_embedding`` hands on."""

        def encode_text(self, text: Any, device: Any) -> Tensor:
            tokens = text["input_ids"] if isinstance(text, dict) else text
            out: Tensor = super().encode_text(tokens, device)
            return out

    model: Any = SmallCLAP(
        embed_dim=OUT,
        audio_cfg=clap.CLAPAudioCfp(model_type="PANN", model_name="Cnn6", hop_size=480),
        text_cfg=clap.CLAPTextCfg(
            context_length=vocabulary.CONTEXT_LENGTH,
            vocab_size=vocabulary.tokenizer().vocab_size,
            width=TEXT_WIDTH,
            heads=TEXT_HEADS,
            layers=TEXT_LAYERS,
            model_type="transformer",
        ),
        joint_embed_shape=DIM,
    )
    model.audio_branch = SoundTower()
    model.audio_transform = nn.Identity()
    model.text_transform = nn.Identity()
    built: nn.Module = model
    return built


class _FromMel(nn.Module):
    """Log-mel (n, 64, columns) to rows (n, DIM)."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.branch = model.audio_branch
        self.projection = model.audio_projection

    def forward(self, mel: Tensor) -> Tensor:
        """See the class."""
        rows: Tensor = self.projection(self.branch.features(mel))
        return rows


class EmbeddedSound(Sounds):
    """``SoundEncoder`` over the weights shipped in this package: a wide closed vocabulary.

    Args:
        model: as `build_sound` builds it, in its place and precision.
        model_id: identity of its vectors.
        runtime: where it stands.
        running: its batches, and whether torch may compile it for CUDA.
    """

    def __init__(
        self, model: Any, model_id: str, runtime: Runtime, running: Running = PLAIN
    ) -> None:
        self._model = model
        self._device = runtime.device
        self._module = _FromMel(model).eval()
        tower = torch_tower(self._module, runtime, FRONT.shape, np.float32, running)
        super().__init__(tower, model_id, FRONT, DIM, float(model.logit_scale_a.float().exp()))

    def mel_module(self) -> nn.Module:
        """Log-mel (n, bands, columns) to rows (n, dim)."""
        return self._module

    def encode_sounds(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``SoundEncoder``. Any length from 0.1 s; trained on 5 s."""
        check_samples(samples)
        if not len(samples):
            return np.zeros((0, DIM), np.float32)
        with torch.inference_mode():
            out = self._module(self._mel(samples))
        return unit_rows(to_numpy(out), self._id)

    def mel_of(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-mel pictures of samples (n, samples) of any length: (n, bands, columns)."""
        with torch.inference_mode():
            return to_numpy(self._mel(samples))

    def _mel(self, samples: NDArray[np.float32]) -> Tensor:
        batch = torch.from_numpy(np.ascontiguousarray(samples)).to(self._device)
        mel: Tensor = self._model.audio_branch.mel(batch)
        return mel

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """See ``SoundEncoder``."""
        if not prompts:
            return np.zeros((0, DIM), np.float32)
        with torch.inference_mode():
            out = self._model.get_text_embedding({"input_ids": self._tokens(prompts)})
        return unit_rows(to_numpy(out), self._id)

    def text_rows(self, prompts: Sequence[str]) -> Tensor:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        branch = self._model.text_branch

        def run(x: Tensor, attn_mask: Tensor) -> Tensor:
            out: Tensor = branch(x.permute(1, 0, 2), attn_mask=attn_mask).permute(1, 0, 2)
            return out

        return causal_rows(self._model, run, self._tokens(prompts))

    def _tokens(self, prompts: Sequence[str]) -> Tensor:
        tokens = vocabulary.tokenizer()([prompt.strip().rstrip(".!") for prompt in prompts])
        placed: Tensor = tokens.to(self._device)
        return placed

    @property
    def words(self) -> nn.Module:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        return word_embedding(self._model)

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        """See ``SoundEncoder``."""
        return unknown_words("sound", prompts)


def load_embedded_sound(
    *,
    device: str = "cpu",
    threads: int | None = None,
    weights: Path = WEIGHTS_FILE,
    running: Running = PLAIN,
) -> EmbeddedSound:
    """Open the shipped sound model in torch.

    Raises:
        MissingModelError: the package was built without its weights.
        DamagedModelError: the file is not readable or does not fit the architecture.
        DeviceError: no such device.
    """
    runtime, choice = open_runtime(device, threads, running)
    model_id = embedded_names.sound_id(weights)
    model = build_sound()
    load_strictly(model, weights, load_file)
    placed: Any = place(model, runtime)
    placed.audio_branch.prepare_to_run()
    placed.audio_branch.single_front()
    return EmbeddedSound(placed, choice.names(model_id), runtime, running)
