"""The archive's small pictures are found by time, and handed out by name alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.archive.pictures import KeptPictures, PictureName
from tests.pipeline.archive.days import JPEG, NOON, archive, seen


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    archive(folder, [seen(float(k)) for k in range(60)])
    archive(folder, [seen(float(k), view="door") for k in range(300, 320)], run="00000002")
    return folder


def test_the_nearest_is_named_and_can_be_had_by_its_name(root: Path) -> None:
    pictures = KeptPictures(root)
    name = pictures.nearest("yard", NOON + 33, view="whole")
    assert name == PictureName("yard", "whole", NOON + 30)
    assert pictures.jpeg(name) == JPEG


def test_a_picture_of_the_event_goes_before_a_nearer_one(root: Path) -> None:
    pictures = KeptPictures(root)
    assert pictures.nearest("yard", NOON + 28, view="whole") == PictureName(
        "yard", "whole", NOON + 30
    )
    within = pictures.nearest("yard", NOON + 28, event=(NOON + 18, NOON + 29))
    assert within == PictureName("yard", "whole", NOON + 20)


def test_of_any_view_where_none_is_asked_for_and_none_where_all_lie_too_far(root: Path) -> None:
    pictures = KeptPictures(root)
    assert pictures.nearest("yard", NOON + 280) == PictureName("yard", "door", NOON + 300)
    assert pictures.nearest("yard", NOON + 280, view="whole") is None
    assert pictures.nearest("gate", NOON + 30) is None
    assert pictures.nearest("yard", NOON + 9000) is None


@pytest.mark.parametrize(
    "name",
    [
        PictureName("yard", "whole", NOON + 33),
        PictureName("yard", "door", NOON + 30),
        PictureName("..", "whole", NOON + 30),
        PictureName("../archive/yard", "whole", NOON + 30),
        PictureName("yard", "../yard/whole", NOON + 30),
        PictureName("yard\0", "whole", NOON + 30),
        PictureName("yard", "whole", float("nan")),
        PictureName("yard", "whole", float("inf")),
    ],
)
def test_a_name_that_no_search_gave_leads_nowhere(root: Path, name: PictureName) -> None:
    assert KeptPictures(root).jpeg(name) is None


def test_without_an_archive_there_is_none(tmp_path: Path) -> None:
    assert KeptPictures(tmp_path / "none").nearest("yard", NOON) is None


def test_what_was_deleted_meanwhile_is_there_no_more(root: Path) -> None:
    pictures = KeptPictures(root)
    name = pictures.nearest("yard", NOON + 33)
    assert name is not None
    for path in root.rglob("*.seg"):
        path.unlink()
    assert pictures.jpeg(name) is None
    assert pictures.nearest("yard", NOON + 310) is None
