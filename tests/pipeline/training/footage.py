"""A data folder with small clips where the real sets would be."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from pipeline.training.real_sight import FOOTAGE


def film(path: Path, seconds: float, grey: int) -> None:
    """A grey clip at 10 frames a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(round(seconds * 10)):
            picture = np.full((48, 64, 3), grey, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts = k
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def make_footage(folder: Path) -> Path:
    """One clip where each pattern looks, and a brighter one of the test part beside."""
    fights = folder / "video/surveillance-fight"
    film(fights / "fight/fi001.mp4", 1.0, 50)
    film(fights / "fight/fi011.mp4", 1.0, 250)
    film(fights / "noFight/nofi002.mp4", 0.5, 100)
    for footage in FOOTAGE:
        if footage.dataset == "intel":
            film(folder / footage.pattern, 0.3, 150)
    return folder
