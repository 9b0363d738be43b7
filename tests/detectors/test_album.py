"""A few normal moments that can be shown beside an unusual one."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import DetectorStateError
from detectors.album import Album
from tests.detectors.worlds import direction, unit


def test_it_shows_the_normal_moment_that_comes_closest() -> None:
    album = Album()
    for k in range(5):
        album.add(direction(k), 100.0 + k, f"picture {k}".encode())
    nearest = album.nearest(unit(direction(3) + 0.2 * direction(1)))
    assert nearest is not None
    assert (nearest.captured_at, nearest.thumbnail) == (103.0, b"picture 3")
    assert Album().nearest(direction(0)) is None


def test_a_moment_that_can_be_shown_goes_before_one_that_cannot() -> None:
    album = Album()
    album.add(direction(0), 1.0)
    album.add(direction(1), 2.0, b"a picture")
    nearest = album.nearest(direction(0))
    assert nearest is not None
    assert nearest.thumbnail == b"a picture"


def test_what_it_has_already_it_does_not_take_again() -> None:
    album = Album()
    album.add(direction(0), 1.0)
    album.add(unit(direction(0) + 0.001 * direction(1)), 2.0)
    assert len(album) == 1


def test_a_full_album_gives_up_one_of_those_most_alike() -> None:
    album = Album(size=3)
    album.add(direction(0), 1.0)
    album.add(unit(direction(0) + 0.4 * direction(1)), 2.0)
    album.add(direction(2), 3.0)
    album.add(direction(3), 4.0)
    assert [m.captured_at for m in album.moments()] == [2.0, 3.0, 4.0], (
        "the older of the twins went"
    )
    album.add(unit(direction(3) + 0.15 * direction(4)), 5.0)
    assert len(album) == 3


def test_it_is_kept_and_a_damaged_one_is_refused() -> None:
    album = Album()
    album.add(direction(0), 1.0, b"jpeg")
    again = Album()
    again.load(album.save())
    assert again.moments() == album.moments()
    with pytest.raises(DetectorStateError, match="album"):
        again.load({"version": 1, "rows": np.zeros((2, 3)), "at": [1.0], "pictures": [b""]})
