"""What varies between two looks at the same training item."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def augment_pictures(
    pixels: NDArray[np.uint8], cells: NDArray[np.uint16], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Mirror, crop, tint, brightness, contrast, blur and noise, each picture its own way.

    Args:
        pixels: uint8 (n, H, W, 3) RGB.
        cells: uint16 (n, rows, columns), a map of each picture, which moves with it.
        rng: what the changes are drawn from.
    """
    changed = [_picture(*pair, rng) for pair in zip(pixels, cells, strict=True)]
    return np.stack([one for one, _ in changed]), np.stack([where for _, where in changed])


def _picture(
    one: NDArray[np.uint8], cells: NDArray[np.uint16], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    side = one.shape[0]
    if rng.random() < 0.5:
        one, cells = one[:, ::-1], cells[:, ::-1]
    if rng.random() < 0.6:
        keep = rng.uniform(0.85, 1.0, 2)
        h, w = (keep * side).astype(int)
        top, left = rng.integers(0, side - h + 1), rng.integers(0, side - w + 1)
        one = cv2.resize(
            np.ascontiguousarray(one[top : top + h, left : left + w]), (side, side)
        ).astype(np.uint8, copy=False)
        rows, columns = cells.shape
        down = ((top + (np.arange(rows) + 0.5) * h / rows) * rows / side).astype(int)
        across = ((left + (np.arange(columns) + 0.5) * w / columns) * columns / side).astype(int)
        cells = cells[down][:, across]
    gain = rng.uniform(0.75, 1.25) * rng.uniform(0.9, 1.1, 3)
    shift = rng.uniform(-20, 20)
    work = one.astype(np.float32) * gain.astype(np.float32) + np.float32(shift)
    if rng.random() < 0.15:
        work = np.repeat(work.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.25:
        work = cv2.GaussianBlur(work, (0, 0), float(rng.uniform(0.4, 1.1))).astype(np.float32)
    if rng.random() < 0.3:
        work = work + rng.normal(0, rng.uniform(1, 7), work.shape).astype(np.float32)
    return np.clip(work, 0, 255).astype(np.uint8), cells


def augment_sounds(
    mel: NDArray[np.float32], labels: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Gain, tone colour, a turn in time, masked stripes, and a third of the batch mixed.

    A mix adds the power of another item of the batch, some decibels down, and takes over its
    labels as far as it can still be heard.

    Args:
        mel: float32 (n, 64, columns) as ``pipeline.encoders.mel`` scales it.
        labels: float32 (n, c).
        rng: what the changes are drawn from.
    """
    n, bands, columns = mel.shape
    natural = mel * np.float32(4.0) - np.float32(9.0)
    turn = rng.integers(0, columns, n)
    natural = np.stack([np.roll(one, int(k), axis=1) for one, k in zip(natural, turn, strict=True)])
    knots = rng.normal(0, 0.5, (n, 6))
    tone = np.stack([np.interp(np.linspace(0, 5, bands), np.arange(6), one) for one in knots])
    tone = tone + rng.normal(0, 1.0, (n, 1))
    natural = natural + tone[:, :, None].astype(np.float32)
    other = rng.permutation(n)
    mixed = rng.random(n) < 0.33
    down = rng.uniform(-1.0, 4.0, n)
    fainter = natural[other[mixed]] - down[mixed, None, None].astype(np.float32)
    natural[mixed] = np.logaddexp(natural[mixed], fainter)
    heard = np.clip(1.2 - 0.2 * down, 0.4, 1.0) * (mixed & (other != np.arange(n)))
    labels = np.maximum(labels, labels[other] * heard[:, None])
    out = (np.maximum(natural, np.float32(np.log(1e-7))) + np.float32(9.0)) / np.float32(4.0)
    for one in out:
        if rng.random() < 0.4:
            at, wide = int(rng.integers(0, bands - 8)), int(rng.integers(1, 8))
            one[at : at + wide] = one.min()
        if rng.random() < 0.3:
            at, wide = int(rng.integers(0, columns - 20)), int(rng.integers(2, 20))
            one[:, at : at + wide] = one.min()
    return out.astype(np.float32), labels.astype(np.float32)
