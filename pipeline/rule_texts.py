"""The texts of changed rules: those embedded already come from disk, the rest is asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Site
from pipeline.messages import ModelInfo, ModelsReady
from pipeline.prompts import prompts_of
from pipeline.records import Modality
from pipeline.text_requests import MOST_TEXTS, EmbeddedTexts, TextsNotEmbedded


class Embeds(Protocol):
    """Has texts embedded, see `pipeline.text_requests.TextRequests`."""

    async def embed(self, sense: Modality, texts: Sequence[str]) -> EmbeddedTexts:
        """Embed at most `MOST_TEXTS` texts. Raises TextsNotEmbedded."""
        ...


async def with_texts(models: ModelsReady, site: Site, encoder: Embeds, *, name: str) -> ModelsReady:
    """The models with every text of ``site`` embedded, in files of their own.

    Args:
        models: as they are, with the texts that are known.
        site: whose rules are asked for.
        encoder: embeds what is new, a few texts at a time between two batches of its own.
        name: of the files; those of an earlier call with it are replaced.

    Raises:
        TextsNotEmbedded: the encoder cannot, or another model answered.
        OSError: a file cannot be read or written.
    """
    see, hear = prompts_of(site)
    sight = await _with(models.sight, Modality.VIDEO, see, encoder, name)
    sound = await _with(models.sound, Modality.AUDIO, hear, encoder, name)
    return msgspec.structs.replace(models, sight=sight, sound=sound)


async def _with(
    info: ModelInfo | None, sense: Modality, texts: Sequence[str], encoder: Embeds, name: str
) -> ModelInfo | None:
    if info is None:
        return None
    rows = _known(Path(info.texts_path))
    fresh = [text for text in texts if text not in rows]
    unknown = dict.fromkeys(info.unknown_words)
    for begin in range(0, len(fresh), MOST_TEXTS):
        some = fresh[begin : begin + MOST_TEXTS]
        answer = await encoder.embed(sense, some)
        if answer.model_id != info.model_id:
            raise TextsNotEmbedded("the models changed meanwhile: ask again")
        rows |= zip(some, answer.vectors, strict=True)
        unknown |= dict.fromkeys(answer.unknown_words)
    stem = info.model_id.replace("/", "_")
    path = Path(info.texts_path).with_name(f"{stem}.{name}-texts.npz")
    _write(path, texts, np.stack([rows[text] for text in texts]) if texts else None, info.dim)
    return msgspec.structs.replace(info, texts_path=str(path), unknown_words=list(unknown))


def _known(path: Path) -> dict[str, NDArray[np.float32]]:
    with np.load(path) as saved:
        return dict(zip(saved["prompts"].tolist(), saved["vectors"], strict=True))


def _write(path: Path, texts: Sequence[str], rows: NDArray[np.float32] | None, dim: int) -> None:
    vectors = np.zeros((0, dim), np.float32) if rows is None else rows.astype(np.float32)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("wb") as file:
        np.savez(file, prompts=np.array(texts, dtype=str), vectors=vectors)
    partial.replace(path)
