"""A real site is reloaded: the camera that did not change goes on, picture by picture."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.archive import FOLDER, ArchiveReader
from pipeline.bench.running import Plan, running
from pipeline.records import NS_PER_S, Embedding, Modality
from pipeline.simulate import serve
from sinks.console.line_client import LineClient, OrderRefused
from tests.pipeline.simulate.clips import make_clip

OPTIONS = {"audio": "score", "sample_fps": 2, "gate": False, "decode": "all"}
RULES = {"fire": {"see": ["a fire with flames and smoke"], "hear": ["a fire alarm is ringing"]}}


async def reload(state: Path) -> dict[str, Any]:
    async with LineClient(state) as line:
        return await line.reload()


@pytest.mark.long
def test_one_camera_comes_another_leaves_and_the_third_misses_no_picture(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=8.0)
    names = ("yard", "gate", "hall")
    with serve(dict.fromkeys(names, clip)) as cameras:
        options = {name: {"url": cameras.url(name), **OPTIONS} for name in names}
        plan = Plan({name: options[name] for name in ("yard", "gate")}, per_worker=1, rules=RULES)
        with running(plan, tmp_path) as site:
            state = tmp_path / "state"

            def scored(camera: str, sense: str = "video") -> float:
                name = "hearsight_stream_seconds_total"
                return site.metrics().sum(name, camera=camera, modality=sense)

            site.wait(lambda: min(scored("yard"), scored("gate")) > 6, "scores")
            before = site.metrics()
            path = tmp_path / "site.yaml"
            file = yaml.safe_load(path.read_text())
            file["cameras"] = {name: options[name] for name in ("yard", "hall")}
            file["rules"]["glass"] = {"hear": ["breaking glass"]}
            good = yaml.safe_dump(file)

            path.write_text(good.replace("sample_fps: 2", "sample_fps: -2"))
            with pytest.raises(OrderRefused, match=r"site\.yaml:\d+: cameras\.yard\.sample_fps"):
                asyncio.run(reload(state))
            path.write_text(good)
            told = asyncio.run(reload(state))

            assert (told["added"], told["removed"], told["changed"]) == (["hall"], ["gate"], [])
            at = scored("yard")
            site.wait(lambda: scored("hall") > 5 and scored("hall", "audio") > 5, "the new camera")
            site.wait(lambda: scored("yard") > at + 5, "the old camera")
            after = site.metrics()
    for metrics in (before, after):
        assert metrics.sum("hearsight_stream_reconnects_total", camera="yard") == 0
        assert metrics.sum("hearsight_process_restarts_total") == 0
    assert after.sum("hearsight_dropped_total") == before.sum("hearsight_dropped_total")
    assert ("gate",) not in after.by_labels("hearsight_camera_up", "camera")
    ends = seen(tmp_path / "state", "yard")
    assert ends[-1] - ends[0] > 10 * NS_PER_S
    assert max(later - before for before, later in pairwise(ends)) < NS_PER_S


def seen(state: Path, camera: str) -> list[int]:
    """The stream times of a camera's embedded pictures, of one run of the site, nanoseconds."""
    archive = ArchiveReader(state / FOLDER)
    (model,) = {s.model for s in archive.spaces if s.modality is Modality.VIDEO}
    items = archive.items(camera, {Modality.VIDEO: model})
    return [item.pts_ns for item in items if isinstance(item, Embedding)]
