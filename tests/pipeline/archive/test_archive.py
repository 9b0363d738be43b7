"""What was seen and heard is written down in little room, and read back as it was judged."""

from __future__ import annotations

import dataclasses
import errno
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from pipeline.archive import ArchiveReader, Space, prune
from pipeline.metrics import Recorder
from pipeline.records import NS_PER_S, Embedding, Modality, Quiet
from tests.pipeline.archive.days import (
    JPEG,
    MODELS,
    NOON,
    archive,
    files,
    heard,
    seen,
    silence,
    unit,
    writer,
)


def read(root: Path, camera: str = "yard", **span: float) -> list[Embedding | Quiet]:
    return list(ArchiveReader(root).items(camera, MODELS, **span))


def test_a_day_comes_back_in_the_order_of_its_stretches(tmp_path: Path) -> None:
    archive(
        tmp_path, [seen(10, 1), heard(5, 2), seen(11, 3), silence(10), silence(11), seen(12, 4)]
    )
    first, *others = read(tmp_path)
    back = [first, *others]
    # Sound that ends with a picture was heard up to it.
    assert [(type(i).__name__, i.modality.value, i.end_ns / NS_PER_S - NOON) for i in back] == [
        ("Embedding", "audio", 10),
        ("Embedding", "video", 10),
        ("Quiet", "audio", 11),
        ("Embedding", "video", 11),
        ("Quiet", "audio", 12),
        ("Embedding", "video", 12),
    ]
    assert isinstance(first, Embedding)
    assert (first.duration_ns, first.model) == (5 * NS_PER_S, "clap@1")
    assert [item.captured_at - NOON for item in back] == [10, 10, 11, 11, 12, 12]


def test_eight_bits_are_enough_for_a_direction(tmp_path: Path) -> None:
    archive(tmp_path, [seen(at, seed=at) for at in range(1, 200)])
    for at, item in enumerate(read(tmp_path), 1):
        assert isinstance(item, Embedding)
        assert np.linalg.norm(item.vector) == pytest.approx(1.0, abs=1e-6)
        assert float(item.vector @ unit(at)) > 0.9999


def test_a_day_of_a_camera_takes_no_more_than_is_said(tmp_path: Path) -> None:
    minute = [seen(at / 2, at) for at in range(120)] + [heard(at, at) for at in range(60)]
    archive(tmp_path / "all", minute)
    a_day = 1440 * sum(path.stat().st_size for path in files(tmp_path / "all"))
    # 64 numbers a row here: what a row costs beside them is what counts.
    entries = 1440 * 180
    assert a_day < entries * (64 + 20)

    archive(tmp_path / "quiet", [silence(at) for at in range(3600)], every=10)
    assert sum(path.stat().st_size for path in files(tmp_path / "quiet")) < 3600 * 20


def test_each_camera_view_and_model_has_a_space_of_its_own(tmp_path: Path) -> None:
    door = seen(1, view="door")
    other = Embedding("yard", "whole", Modality.VIDEO, "clip@2", 0, 0, NOON, unit(9))
    archive(tmp_path, [seen(1), door, heard(1), seen(1, camera="gate"), other])
    reader = ArchiveReader(tmp_path)
    video, audio = Modality.VIDEO, Modality.AUDIO
    assert list(reader.spaces) == [
        Space("gate", "whole", video, MODELS[video]),
        Space("yard", "door", video, MODELS[video]),
        Space("yard", "whole", audio, "clap@1"),
        Space("yard", "whole", video, MODELS[video]),
        Space("yard", "whole", video, "clip@2"),
    ]
    assert [i.view for i in reader.items("yard", {video: MODELS[video]})] == ["door", "whole"]
    assert [i.camera for i in reader.items("gate", MODELS)] == ["gate"]
    assert len(list(reader.items("yard", {video: "clip@2"}))) == 1


def test_a_stretch_of_it_can_be_asked_for(tmp_path: Path) -> None:
    archive(tmp_path, [seen(at) for at in range(0, 4 * 3600, 60)])
    assert len(files(tmp_path)) == 4, "a segment an hour"
    some = read(tmp_path, start=NOON + 3000, end=NOON + 9000)
    assert [i.captured_at - NOON for i in some] == [float(at) for at in range(3000, 9000, 60)]
    assert ArchiveReader(tmp_path).span("yard") == (NOON, NOON + 4 * 3600 - 60)
    assert ArchiveReader(tmp_path).span("attic") is None


def test_runs_follow_one_another_though_each_has_a_clock_of_its_own(tmp_path: Path) -> None:
    # Before the machine started anew its clock stood at days, afterwards at seconds.
    days = 86_400 * 9

    def before(at: float) -> Embedding:
        item = seen(at)
        pts = item.pts_ns + days * NS_PER_S
        return Embedding("yard", "whole", item.modality, item.model, pts, 0, NOON + at, item.vector)

    archive(tmp_path, [before(at) for at in (0, 0.5, 1)], run="ffffffff")
    archive(tmp_path, [seen(at) for at in (60, 60.5, 61)], run="00000000")
    ends = [i.end_ns / NS_PER_S - NOON for i in read(tmp_path)]
    assert ends == [0, 0.5, 1, 60, 60.5, 61]


def test_a_neighbour_s_ear_fits_the_picture(tmp_path: Path) -> None:
    # The two cameras' first items come with different delays.
    late = seen(10, camera="gate")
    late = dataclasses.replace(late, captured_at=late.captured_at + 1.7)
    archive(tmp_path, [heard(1), late, heard(6)])
    items = list(ArchiveReader(tmp_path).items("gate", MODELS, ear="yard"))
    assert [(i.camera, i.end_ns / NS_PER_S - NOON) for i in items] == [
        ("gate", 6),
        ("gate", 10),
        ("gate", 11),
    ]


def test_the_picture_nearest_to_a_moment_is_found(tmp_path: Path) -> None:
    archive(tmp_path, [seen(at) for at in range(3 * 3600)], every=200)
    reader = ArchiveReader(tmp_path)
    near = reader.thumbnail("yard", "whole", NOON + 3597)
    assert near is not None
    assert (near.captured_at, near.jpeg) == (NOON + 3600, JPEG)
    assert reader.thumbnail("yard", "whole", NOON + 4 * 3600) is None
    assert reader.thumbnail("yard", "door", NOON + 60) is None


def test_pictures_are_kept_only_where_the_site_says_so(tmp_path: Path) -> None:
    archive(tmp_path, [seen(0), seen(1)], thumbnails=False)
    assert ArchiveReader(tmp_path).thumbnail("yard", "whole", NOON) is None
    assert len(read(tmp_path)) == 2


def test_what_is_old_is_deleted_whole_and_leaves_no_folder(tmp_path: Path) -> None:
    archive(tmp_path, [seen(at) for at in range(0, 3 * 3600, 60)])
    archive(tmp_path, [seen(0, camera="gate")])
    assert prune(tmp_path, NOON + 4 * 3600, keep_s=3 * 3600) == 0, "an hour's last item is younger"
    assert prune(tmp_path, NOON + 4 * 3600 + 1, keep_s=3 * 3600) == 2
    assert [i.name for i in tmp_path.iterdir()] == ["yard"]
    assert min(i.captured_at for i in read(tmp_path)) == NOON + 3600
    prune(tmp_path, NOON + 1e6, keep_s=0)
    assert list(tmp_path.iterdir()) == []


def test_a_writer_goes_on_where_all_of_its_folder_was_deleted(tmp_path: Path) -> None:
    pen = writer(tmp_path)
    pen.append(seen(0))
    pen.flush()
    prune(tmp_path, NOON + 1e6, keep_s=0)
    pen.append(seen(1))
    pen.flush()
    assert [i.captured_at - NOON for i in read(tmp_path)] == [1]


class Counted(NamedTuple):
    recorder: Recorder

    def dropped(self) -> dict[str, float]:
        return {s.labels["reason"]: s.value for s in self.recorder.drain()}


def test_it_writes_every_ten_seconds_and_sooner_where_much_comes(tmp_path: Path) -> None:
    pen = writer(tmp_path)
    pen.beat(100.0)
    pen.append(seen(1))
    pen.beat(109.0)
    assert files(tmp_path) == []
    pen.beat(110.0)
    assert len(read(tmp_path)) == 1
    for at in range(256):
        pen.append(seen(2 + at))
    assert len(read(tmp_path)) == 257


def test_a_damaged_embedding_is_left_out_and_counted(tmp_path: Path) -> None:
    counted = Counted(Recorder())
    nothing = np.full(64, np.nan, np.float32)
    bad = Embedding("yard", "whole", Modality.VIDEO, MODELS[Modality.VIDEO], 0, 0, NOON, nothing)
    short = Embedding(
        "yard", "whole", Modality.VIDEO, MODELS[Modality.VIDEO], 0, 0, NOON, unit(1, 3)
    )
    archive(tmp_path, [seen(0), bad, short, seen(1)], recorder=counted.recorder)
    assert len(read(tmp_path)) == 2
    assert counted.dropped() == {"archive_bad_item": 2}


def test_a_full_disk_costs_the_archive_and_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = Counted(Recorder())
    pen = writer(tmp_path, reserve_mb=200, recorder=counted.recorder)
    usage = shutil.disk_usage(tmp_path)
    free = 399 << 20

    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=free))
    for at in range(3):
        pen.append(seen(at))
        pen.flush()
    assert counted.dropped() == {"archive_not_written": 3}
    assert capsys.readouterr().out.count("make room on the disk") == 1

    free = 500 << 20
    pen.append(seen(9))
    pen.flush()
    assert [i.captured_at - NOON for i in read(tmp_path)] == [9]
    assert "embeddings are archived again" in capsys.readouterr().out


def test_a_disk_that_takes_half_a_block_spoils_nothing_that_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pen = writer(tmp_path)
    pen.append(seen(0))
    pen.flush()
    (torn,) = files(tmp_path)

    def full(path: Path) -> object:
        with torn.open("ab") as file:
            file.write(b"\xf5\x9dHB\x10")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", full)
        pen.append(seen(1))
        pen.flush()
    pen.append(seen(2))
    pen.flush()
    reader = ArchiveReader(tmp_path)
    assert [i.captured_at - NOON for i in reader.items("yard", MODELS)] == [0, 2]
    assert reader.damaged == 1
