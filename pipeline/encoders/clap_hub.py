"""LAION CLAP checkpoints (Wu et al. 2023) through laion_clap's own model classes."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders.base import EncoderError, check_samples, unit_rows
from pipeline.encoders.checkpoints import WrongModelError, check_keys, read_safetensors
from pipeline.encoders.clap_import import clap_model_module
from pipeline.encoders.running import PLAIN, Running
from pipeline.encoders.sounds import Sounds
from pipeline.encoders.text_tower import word_embedding
from pipeline.encoders.torch_common import Runtime, open_runtime, place, to_numpy
from pipeline.encoders.torch_towers import torch_tower
from pipeline.log_mel import RATE, MelFront, RollingMel

_WINDOW = 480_000
WINDOW_S = _WINDOW / RATE
#: HTSAT's front as LAION's checkpoints have it: torchlibrosa's, in decibels of power.
FRONT = MelFront(
    window=_WINDOW,
    fft=1024,
    hop=480,
    bands=64,
    low_hz=50.0,
    high_hz=14_000.0,
    mel="slaney",
    edges="mirror",
    closing=True,
    scale=1.0,
    floor=1e-10,
    floor_added=False,
    gain=10.0 / math.log(10.0),
    offset=0.0,
    sixteen_bit=True,
)
#: Half precision rounds a decibel that much, at most.
_APART_DB = 0.1
#: Entries of RoBERTa's vocabulary: a tokenizer of another size is not what CLAP was trained with.
VOCABULARY = 50_265
#: A buffer that older transformers kept in checkpoints; the model makes its own.
_DERIVED = "text_branch.embeddings.position_ids"
#: RoBERTa reads ``</s>`` and padding by these numbers.
_END, _PAD, _LENGTH = 2, 1, 77
#: What the tokenizer is built from. A ``tokenizer.json`` beside them is not read: copies of it go
#: about whose vocabulary is longer than the model's table.
TOKENIZER_FILES = ("vocab.json", "merges.txt")


class TokenizerError(EncoderError):
    """The tokenizer of a CLAP checkpoint is absent or not RoBERTa's."""


def build_clap() -> nn.Module:
    """HTSAT-tiny and RoBERTa-base with random weights, without touching the model hub."""
    clap = clap_model_module()
    from transformers import RobertaConfig, RobertaModel

    written = Path(str(clap.__file__)).parent / "model_configs" / "HTSAT-tiny.json"
    config: dict[str, Any] = json.loads(written.read_text("utf-8"))
    # CLAP's constructor fetches RoBERTa by name. A CLIP-style text tower of the least size takes
    # its place until the right one, built from a config, is put there.
    text = {"context_length": 4, "vocab_size": 4, "width": 4, "heads": 1, "layers": 1}
    with warnings.catch_warnings():
        # HTSAT calls torch.meshgrid the way older versions of torch wanted it.
        warnings.filterwarnings("ignore", message="torch.meshgrid")
        model: Any = clap.CLAP(
            embed_dim=config["embed_dim"],
            audio_cfg=config["audio_cfg"],
            text_cfg={**text, "model_type": "transformer"},
        )
    for name in ("token_embedding", "positional_embedding", "ln_final"):
        delattr(model, name)
    model.text_branch = RobertaModel(
        RobertaConfig(
            vocab_size=VOCABULARY,
            max_position_embeddings=514,
            type_vocab_size=1,
            layer_norm_eps=1e-5,
        )
    )
    model.text_branch_type = "roberta"
    joint = model.joint_embed_shape
    model.text_projection = nn.Sequential(nn.Linear(768, joint), nn.ReLU(), nn.Linear(joint, joint))
    built: nn.Module = model
    return built


def clap_state(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The public checkpoint's tensors as the model takes them, names and shapes checked.

    Raises:
        WrongModelError: the checkpoint is of another architecture.
    """
    kept = {key: value for key, value in state.items() if key != _DERIVED}
    check_keys(
        kept, build_clap().state_dict(), "a LAION CLAP with HTSAT-tiny and RoBERTa (no fusion)"
    )
    return kept


def open_tokenizer(folder: Path) -> Any:
    """RoBERTa's tokenizer from local files, proven to be that.

    transformers answers a folder without files with a tokenizer of five tokens and no error; every
    prompt then becomes the same, and every score meaningless.

    Raises:
        TokenizerError: files are absent, the vocabulary is not 50,265 entries, or a known text
            does not split as it must.
    """
    missing = [name for name in TOKENIZER_FILES if not (folder / name).is_file()]
    if missing:
        raise TokenizerError(
            f"{folder} lacks {' and '.join(missing)}: run `hearsight models pull` with a network, "
            f"or copy roberta-base's {' and '.join(TOKENIZER_FILES)} there"
        )
    from transformers import RobertaTokenizer

    vocabulary, merges = (str(folder / name) for name in TOKENIZER_FILES)
    loaded: Any = RobertaTokenizer(vocab=vocabulary, merges=merges)
    size = len(loaded)
    if size != VOCABULARY:
        raise TokenizerError(
            f"the tokenizer in {folder} has {size} entries instead of {VOCABULARY:,}: it is not "
            "roberta-base's, and every prompt would look alike. Put roberta-base's files there"
        )
    got = list(loaded("people fighting")["input_ids"])
    if got != [0, 11970, 2190, _END]:
        raise TokenizerError(
            f"the tokenizer in {folder} splits a known text into {got}: "
            "put roberta-base's files there"
        )
    return loaded


class _FromMel(nn.Module):
    """Log-mel (n, bands, columns) to rows (n, 512): HTSAT behind its own front."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.branch = model.audio_branch
        self.projection = model.audio_projection

    def forward(self, mel: Tensor) -> Tensor:
        """See the class."""
        branch = self.branch
        x = mel.transpose(1, 2).unsqueeze(1).to(branch.bn0.weight.dtype)
        x = branch.bn0(x.transpose(1, 3)).transpose(1, 3)
        heard = branch.forward_features(branch.reshape_wav2img(x))["embedding"]
        rows: Tensor = self.projection(heard)
        return rows


class ClapSound(Sounds):
    """``SoundEncoder`` over a LAION CLAP checkpoint: any English words.

    Args:
        model: as `build_clap` builds it, in its place and precision.
        tokenizer: RoBERTa's.
        model_id: identity of its vectors.
        runtime: where it stands.
        running: its batches, and whether torch may compile it for CUDA.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        model_id: str,
        runtime: Runtime,
        running: Running = PLAIN,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._device = runtime.device
        self._module = _FromMel(model).eval()
        tower = torch_tower(self._module, runtime, FRONT.shape, np.float32, running)
        super().__init__(tower, model_id, FRONT, 512, float(model.logit_scale_a.float().exp()))

    def mel_module(self) -> nn.Module:
        """Log-mel (n, bands, columns) to rows (n, dim)."""
        return self._module

    def encode_sounds(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``SoundEncoder``. Shorter windows are repeated up to 10 s, longer ones cut."""
        check_samples(samples)
        if not len(samples):
            return np.zeros((0, self.dim), np.float32)
        return self.encode_mel(self.mel_of(samples))

    def mel_of(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-mel pictures of samples (n, samples): (n, bands, columns)."""
        with torch.inference_mode():
            mel = _torch_front(self._model, samples, self._device)
        out: NDArray[np.float32] = np.ascontiguousarray(to_numpy(mel)[:, 0].transpose(0, 2, 1))
        return out

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """See ``SoundEncoder``."""
        if not prompts:
            return np.zeros((0, self.dim), np.float32)
        with torch.inference_mode():
            out = self.text_rows(prompts)
        return unit_rows(to_numpy(out), self._id)

    def text_rows(self, prompts: Sequence[str]) -> Tensor:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        tokens = self._tokenizer(
            list(prompts),
            padding="max_length",
            truncation=True,
            max_length=_LENGTH,
            return_tensors="pt",
        )
        rows: Tensor = self._model.get_text_embedding(
            {key: tokens[key] for key in ("input_ids", "attention_mask")}
        )
        return rows

    @property
    def words(self) -> nn.Module:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        return word_embedding(self._model)

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        """See ``SoundEncoder``: the vocabulary is open."""
        del prompts
        return []


def _torch_front(model: Any, samples: NDArray[np.float32], device: torch.device) -> Tensor:
    """The model's own log-mel picture of (n, samples): (n, 1, columns, bands)."""
    # The checkpoints were trained on sound that had passed through 16-bit files.
    rounded = (np.clip(_ten_seconds(samples), -1.0, 1.0) * 32767.0).astype(np.int16)
    batch = torch.from_numpy(rounded).to(device).float() / 32767.0
    branch = model.audio_branch
    mel: Tensor = branch.logmel_extractor(branch.spectrogram_extractor(batch))
    return mel


def check_front(model: Any, device: torch.device) -> None:
    """Hold the front that workers compute against the model's own, which comes with its weights.

    Raises:
        WrongModelError: they differ.
    """
    rng = np.random.default_rng(0)
    noise = (0.2 * rng.standard_normal(_WINDOW)).clip(-1, 1).astype(np.float32)
    with torch.inference_mode():
        own = _torch_front(model, noise[None], device).float().cpu().numpy()[0, 0].T
    apart = float(np.abs(RollingMel(FRONT).whole(noise) - own).max())
    if not apart < _APART_DB:
        raise WrongModelError(
            f"the checkpoint makes another log-mel picture than LAION's (up to {apart:.2g} dB "
            "apart): it was trained with other settings, and would hear nothing right"
        )


def _ten_seconds(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whole repeats, then zeros: how laion_clap fills short sounds ("repeatpad")."""
    length = samples.shape[1]
    if length >= _WINDOW:
        return samples[:, :_WINDOW]
    repeated = np.tile(samples, (1, _WINDOW // length))
    return np.pad(repeated, ((0, 0), (0, _WINDOW - repeated.shape[1])))


def load_clap(
    weights: Path,
    tokenizer: Path,
    model_id: str,
    *,
    device: str = "cpu",
    threads: int | None = None,
    running: Running = PLAIN,
) -> ClapSound:
    """Open a checkpoint that the model store keeps, in torch.

    Raises:
        TokenizerError, MissingModelError, DamagedModelError, WrongModelError, DeviceError,
        RuntimeChoiceError.
    """
    runtime, choice = open_runtime(device, threads, running)
    split = open_tokenizer(tokenizer)
    model = build_clap()
    state = read_safetensors(weights)
    check_keys(state, model.state_dict(), "a LAION CLAP with HTSAT-tiny and RoBERTa (no fusion)")
    model.load_state_dict(state, strict=True)
    placed = single_front(place(model, runtime))
    check_front(placed, runtime.device)
    return ClapSound(placed, split, choice.names(model_id), runtime, running)


def single_front(model: nn.Module) -> nn.Module:
    """Keep HTSAT's spectrogram in single precision: its floor of 1e-10 is zero in half."""
    branch: Any = model.get_submodule("audio_branch")
    dtype = branch.bn0.weight.dtype
    branch.spectrogram_extractor.float()
    branch.logmel_extractor.float()
    branch.logmel_extractor.register_forward_hook(lambda _module, _inputs, out: out.to(dtype))
    return model
