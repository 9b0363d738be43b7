"""A sound encoder whose tower OpenVINO runs; see `pipeline.encoders.compiled_sight`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import SoundEncoder, check_samples, unit_rows
from pipeline.encoders.opened_once import OpenedOnce
from pipeline.encoders.sounds import Sounds
from pipeline.encoders.towers import Tower
from pipeline.log_mel import MelFront, RollingMel

if TYPE_CHECKING:
    from torch import Tensor, nn


class TorchSound(SoundEncoder, Protocol):
    """What the same model offers in torch."""

    def mel_module(self) -> nn.Module:
        """Log-mel (n, bands, columns) to rows (n, dim)."""
        ...

    def mel_of(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-mel pictures of samples (n, samples) of any length that the model takes."""
        ...

    def text_rows(self, prompts: Sequence[str]) -> Tensor:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        ...

    @property
    def words(self) -> nn.Module:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        ...


class SoundFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a sound model without its weights."""

    front: MelFront
    dim: int
    logit_scale: float


class SoundSource:
    """A sound model on its way to OpenVINO; see ``openvino_tower.TowerSource``.

    Args:
        name: the model's identity.
        transformer: whether its tower is one.
        flexible: whether it takes windows of any length.
        keep: first convolutions that are not quantised.
        open_torch: opens the model in torch, in single precision on the CPU; asked once.
    """

    dtype = np.float32

    def __init__(
        self,
        name: str,
        transformer: bool,
        flexible: bool,
        keep: int,
        open_torch: Callable[[], TorchSound],
    ) -> None:
        self.name = name
        self.transformer = transformer
        self._flexible = flexible
        self.keep = keep
        #: The model in torch. People's texts may ask for it while the line does.
        self.torch = OpenedOnce(open_torch)

    def module(self) -> Any:
        """See ``TowerSource``."""
        return self.torch().mel_module()

    def samples(self, n: int) -> Iterable[NDArray[np.float32]]:
        """See ``TowerSource``: sounds of the generator, quiet and otherwise."""
        from pipeline.encoders.calibration_items import some_sounds

        front = self.torch().front
        mel = RollingMel(front)
        return (mel.whole(one)[None] for one in some_sounds(n, front.window))

    def facts(self) -> dict[str, Any]:
        """See ``TowerSource``."""
        model = self.torch()
        told = SoundFacts(model.front, model.dim, model.logit_scale)
        plain: dict[str, Any] = msgspec.to_builtins(told)
        return plain

    @property
    def shape(self) -> tuple[int, ...]:
        """See ``TowerSource``."""
        return self.torch().front.shape

    @property
    def partial(self) -> tuple[int, ...]:
        """See ``TowerSource``."""
        bands, columns = self.torch().front.shape
        return bands, -1 if self._flexible else columns


class CompiledSound(Sounds):
    """``SoundEncoder`` over a tower of OpenVINO's.

    Args:
        tower: takes float32 (n, bands, columns).
        model_id: identity of its vectors.
        facts: of the model.
        source: opens the model in torch.
        unknown: words of prompts that the model never met.
    """

    def __init__(
        self,
        tower: Tower,
        model_id: str,
        facts: SoundFacts,
        source: SoundSource,
        unknown: Callable[[Sequence[str]], list[str]],
    ) -> None:
        super().__init__(tower, model_id, facts.front, facts.dim, facts.logit_scale)
        self._source = source
        self._unknown = unknown
        self._mel = RollingMel(facts.front)

    def encode_sounds(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``SoundEncoder``. Windows of another length open the model in torch."""
        check_samples(samples)
        if not len(samples):
            return np.zeros((0, self._dim), np.float32)
        if samples.shape[1] == self._front.window:
            mel = np.stack([self._mel.whole(one) for one in samples])
        else:
            mel = self._source.torch().mel_of(samples)
        return unit_rows(self._tower.begin(mel).result(), self._id)

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """See ``SoundEncoder``. Opens the model in torch."""
        if not prompts:
            return np.zeros((0, self._dim), np.float32)
        return self._source.torch().encode_texts(prompts)

    def text_rows(self, prompts: Sequence[str]) -> Tensor:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        return self._source.torch().text_rows(prompts)

    @property
    def words(self) -> nn.Module:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        return self._source.torch().words

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        """See ``SoundEncoder``."""
        return self._unknown(prompts)
