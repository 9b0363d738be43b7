"""A clip that is handed on: who is in it cannot be made out, and nothing else tells of them."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from pipeline.exports.film import export_film, export_still, jpeg_of, picture_of
from pipeline.exports.wish import Blur, Wish
from pipeline.media_folder import MediaError
from tests.pipeline.exports.films import (
    FPS,
    HEIGHT,
    WIDTH,
    backdrop,
    clip,
    detail,
    pictures,
    place_of,
    walker,
)

pytestmark = pytest.mark.promise("security 15")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("film") / "clip.mp4", seconds=2.0)


def test_whoever_moves_is_covered_in_every_picture(film: Path, tmp_path: Path) -> None:
    told, _ = export_film(film, tmp_path / "out.mp4", Wish(Blur.PERSONS), None)
    made = pictures(tmp_path / "out.mp4")
    assert told.pictures == len(made) == 2 * FPS
    for number, picture in enumerate(made):
        left, top, right, bottom = place_of(number)
        assert detail(picture[top:bottom, left:right]) < 12, f"picture {number}"
    assert 0.02 < told.covered < 0.6, "the street is still to be seen"
    assert detail(made[0][:60]) == pytest.approx(detail(backdrop()[:60]), abs=3)


@pytest.mark.parametrize("came", [True, False], ids=["lies down and stays", "has sat and goes"])
def test_whoever_is_still_for_most_of_the_clip_is_covered_all_the_time(
    came: bool, tmp_path: Path
) -> None:
    """Then the place without them is what it shows for the shorter time."""
    numbers = range(6 * FPS)
    steps = [min(n, FPS) for n in (numbers if came else reversed(numbers))]
    film = clip(tmp_path / "clip.mp4", seconds=6.0, paint=lambda number: walker(steps[number]))
    told, _ = export_film(film, tmp_path / "out.mp4", Wish(Blur.PERSONS), None)
    for number, picture in enumerate(pictures(tmp_path / "out.mp4")):
        left, top, right, bottom = place_of(steps[number])
        assert detail(picture[top:bottom, left:right]) < 12, f"picture {number}"
    assert told.covered < 0.6, "the street is still to be seen"


def test_the_whole_picture_is_veiled_from_the_first_to_the_last(film: Path, tmp_path: Path) -> None:
    told, _ = export_film(film, tmp_path / "out.mp4", Wish(Blur.ALL), None)
    assert (told.covered, told.found) == (1.0, None)
    for number, picture in enumerate(pictures(tmp_path / "out.mp4")):
        left, top, right, bottom = place_of(number)
        coat = picture[top:bottom, left:right].astype(int)
        assert np.abs(np.diff(coat, axis=1)).max() < 16, "no chequer is left"


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("film") / "short.mp4", seconds=0.5)


def test_without_a_wish_for_it_there_is_no_sound(short: Path, tmp_path: Path) -> None:
    for blur in Blur:
        for sound in (False, True):
            target = tmp_path / f"{blur}-{sound}.mp4"
            export_film(short, target, Wish(blur, sound), None)
            with av.open(str(target)) as made:
                assert len(made.streams.audio) == int(sound), (blur, sound)
                assert len(made.streams.video) == 1


def test_nothing_of_the_clip_s_metadata_comes_along(short: Path, tmp_path: Path) -> None:
    with av.open(str(short)) as before:
        assert before.metadata["title"] == "Mrs Smith", "else this shows nothing"
    for blur in Blur:
        target = tmp_path / f"{blur}.mp4"
        export_film(short, target, Wish(blur, sound=True), None)
        with av.open(str(target)) as made:
            words = set(made.metadata) | {k for s in made.streams for k in s.metadata}
        allowed = {
            "major_brand", "minor_version", "compatible_brands", "language", "handler_name",
            "vendor_id",
        }  # fmt: skip
        assert words <= allowed
        assert b"Mrs Smith" not in target.read_bytes()
        assert b"-009.1" not in target.read_bytes()


def test_the_moment_is_shown_by_the_covered_picture_that_is_most_like_it(
    film: Path, tmp_path: Path
) -> None:
    # As the line made it: smaller, with its view's border drawn in.
    number = 15
    thumb = np.asarray(cv2.resize(walker(number), (240, 135)), np.uint8)
    cv2.rectangle(thumb, (5, 5), (230, 130), (255, 196, 0), 2)
    _, moment = export_film(film, tmp_path / "out.mp4", Wish(Blur.PERSONS), thumb)
    assert moment is not None
    assert moment.shape == (HEIGHT, WIDTH, 3)
    left, top, right, bottom = place_of(number)
    assert detail(moment[top:bottom, left:right]) < 12
    made = pictures(tmp_path / "out.mp4")
    far = [float(np.abs(p.astype(int) - moment).mean()) for p in made]
    assert abs(int(np.argmin(far)) - number) <= 3


def test_a_still_with_persons_in_it_is_covered_as_a_whole() -> None:
    data, _ = export_still(jpeg_of(walker(10)), Wish(Blur.PERSONS))
    left, top, right, bottom = place_of(10)
    assert np.abs(np.diff(picture_of(data)[top:bottom, left:right].astype(int), axis=1)).max() < 20
    plain, found = export_still(jpeg_of(walker(10)), Wish(Blur.NONE))
    assert found is None
    assert detail(picture_of(plain)[top:bottom, left:right]) > 60


def test_a_picture_s_metadata_is_gone() -> None:
    jpeg = jpeg_of(walker(1))
    told = b"\xff\xe1" + (2 + 18).to_bytes(2) + b"Exif\x00\x00Mrs Smith!!!"
    assert b"Mrs Smith" not in export_still(jpeg[:2] + told + jpeg[2:], Wish(Blur.NONE))[0]


def test_what_is_no_clip_of_ours_is_not_decoded(tmp_path: Path) -> None:
    other = clip(tmp_path / "other.mp4", codec="mpeg4", sound=False)
    with pytest.raises(MediaError, match="encoded as mpeg4"):
        export_film(other, tmp_path / "out.mp4", Wish(Blur.ALL), None)
    (tmp_path / "list.mp4").write_text("#EXTM3U\nfile:///etc/passwd\n")
    with pytest.raises(MediaError, match="cannot be read"):
        export_film(tmp_path / "list.mp4", tmp_path / "out.mp4", Wish(Blur.ALL), None)
    long = clip(tmp_path / "long.mp4", sound=False)
    with pytest.raises(MediaError, match="it lasts 4 s, more than 2 s"):
        export_film(long, tmp_path / "out.mp4", Wish(Blur.ALL, max_s=2), None)
    with pytest.raises(MediaError):
        export_still(b"no picture", Wish(Blur.ALL))
