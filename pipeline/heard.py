"""What the sound model hears now, in words: of all that it was asked about, what fits best."""

from __future__ import annotations

import numpy as np

from pipeline.records import Embedding, Modality
from pipeline.text_space import TextSpace

#: A text that gets less than this of all belief (a softmax over the texts) is not told.
_TELLING = 0.2


class Heard:
    """Remembers, for each camera, the text that its newest sound comes closest to.

    It is told to people beside the scores, and decides nothing.

    Args:
        space: of the sound model; None: nobody hears.
    """

    def __init__(self, space: TextSpace | None) -> None:
        self._texts = list(space.texts) if space else []
        self._rows = (
            np.stack([space.texts[t] for t in self._texts]) if space and self._texts else None
        )
        self._scale = space.logit_scale if space else 0.0
        self._words: dict[str, str] = {}

    def take(self, item: Embedding) -> None:
        """A sound was embedded; pictures are passed over."""
        if item.modality is not Modality.AUDIO or self._rows is None:
            return
        logits = self._scale * (self._rows @ item.vector)
        belief = np.exp(logits - logits.max())
        belief /= belief.sum()
        best = int(belief.argmax())
        self._words[item.camera] = self._texts[best] if belief[best] >= _TELLING else ""

    def words(self, camera: str) -> str:
        """The text; empty where nothing fits, or nothing was heard yet."""
        return self._words.get(camera, "")
