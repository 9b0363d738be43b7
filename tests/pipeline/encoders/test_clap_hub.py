"""A LAION CLAP checkpoint, full size, in its public layout, on its way through the store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from pipeline.encoders import open_sound
from pipeline.encoders.checkpoints import WrongModelError, read_safetensors
from pipeline.encoders.clap_hub import (
    FRONT,
    TokenizerError,
    build_clap,
    check_front,
    open_tokenizer,
    single_front,
)
from pipeline.encoders.clip_hub import UnknownModelError
from pipeline.encoders.pull import pull
from pipeline.encoders.store import PinnedError, verify
from pipeline.log_mel import RollingMel
from tests.pipeline.encoders.heard import hold_against

NAME = "630k-audioset-best"
_DATA = Path(os.environ.get("HEARSIGHT_DATA", Path(__file__).parents[4] / "shared" / "data"))
TOKENIZER = _DATA / "tokenizers" / "roberta-base"
needs_tokenizer = pytest.mark.skipif(
    not (TOKENIZER / "tokenizer.json").is_file(),
    reason="no tokenizers/roberta-base: set HEARSIGHT_DATA",
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Random weights as the public file keeps them: wrapped, prefixed, one derived buffer more."""
    path = tmp_path_factory.mktemp("clap") / f"{NAME}.pt"
    torch.manual_seed(0)
    state = {f"module.{key}": value for key, value in build_clap().state_dict().items()}
    state["module.text_branch.embeddings.position_ids"] = torch.arange(514)[None]
    torch.save({"epoch": 45, "name": "x", "best": np.float64(0.9), "state_dict": state}, path)
    yield path
    path.unlink()


@pytest.mark.promise("security 10")
@needs_tokenizer
def test_a_public_checkpoint_is_pulled_pinned_loaded_and_embeds(
    checkpoint: Path, tmp_path: Path
) -> None:
    entry = pull(NAME, file=checkpoint, tokenizer=TOKENIZER, models_dir=tmp_path)
    assert entry.installed
    assert entry.kind == "sound"
    assert verify(NAME, models_dir=tmp_path)[0].ok

    encoder = open_sound(NAME, models_dir=tmp_path)
    assert encoder.model_id == f"{NAME}@{entry.sha256[:12]}"
    assert encoder.window_s == 10.0
    rng = np.random.default_rng(0)
    noise = rng.uniform(-0.5, 0.5, (1, 240_000)).astype(np.float32)
    sounds = encoder.encode_sounds(noise)
    mel = RollingMel(encoder.front).whole(np.tile(noise[0], 2))
    assert float(encoder.encode_mel(mel[None])[0] @ sounds[0]) > 0.9999
    texts = encoder.encode_texts(["people fighting", "a dog barking"])
    assert sounds.shape == (1, 512)
    assert texts.shape == (2, 512)
    np.testing.assert_allclose(np.linalg.norm(np.vstack([sounds, texts]), axis=1), 1, rtol=1e-5)
    assert not np.allclose(texts[0], texts[1])
    assert encoder.unknown_words(["xylophone"]) == []

    stored = read_safetensors(tmp_path / f"{NAME}.safetensors")
    assert "text_branch.embeddings.position_ids" not in stored
    assert not [key for key in stored if key.startswith("module.")]

    # The same name with other weights is not taken without a word.
    other = tmp_path / "other.pt"
    torch.save({"state_dict": {"module.x": torch.zeros(1)}}, other)
    with pytest.raises(PinnedError, match="models remove"):
        pull(NAME, file=other, models_dir=tmp_path)
    for path in tmp_path.glob("*.safetensors"):
        path.unlink()


def test_another_architecture_is_refused_by_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "clap.pt"
    torch.save({"state_dict": {"module.audio_branch.conv.weight": torch.zeros(1)}}, path)
    with pytest.raises(WrongModelError, match=r"HTSAT-tiny.*missing"):
        pull(NAME, file=path, models_dir=tmp_path)
    assert not list(tmp_path.glob("*.safetensors"))


def test_a_name_that_no_checkpoint_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match="630k-audioset-best"):
        pull("clap-9000", models_dir=tmp_path)


def test_workers_compute_the_front_that_comes_with_the_weights_or_it_is_refused() -> None:
    model = single_front(build_clap().eval())
    branch: Any = model.audio_branch

    def own(window: NDArray[np.float32]) -> NDArray[np.float32]:
        rounded = (window * 32767.0).astype(np.int16)
        with torch.inference_mode():
            given = torch.from_numpy(rounded).float()[None] / 32767.0
            mel = branch.logmel_extractor(branch.spectrogram_extractor(given))
        out: NDArray[np.float32] = mel[0, 0].numpy().T
        return out

    # In decibels.
    hold_against(FRONT, own, 0.01)
    check_front(model, torch.device("cpu"))
    branch.logmel_extractor.melW.mul_(1.2)
    with pytest.raises(WrongModelError, match=r"0\.79 dB apart"):
        check_front(model, torch.device("cpu"))


def test_half_precision_keeps_the_spectrogram_finite() -> None:
    """What a GPU runs: digital silence must not become minus infinity."""
    model = single_front(build_clap().eval().half())
    with torch.inference_mode():
        mel = model.audio_branch.logmel_extractor(  # type: ignore[operator, union-attr]
            model.audio_branch.spectrogram_extractor(torch.zeros(1, 48_000))  # type: ignore[operator, union-attr]
        )
    assert mel.dtype == torch.float16
    assert torch.isfinite(mel).all()


@needs_tokenizer
def test_the_real_tokenizer_is_accepted() -> None:
    assert list(open_tokenizer(TOKENIZER)("people fighting")["input_ids"]) == [0, 11970, 2190, 2]


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match="models pull"):
        open_tokenizer(tmp_path)


def test_a_tokenizer_of_five_entries_is_refused(tmp_path: Path) -> None:
    """transformers opens it without an error, and every prompt would look alike."""
    words = '{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 4}'
    (tmp_path / "vocab.json").write_text(words)
    (tmp_path / "merges.txt").write_text("#version: 0.2\n")
    with pytest.raises(TokenizerError, match="5 entries instead of 50,265"):
        open_tokenizer(tmp_path)
