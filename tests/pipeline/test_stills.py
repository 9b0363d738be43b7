"""The thumbnail shows the moment of an incident; a heat map over it shows where it was unusual."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.config import Region
from pipeline.media import NothingHeld
from pipeline.media_folder import DiskFull
from pipeline.ring import Ring
from pipeline.sources.base import Packet
from pipeline.stills import heated, write_picture, write_thumbnail
from tests.pipeline.test_media import FPS, HEIGHT, WIDTH, A, S, V, camera, filmed, of, packets_of


def thumbnail(path: Path) -> NDArray[np.uint8]:
    with av.open(str(path)) as picture:
        pixels: NDArray[np.uint8] = next(picture.decode(video=0)).to_ndarray(format="rgb24")
    return pixels


def level(number: int) -> int:
    """How bright the film's picture ``number`` is (see `make_clip`)."""
    return 20 + number % 100


@pytest.mark.parametrize("b_frames", [0, 2], ids=["in order", "reordered"])
def test_the_thumbnail_is_the_picture_shown_at_its_moment(tmp_path: Path, b_frames: int) -> None:
    ring = Ring(60)
    for packet in filmed(tmp_path, sound=None, b_frames=b_frames):
        ring.put([packet])
    for number in (0, 3, 11, 24, 25, 37, 49):
        at_ns = number * S // FPS + S // 100
        write_thumbnail(tmp_path / "thumb.jpg", ring.cut(at_ns, at_ns), at_ns, camera())
        shown = thumbnail(tmp_path / "thumb.jpg")
        assert shown.shape == (HEIGHT, WIDTH, 3)
        assert shown.mean() == pytest.approx(level(number), abs=1.5), number


def test_masks_and_the_view_s_border_are_in_the_thumbnail(tmp_path: Path) -> None:
    packets = filmed(tmp_path, paint=lambda n: np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
    settings = camera(
        masks=[[[0, 0], [0.25, 0], [0.25, 0.25], [0, 0.25]]],
        regions={"door": {"left": 0.5, "top": 0.5, "width": 0.5, "height": 0.5}},
    )
    write_thumbnail(tmp_path / "thumb.jpg", packets, S, settings, "door")
    shown = thumbnail(tmp_path / "thumb.jpg").astype(int)
    assert shown[5:20, 5:30].max() < 40
    assert shown[90, 40].tolist() == pytest.approx([128] * 3, abs=12)
    red, green, blue = shown[HEIGHT // 2, WIDTH * 3 // 4]
    assert red > green > blue + 40, "an orange line"
    # Without a view, or with that of the whole picture, no line is drawn.
    for view in ("", "whole"):
        write_thumbnail(tmp_path / "plain.jpg", packets, S, settings, view)
        plain = thumbnail(tmp_path / "plain.jpg").astype(int)
        assert plain[HEIGHT // 2, WIDTH * 3 // 4].tolist() == pytest.approx([128] * 3, abs=12)


def test_a_large_picture_becomes_a_small_thumbnail(tmp_path: Path) -> None:
    film = tmp_path / "large.mkv"
    with av.open(str(film), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 1280, 962, "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((962, 1280, 3), np.uint8))))
        out.mux(stream.encode(None))
    write_thumbnail(tmp_path / "thumb.jpg", packets_of(film), 0, camera())
    assert thumbnail(tmp_path / "thumb.jpg").shape == (481, 640, 3)


def test_a_moment_before_all_that_is_held_gets_the_oldest_picture(tmp_path: Path) -> None:
    packets = [p for p in filmed(tmp_path) if p.pts_ns >= S]
    write_thumbnail(tmp_path / "thumb.jpg", packets, 0, camera())
    assert thumbnail(tmp_path / "thumb.jpg").mean() == pytest.approx(level(25), abs=1.5)


@pytest.mark.parametrize(
    "what_is_held",
    [
        lambda packets: [],
        lambda packets: of(packets, A),
        lambda packets: [p for p in of(packets, V) if not p.keyframe][:3],
    ],
    ids=["nothing", "only sound", "no keyframe"],
)
def test_without_a_picture_there_is_no_thumbnail(
    tmp_path: Path, what_is_held: Callable[[list[Packet]], list[Packet]]
) -> None:
    held = what_is_held(filmed(tmp_path, seconds=1.0))
    with pytest.raises(NothingHeld, match="no longer held"):
        write_thumbnail(tmp_path / "thumb.jpg", held, 0, camera())
    assert not (tmp_path / "thumb.jpg").exists()


def test_a_full_disk_is_named_and_leaves_nothing_behind(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this machine")
    (tmp_path / ".thumb.jpg.partial").symlink_to("/dev/full")
    with pytest.raises(DiskFull, match=r"thumb\.jpg cannot be written.*make room on the disk"):
        write_picture(tmp_path / "thumb.jpg", np.zeros((90, 160, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_what_is_unusual_glows_and_what_is_usual_stays_as_it_was() -> None:
    picture = np.full((100, 200, 3), 90, np.uint8)
    heat = np.ones((10, 20), np.float32)
    heat[2:4, 14:17] = 9.0
    shown = heated(picture, heat).astype(int)
    assert shown[80, 40].tolist() == [90, 90, 90]
    red, _, blue = shown[30, 155]
    assert red > 150
    assert red > blue + 60
    assert picture[30, 155].tolist() == [90, 90, 90], "the thumbnail itself is left alone"


def test_the_heat_of_a_view_stays_within_its_region() -> None:
    picture = np.full((100, 200, 3), 90, np.uint8)
    region = Region(left=0.5, top=0.0, width=0.5, height=1.0)
    shown = heated(picture, np.full((8, 8), 9.0, np.float32), region).astype(int)
    assert shown[:, :100].tolist() == picture[:, :100].tolist()
    assert shown[50, 150, 0] > 150
