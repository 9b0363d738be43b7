"""A data folder belongs to one site that runs, and says why it cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.data_dir import DataDirUnusable, SiteInUse, hold, prepare
from pipeline.media_folder import partial_of


def test_a_site_runs_once_and_again_when_it_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "state"
    with hold(folder):
        assert folder.stat().st_mode & 0o777 == 0o700
        with pytest.raises(SiteInUse, match="another `hearsight run` already runs this site"):
            hold(folder)
    hold(folder).close()


def test_what_a_killed_process_left_half_written_is_removed(tmp_path: Path) -> None:
    prepare(tmp_path)
    incident = tmp_path / "media" / "yard" / "a1"
    incident.mkdir(parents=True)
    partial_of(incident / "clip.mp4").write_bytes(b"half")
    (incident / "thumb.jpg").write_bytes(b"whole")
    prepare(tmp_path)
    assert [path.name for path in incident.iterdir()] == ["thumb.jpg"]


@pytest.mark.parametrize("use", [hold, prepare])
def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path, use: object) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataDirUnusable, match=r"cannot be written \(Not a directory\).*data_dir"):
        use(tmp_path / "file" / "state")  # type: ignore[operator]
