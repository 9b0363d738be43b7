"""Where a camera stands: how large and how foreshortened a thing at a point of the ground is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class View:
    """A camera above flat ground, in scene units (see ``canvas``)."""

    #: Height of the horizon in the picture; below 0 where the camera looks steeply down.
    horizon: float
    #: Height of a person of 1.75 m whose feet touch the lower edge of the picture.
    near: float

    def scale(self, y: float) -> float:
        """Height in the picture of a person who stands with the feet at ``y``."""
        return self.near * max(0.02, (y - self.horizon) / (1.0 - self.horizon))

    def tilt(self, y: float) -> float:
        """Sine of the angle at which the ground at ``y`` is seen: 0 along it, 1 from above."""
        return float(np.clip(0.14 + 0.75 * (y - max(self.horizon, -0.2)) * 0.62, 0.12, 0.75))

    def ground(self, scale: float) -> float:
        """The ``y`` at which a standing person is ``scale`` high."""
        return self.horizon + scale / self.near * (1.0 - self.horizon)


def sample_view(rng: np.random.Generator) -> View:
    """A camera as people mount them: two to five metres up, looking a little down."""
    return View(float(rng.uniform(-0.15, 0.33)), float(rng.uniform(0.38, 0.66)))
