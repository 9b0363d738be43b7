"""Evidence has a place, an end, and never the alerts' own room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.media_folder import DiskFull, MediaFolder, UnsafeName

NOW = 1_760_000_000.0
DAY = 86_400.0


def film(folder: MediaFolder, camera: str, alert: str, written_at: float) -> Path:
    clip = folder.place(camera, alert, "clip.mp4")
    clip.write_bytes(b"film")
    for path in (clip, clip.parent):
        os.utime(path, (written_at, written_at))
    return clip


def test_evidence_goes_when_its_retention_is_over_and_not_before(tmp_path: Path) -> None:
    folder = MediaFolder(tmp_path, reserve_mb=0)
    old = film(folder, "yard", "a1", NOW - 31 * DAY)
    young = film(folder, "yard", "a2", NOW - 29 * DAY)
    other = film(folder, "gate", "a3", NOW - 40 * DAY)

    assert folder.prune(NOW, 30 * DAY) == 2
    assert not old.parent.exists()
    assert not other.parent.exists()
    assert young.read_bytes() == b"film"
    assert folder.prune(NOW, 30 * DAY) == 0


def test_an_incident_stays_as_long_as_its_newest_file(tmp_path: Path) -> None:
    folder = MediaFolder(tmp_path, reserve_mb=0)
    clip = film(folder, "yard", "a1", NOW - 31 * DAY)
    thumb = clip.with_name("thumb.jpg")
    thumb.write_bytes(b"late")
    os.utime(thumb, (NOW, NOW))
    assert folder.prune(NOW, 30 * DAY) == 0
    assert clip.exists()


def test_nothing_is_followed_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    film(MediaFolder(outside, reserve_mb=0), "yard", "a1", NOW - 99 * DAY)
    folder = MediaFolder(tmp_path / "media", reserve_mb=0)
    folder.root.mkdir()
    (folder.root / "yard").symlink_to(outside / "yard")
    (folder.root / "stray.txt").write_text("no incident")

    assert folder.prune(NOW, DAY) == 0
    assert (outside / "yard" / "a1" / "clip.mp4").exists()
    assert MediaFolder(tmp_path / "none", reserve_mb=0).prune(NOW, DAY) == 0


@pytest.mark.promise("fault 25")
def test_a_disk_without_room_says_what_to_do(tmp_path: Path) -> None:
    greedy = MediaFolder(tmp_path, reserve_mb=1 << 40)
    assert not greedy.has_room()
    assert MediaFolder(tmp_path, reserve_mb=0).has_room()
    assert MediaFolder(tmp_path / "none", reserve_mb=1 << 40).has_room(), "nothing was refused yet"
    with pytest.raises(DiskFull, match=r"reserved for alerts: make room .* media\.retention"):
        greedy.place("yard", "a1", "clip.mp4")
    # A disk that has not even room for a folder, or a file where one should be.
    (tmp_path / "gate").write_text("in the way")
    with pytest.raises(DiskFull, match="make room"):
        MediaFolder(tmp_path, reserve_mb=0).place("gate", "a1", "clip.mp4")


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden", "a..b"])
def test_a_name_that_would_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafeName):
        MediaFolder(tmp_path, reserve_mb=0).place("yard", name, "clip.mp4")
