"""Takes a camera's vital signs in its worker, after the masks: numpy and OpenCV, once a second."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.messages import Vitals
from pipeline.records import NS_PER_S, WHOLE_VIEW
from pipeline.sources.base import SAMPLE_RATE, Picture, Sound
from pipeline.sources.picture import Polygon, mask_pixels
from pipeline.vitals import PRINT, SILENCE_DB, PictureVitals, SoundVitals

#: Side of the grey picture that is measured, in pixels.
SIDE = 128
#: Seconds of stream time between two measurements of pictures.
EVERY_S = 1.0
#: Grey levels a pixel of the print above which there is an edge: a share of the contrast, so that
#: a dim picture has its edges too, within bounds, so that noise has few.
_EDGE, _EDGE_LOW, _EDGE_HIGH = 0.08, 0.7, 3.0
#: Share of the pixels whose edges say how sharp a picture is.
_STEEP = 0.05
_TENTH = SAMPLE_RATE // 10
#: A sample so near full scale is clipped.
_FULL_SCALE = 0.985
#: Scale of OpenCV's Scharr filter, whose directions are truer than those of plain differences.
_SCHARR = 32.0


class VitalsMeter:
    """Takes the vital signs of one camera; picture and sound may come from two threads.

    Args:
        camera: its name.
        masks: polygons in fractions of the picture's width and height.
    """

    def __init__(self, camera: str, masks: Sequence[Polygon] = ()) -> None:
        self._camera = camera
        self._picture = PictureMeter(masks)
        self._sound = SoundMeter()

    def see(self, picture: Picture) -> Vitals | None:
        """The vital signs of a picture; None while none are due."""
        taken = self._picture.take(picture.views[WHOLE_VIEW], picture.pts_ns)
        if taken is None:
            return None
        return Vitals(self._camera, picture.pts_ns, picture.captured_at, picture=taken)

    def hear(self, sound: Sound) -> Vitals | None:
        """The vital signs of the last second of sound; None until one is full."""
        taken = self._sound.take(sound)
        if taken is None:
            return None
        return Vitals(self._camera, sound.pts_ns, sound.captured_at, sound=taken)


class PictureMeter:
    """Measures one camera's pictures, at most once in `EVERY_S` of stream time.

    Args:
        masks: polygons in fractions of the picture's width and height.
    """

    def __init__(self, masks: Sequence[Polygon] = ()) -> None:
        self._masks = masks
        self._seen: dict[int, NDArray[np.bool_]] = {}
        self._before: NDArray[np.uint8] | None = None
        self._due_ns: int | None = None

    def take(self, pixels: NDArray[np.uint8], pts_ns: int) -> PictureVitals | None:
        """The numbers of a picture (H, W, 3) RGB; None while none is due."""
        period = round(EVERY_S * NS_PER_S)
        # What lies further ahead than a period was asked for before time jumped back.
        if self._due_ns is not None and 0 < self._due_ns - pts_ns <= period:
            return None
        # A tenth early is on time.
        self._due_ns = pts_ns + round(0.9 * period)
        return self.measure(pixels)

    def measure(self, pixels: NDArray[np.uint8]) -> PictureVitals:
        """The numbers of a picture (H, W, 3) RGB."""
        import cv2

        small = np.asarray(cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        seen = self._unmasked(SIDE)
        # Both are 0 where all is masked.
        mean, deviation = cv2.meanStdDev(grey, mask=seen.view(np.uint8))
        contrast = float(deviation[0, 0])
        changed = 1.0
        if self._before is not None and self._before.shape == pixels.shape:
            changed = float(np.count_nonzero(pixels != self._before)) / pixels.size
        self._before = pixels.copy()
        return PictureVitals(
            luma=float(mean[0, 0]),
            contrast=contrast,
            sharpness=_sharpness(grey, seen),
            colour=_colour(small, seen),
            changed=changed,
            print=self._print(grey, contrast),
        )

    def _print(self, grey: NDArray[np.float32], contrast: float) -> bytes:
        import cv2

        small = cv2.resize(grey, (PRINT, PRINT), interpolation=cv2.INTER_AREA)
        across = cv2.Scharr(small, cv2.CV_32F, 1, 0) / _SCHARR
        down = cv2.Scharr(small, cv2.CV_32F, 0, 1) / _SCHARR
        least = min(max(_EDGE * contrast, _EDGE_LOW), _EDGE_HIGH)
        strength, turn = cv2.cartToPolar(across, down)
        code = 1 + np.round((turn % math.pi) * (254 / math.pi)).astype(np.uint8)
        edges: NDArray[np.uint8] = np.where(strength > least, code, 0).astype(np.uint8)
        edges[~self._unmasked(PRINT)] = 0
        return edges.tobytes()

    def _unmasked(self, side: int) -> NDArray[np.bool_]:
        """Where no mask lies or borders, bool (side, side)."""
        if side not in self._seen:
            canvas = np.full((side, side, 3), 255, np.uint8)
            mask_pixels(canvas, self._masks, margin=2)
            self._seen[side] = canvas[..., 0] > 0
        return self._seen[side]


def _sharpness(grey: NDArray[np.float32], seen: NDArray[np.bool_]) -> float:
    """Of the steepest places alone, and what lies beside them: elsewhere there is but noise."""
    import cv2

    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=1)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=1)
    slope = np.where(seen, across * across + down * down, np.float32(0))
    rank = round((1 - _STEEP) * slope.size)
    steep = (slope >= np.partition(slope.ravel(), rank)[rank]) & seen
    beside = cv2.dilate(steep.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & seen
    bend = cv2.Laplacian(grey, cv2.CV_32F, ksize=1)[beside]
    # Plain pictures have no edges to be sharp.
    return math.log2((float(bend @ bend) + 1.0) / (float(slope[beside].sum()) / 4 + 1.0))


def _colour(pixels: NDArray[np.uint8], seen: NDArray[np.bool_]) -> float:
    """Mean spread of the colours of (H, W, 3) where bool (H, W) is set; 0 where it nowhere is."""
    import cv2

    red, green, blue = cv2.split(pixels)
    spread = cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue))
    return float(cv2.mean(spread, mask=seen.view(np.uint8))[0])


class SoundMeter:
    """Measures one camera's sound second by second."""

    def __init__(self) -> None:
        self._held: list[NDArray[np.float32]] = []
        self._samples = 0

    def take(self, sound: Sound) -> SoundVitals | None:
        """The numbers of a second and a little more, once so much was heard; None before."""
        self._held.append(sound.samples)
        self._samples += sound.samples.size
        if self._samples < SAMPLE_RATE:
            return None
        heard = self._held[0] if len(self._held) == 1 else np.concatenate(self._held)
        self.reset()
        return measure_sound(heard)

    def reset(self) -> None:
        """Forget a second that has begun."""
        self._held, self._samples = [], 0


def measure_sound(samples: NDArray[np.float32]) -> SoundVitals:
    """The numbers of float32 (n,) mono 48 kHz in [-1, 1], n at least a tenth of a second."""
    # The offset is that of the whole, not of each tenth: a slow wave is still a wave.
    centred = samples - np.float32(samples.mean(dtype=np.float64))
    tenths = centred[: centred.size // _TENTH * _TENTH].reshape(-1, _TENTH)
    powers = np.einsum("ij,ij->i", tenths, tenths) / _TENTH
    return SoundVitals(
        level_db=_db(float(powers.mean())),
        quietest_db=_db(float(powers.min())),
        loudest_db=_db(float(powers.max())),
        clipped=_clipped(samples),
    )


def _clipped(samples: NDArray[np.float32]) -> float:
    """The part of the samples that are clipped; of most sound none is."""
    if samples.max() < _FULL_SCALE and samples.min() > -_FULL_SCALE:
        return 0.0
    return float((np.abs(samples) >= _FULL_SCALE).mean())


def _db(power: float) -> float:
    return max(SILENCE_DB, 10 * math.log10(power + 1e-13))
