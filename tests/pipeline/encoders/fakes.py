"""Encoders without networks: enough of the interface for the modules around it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import check_mel
from pipeline.log_mel import MelFront


def row_of(text: str, dim: int) -> NDArray[np.float32]:
    """A unit row that depends on the text alone."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    row = np.random.default_rng(seed).normal(size=dim).astype(np.float32)
    out: NDArray[np.float32] = row / np.linalg.norm(row)
    return out


class Still:
    """Sight that reads no movement; its patches are the mean colours of a grid of nine."""

    reads_movement = False
    patch_shape = (3, 3, 3)
    patch_id = "colours@000000000000"

    def encode_images(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        raise NotImplementedError

    def encode_with_patches(
        self, pixels: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        rows, cols, _ = self.patch_shape
        cells = [
            [part.mean(axis=(1, 2)) / 255 for part in np.array_split(band, cols, axis=2)]
            for band in np.array_split(pixels, rows, axis=1)
        ]
        patches = np.moveaxis(np.array(cells, np.float16), 2, 0)
        return self.encode_images(pixels), patches

    def with_movement(
        self, rows: NDArray[np.float32], readings: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        del readings
        return rows


class FakeSight(Still):
    """Embeds a picture by its mean colour, and remembers which prompts it was asked for."""

    model_id = "fake@000000000000"
    image_size = (32, 32)
    dim = 8
    logit_scale = 10.0

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_images(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        rows = np.ones((len(pixels), self.dim), np.float32)
        rows[:, :3] += pixels.mean(axis=(1, 2)) / 255
        out: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return out

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += prompts
        return np.stack([row_of(prompt, self.dim) for prompt in prompts])

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        del prompts
        return []


#: A light front: 16 bands and 100 columns of a second.
FRONT = MelFront(
    window=48_000,
    fft=512,
    hop=480,
    bands=16,
    low_hz=40.0,
    high_hz=16_000.0,
    mel="htk",
    edges="zeros",
    closing=False,
    scale=1.0 / 512,
    floor=1e-7,
    floor_added=True,
    gain=0.25,
    offset=5.0,
    sixteen_bit=False,
)


class FakeSound:
    """Embeds a window by how loud its parts are."""

    model_id = "fake-sound@000000000000"
    window_s = 1.0
    front = FRONT
    dim = 8
    logit_scale = 10.0

    def encode_mel(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        check_mel(mel, FRONT)
        rows = mel.mean(axis=1)[:, :96].reshape(len(mel), self.dim, -1).mean(axis=2)
        out: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return out

    def encode_sounds(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        parts = samples.reshape(len(samples), self.dim, -1)
        rows = np.sqrt((parts**2).mean(axis=2)) + 1e-3
        out: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(
            np.float32
        )
        return out

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([row_of(prompt, self.dim) for prompt in prompts])

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        del prompts
        return []
