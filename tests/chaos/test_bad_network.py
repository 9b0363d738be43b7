"""Five of a hundred packets get lost and each is up to 200 ms late, over TCP and over UDP."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Camera
from pipeline.simulate import Weather, serve
from pipeline.sources import Decoded, Discontinuity, Picture, SourcePlan, open_source
from tests.pipeline.sources.damaged import HEIGHT, WIDTH, film_of, shown

SECONDS = 8.0
WEATHER = Weather(loss=0.05, jitter_s=0.2)


class Seen(threading.Thread):
    """What one camera shows in so many seconds; ``whole`` are the pictures that it made."""

    def __init__(self, url: str, transport: str, whole: set[bytes]) -> None:
        super().__init__(name=f"{transport} {url}")
        settings = {"url": url, "transport": transport, "audio": "off"}
        camera = Camera.model_validate({**settings, "sample_fps": 30, "decode": "all"})
        self._source = open_source(SourcePlan("yard", camera, (HEIGHT, WIDTH), False))
        self._whole = whole
        self.told: Counter[str] = Counter()
        self.ended_by: Exception | None = None

    def run(self) -> None:
        began = time.monotonic()
        items = self._source.run()
        try:
            for item in items:
                if isinstance(item, Picture):
                    whole = item.views["whole"].tobytes() in self._whole
                    self.told["shown" if whole else "damaged and shown"] += 1
                elif isinstance(item, Decoded):
                    self.told["withheld"] += item.damaged
                elif isinstance(item, Discontinuity):
                    self.told["jumps"] += 1
                if time.monotonic() - began > SECONDS:
                    return
        except Exception as error:  # noqa: BLE001 - looked at by the test
            self.ended_by = error
        finally:
            items.close()  # type: ignore[attr-defined]


@pytest.mark.promise("fault 7")
def test_no_damaged_picture_is_shown_and_the_connection_holds(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    films = {
        name: film_of(tmp_path / f"{name}.mp4", codec, seconds=3.0, gop=10)
        for name, codec in (("h264", "libx264"), ("h265", "libx265"))
    }
    whole = {
        name: {pixels.tobytes() for pixels in shown(film).values()} for name, film in films.items()
    }
    with serve(films) as camera:
        networks = [camera.set_weather(name, WEATHER) for name in films]
        every = {
            (name, transport): Seen(camera.url(name), transport, whole[name])
            for name in films
            for transport in ("tcp", "udp")
        }
        for seen in every.values():
            seen.start()
        for seen in every.values():
            seen.join(60)
            assert not seen.is_alive()
    assert sum(network.lost for network in networks) > 20
    total: Counter[str] = Counter()
    for which, seen in every.items():
        assert seen.ended_by is None, (which, seen.ended_by)
        assert seen.told["damaged and shown"] == 0, (which, seen.told)
        assert seen.told["withheld"] > 0, (which, seen.told)
        assert seen.told["shown"] > 0, (which, seen.told)
        assert seen.told["jumps"] == 0, (which, seen.told)
        total += seen.told
    record_property(
        "measured",
        f"5 % lost, 200 ms late, TCP and UDP, H.264 and H.265: {total['shown']} pictures shown, 0 "
        f"damaged; {total['withheld']} withheld and counted; no reconnect",
    )
