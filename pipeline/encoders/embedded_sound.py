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
from pipeline.encoders.base import check_mel, check_samples, unit_rows
from pipeline.encoders.clap_import import clap_model_module
from pipeline.encoders.embedded_files import load_strictly
from pipeline.encoders.mel import FRONT
from pipeline.encoders.sound_tower import OUT, SoundTower
from pipeline.encoders.text_tower import causal_rows, word_embedding
from pipeline.encoders.torch_common import open_runtime, place, to_numpy
from pipeline.encoders.words import unknown_words
from pipeline.log_mel import RATE, MelFront

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


class EmbeddedSound:
    """``SoundEncoder`` over the weights shipped in this package: a wide closed vocabulary."""

    def __init__(self, model: Any, model_id: str, device: torch.device):
        self._model = model
        self._device = device
        self._id = model_id
        self._scale = float(self._model.logit_scale_a.float().exp())

    @property
    def model_id(self) -> str:
        """See ``SoundEncoder``."""
        return self._id

    @property
    def window_s(self) -> float:
        """See ``SoundEncoder``."""
        return WINDOW_S

    @property
    def front(self) -> MelFront:
        """See ``SoundEncoder``."""
        return FRONT

    @property
    def dim(self) -> int:
        """See ``SoundEncoder``."""
        return DIM

    @property
    def logit_scale(self) -> float:
        """See ``SoundEncoder``."""
        return self._scale

    def encode_sounds(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``SoundEncoder``. Any length from 0.1 s; trained on 5 s."""
        check_samples(samples)
        return self._encode("waveform", samples)

    def encode_mel(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``SoundEncoder``."""
        check_mel(mel, FRONT)
        return self._encode("mel", mel)

    def _encode(self, kind: str, given: NDArray[np.float32]) -> NDArray[np.float32]:
        if not len(given):
            return np.zeros((0, DIM), np.float32)
        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(given)).to(self._device)
            out = self._model.get_audio_embedding([{kind: one} for one in batch])
        return unit_rows(to_numpy(out), self._id)

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
    *, device: str = "cpu", threads: int | None = None, weights: Path = WEIGHTS_FILE
) -> EmbeddedSound:
    """Open the shipped sound model.

    Raises:
        MissingModelError: the package was built without its weights.
        DamagedModelError: the file is not readable or does not fit the architecture.
        DeviceError: no such device.
    """
    runtime, _ = open_runtime(device, threads)
    model_id = embedded_names.sound_id(weights)
    model = build_sound()
    load_strictly(model, weights, load_file)
    placed: Any = place(model, runtime)
    placed.audio_branch.prepare_to_run()
    placed.audio_branch.single_front()
    return EmbeddedSound(placed, model_id, runtime.device)
