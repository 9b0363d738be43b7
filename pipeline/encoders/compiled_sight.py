"""A sight encoder whose picture tower OpenVINO runs; torch opens only what else is asked for.

Texts are embedded once and kept, so a line whose words are known starts without torch: in a second
or two instead of ten, and with a third of the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import SightEncoder, check_pixels
from pipeline.encoders.movement_reading import MovementReading
from pipeline.encoders.opened_once import OpenedOnce
from pipeline.encoders.pictures import Pictures
from pipeline.encoders.towers import Tower

if TYPE_CHECKING:
    from torch import Tensor, nn


class TorchSight(SightEncoder, Protocol):
    """What the same model offers in torch."""

    def picture_module(self) -> nn.Module:
        """uint8 (n, H, W, 3) to rows (n, dim)."""
        ...

    def patches_of(self, pixels: NDArray[np.uint8]) -> NDArray[np.float16]:
        """The patches of ``encode_with_patches`` alone."""
        ...

    def text_rows(self, prompts: Sequence[str]) -> Tensor:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        ...

    @property
    def words(self) -> nn.Module:
        """See ``pipeline.encoders.text_tower.TextTower``."""
        ...


class SightFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a sight model without its weights."""

    size: tuple[int, int]
    dim: int
    logit_scale: float
    patch_id: str


class SightSource:
    """A sight model on its way to OpenVINO; see ``openvino_tower.TowerSource``.

    Args:
        name: the model's identity.
        transformer: whether its tower is one.
        keep: first convolutions that are not quantised.
        open_torch: opens the model in torch, in single precision on the CPU; asked once.
    """

    dtype = np.uint8

    def __init__(
        self,
        name: str,
        transformer: bool,
        keep: int,
        open_torch: Callable[[], TorchSight],
    ) -> None:
        self.name = name
        self.transformer = transformer
        self.keep = keep
        #: The model in torch. People's texts may ask for it while the line does.
        self.torch = OpenedOnce(open_torch)

    def module(self) -> Any:
        """See ``TowerSource``."""
        return self.torch().picture_module()

    def samples(self, n: int) -> Iterable[NDArray[np.uint8]]:
        """See ``TowerSource``: scenes of the generator, quiet and otherwise."""
        from pipeline.encoders.calibration_items import some_pictures

        return (one[None] for one in some_pictures(n, self.torch().image_size))

    def facts(self) -> dict[str, Any]:
        """See ``TowerSource``."""
        model = self.torch()
        told = SightFacts(model.image_size, model.dim, model.logit_scale, model.patch_id)
        plain: dict[str, Any] = msgspec.to_builtins(told)
        return plain

    @property
    def shape(self) -> tuple[int, ...]:
        """See ``TowerSource``."""
        return (*self.torch().image_size, 3)

    @property
    def partial(self) -> tuple[int, ...]:
        """See ``TowerSource``."""
        return self.shape


class CompiledSight(Pictures):
    """``SightEncoder`` over a tower of OpenVINO's.

    Args:
        tower: takes uint8 (n, H, W, 3).
        model_id: identity of its vectors.
        facts: of the model.
        source: opens the model in torch.
        movement: reads how pictures moved; None: it was trained on stills.
        unknown: words of prompts that the model never met.
    """

    def __init__(
        self,
        tower: Tower,
        model_id: str,
        facts: SightFacts,
        source: SightSource,
        movement: MovementReading | None,
        unknown: Callable[[Sequence[str]], list[str]],
    ) -> None:
        super().__init__(tower, model_id, facts.size, facts.dim)
        self._facts = facts
        self._source = source
        self._movement = movement
        self._unknown = unknown

    @property
    def logit_scale(self) -> float:
        """See ``SightEncoder``."""
        return self._facts.logit_scale

    @property
    def patch_shape(self) -> tuple[int, int, int]:
        """See ``SightEncoder``. Opens the model in torch."""
        return self._source.torch().patch_shape

    @property
    def patch_id(self) -> str:
        """See ``SightEncoder``: torch makes them in whatever precision the tower runs."""
        return self._facts.patch_id

    def encode_with_patches(
        self, pixels: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        """See ``SightEncoder``. Opens the model in torch, which works while OpenVINO does."""
        check_pixels(pixels, self._size)
        if not len(pixels):
            return np.zeros((0, self._dim), np.float32), np.zeros(
                (0, *self.patch_shape), np.float16
            )
        pending = self.begin(pixels)
        patches = self._source.torch().patches_of(pixels)
        return pending.result(), patches

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
        """See ``SightEncoder``. Opens the model in torch."""
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
        """See ``SightEncoder``."""
        return self._unknown(prompts)
