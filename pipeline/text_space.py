"""What the judge knows of a model: its texts, and what ordinary things look or sound like to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.messages import ModelInfo


@dataclass(frozen=True, slots=True)
class TextSpace:
    """One model's space: its texts and its ordinary embeddings."""

    model_id: str
    logit_scale: float
    #: Text to unit vector, float32 (d,).
    texts: Mapping[str, NDArray[np.float32]]
    #: float32 (m, d).
    background: NDArray[np.float32]
    #: Identity of what makes its patches; empty where it makes none.
    patch_id: str = ""

    @classmethod
    def of(cls, info: ModelInfo) -> Self:
        """Read what the encoder wrote. Raises OSError."""
        with np.load(info.texts_path) as saved:
            texts = dict(zip(saved["prompts"].tolist(), saved["vectors"], strict=True))
        background = np.load(info.background_path)
        return cls(info.model_id, info.logit_scale, texts, background, info.patch_id)
