"""A network that loses packets: what is shown of such a camera is what it made, to the last bit."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.config import Camera
from pipeline.simulate import Fault, serve
from pipeline.sources import Decoded, Picture, SourcePlan, open_source
from tests.pipeline.sources.damaged import HEIGHT, WIDTH, film_of, shown

SECONDS = 4.0
SPOKEN = {"libx264": "H.264", "libx265": "H.265"}


@pytest.mark.promise("fault 7")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("codec", SPOKEN)
def test_of_a_camera_that_loses_packets_no_damaged_picture_is_shown(
    tmp_path: Path, codec: str, transport: str, record_property: Callable[[str, object], None]
) -> None:
    film = film_of(tmp_path / "film.mp4", codec, seconds=3.0, gop=10)
    whole = {pixels.tobytes() for pixels in shown(film).values()}
    signs: Counter[str] = Counter()
    seen, withheld, bad = 0, 0, 0
    with serve({"yard": film}) as camera:
        settings = Camera.model_validate(
            {
                "url": camera.url("yard"),
                "transport": transport,
                "audio": "off",
                "sample_fps": 30,
                "decode": "all",
            }
        )
        source = open_source(SourcePlan("yard", settings, (HEIGHT, WIDTH), False))
        began: float | None = None
        for item in source.run():
            if isinstance(item, Picture):
                if began is None:
                    began = time.monotonic()
                    camera.set_fault("yard", Fault.LOSSY)
                seen += 1
                bad += item.views["whole"].tobytes() not in whole
                if time.monotonic() - began > SECONDS:
                    break
            elif isinstance(item, Decoded):
                withheld += item.damaged
                signs.update(item.signs)
    record_property(
        "measured",
        f"{SPOKEN[codec]} over {transport.upper()}: {seen} pictures shown, {bad} damaged, "
        f"{withheld} withheld",
    )
    assert bad == 0
    assert signs["lost"] > 0
    assert withheld > 0
    assert np.prod((HEIGHT, WIDTH)) > 0
