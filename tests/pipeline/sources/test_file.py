"""A media file is opened for what it says of itself, and read to its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from pipeline.config import Camera
from pipeline.sources import CameraUnreachable, Picture, SourcePlan, open_source
from tests.pipeline.simulate.clips import FPS, make_clip


def pictures(film: Path) -> list[float]:
    """When the pictures were shown that came of a file, in seconds."""
    camera = Camera.model_validate({"url": f"file:{film}", "pace": "fast", "sample_fps": 30})
    plan = SourcePlan("yard", camera, (16, 16), sound=False, packets=False)
    return [item.pts_ns / 1e9 for item in open_source(plan).run() if isinstance(item, Picture)]


@pytest.mark.parametrize(
    ("suffix", "decoded"), [(".mp4", False), (".mov", False), (".mkv", True), (".ts", True)]
)
def test_a_file_that_describes_itself_is_opened_without_decoding_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, decoded: bool
) -> None:
    """Two keyframes of 1080p take as long as a clip of half a minute takes elsewhere."""
    film = make_clip(tmp_path / f"film{suffix}", seconds=1.0)
    opened = av.open
    pixels: list[str | None] = []

    def watched(*args: Any, **options: Any) -> Any:
        container = opened(*args, **options)
        pixels.append(container.streams.video[0].codec_context.pix_fmt)
        return container

    monkeypatch.setattr(av, "open", watched)
    assert len(pictures(film)) == FPS
    # Only a decoder knows them.
    assert [known is not None for known in pixels] == [decoded]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_reordered_pictures_of_a_file_come_in_the_order_in_which_they_are_shown(
    tmp_path: Path, suffix: str
) -> None:
    film = make_clip(tmp_path / f"film{suffix}", seconds=2.0, sound=None, b_frames=2)
    shown = pictures(film)
    assert shown == sorted(shown)
    assert len(shown) == 2 * FPS


def test_a_file_that_only_begins_like_one_is_refused_with_what_to_do(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(100))
    with pytest.raises(CameraUnreachable, match=r"film.mp4 cannot be read .*check the path"):
        pictures(film)
