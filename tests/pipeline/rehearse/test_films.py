"""A film is rehearsed over as a camera of the site would see and hear it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

import pipeline.rehearse.spaces as spaces
from pipeline.archive import ArchiveReader
from pipeline.cli import app
from pipeline.config import Camera
from pipeline.records import NS_PER_S, Embedding, Modality, Quiet
from pipeline.rehearse.films import FilmWatcher, archive_films, place_in
from pipeline.sources import CameraUnreachable
from tests.pipeline.encoders.fakes import FakeSight, FakeSound
from tests.pipeline.rehearse.days import Camera as Days
from tests.pipeline.rehearse.days import archive

SITE = """
site: home
data_dir: {folder}/state
cameras:
  yard: {{url: "rtsp://viewer:hush@192.0.2.10/stream1", audio: score}}
rules:
  fire: {{see: [a fire], hear: [a fire alarm], false_alarms: 1 per hour}}
"""
MODELS = {Modality.VIDEO: FakeSight.model_id, Modality.AUDIO: FakeSound.model_id}
RATE = 48_000


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds, 160 x 80: dark, light from the tenth on; a tone in the last five seconds."""
    path = tmp_path_factory.mktemp("films") / "clip.mp4"
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 160, 80, "yuv420p"
        video.gop_size = 10
        sound = out.add_stream("aac", rate=RATE, layout="mono")
        for number in range(200):
            level = 30 if number < 100 else 220
            frame = av.VideoFrame.from_ndarray(np.full((80, 160, 3), level, np.uint8), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            out.mux(video.encode(frame))
        at = np.arange(20 * RATE) / RATE
        heard = np.where(at >= 15, 0.5 * np.sin(2 * np.pi * 700 * at), 0.0).astype(np.float32)
        for start in range(0, heard.size, 1024):
            block = heard[start : start + 1024]
            piece = av.AudioFrame.from_ndarray(block[None], format="fltp", layout="mono")
            piece.sample_rate, piece.pts = RATE, start
            out.mux(sound.encode(piece))
        out.mux(video.encode(None))
        out.mux(sound.encode(None))
    return path


def camera(**settings: object) -> Camera:
    return Camera.model_validate({"url": "rtsp://192.0.2.10/1", "audio": "score", **settings})


def watched(film: Path, **settings: object) -> list[Embedding | Quiet]:
    watcher = FilmWatcher("yard", camera(**settings), FakeSight(), FakeSound())  # type: ignore[arg-type]
    return list(watcher.embeddings(film))


def test_pictures_come_at_the_camera_s_pace_and_sound_through_its_gate(film: Path) -> None:
    items = watched(film)
    pictures = [i for i in items if isinstance(i, Embedding) and i.modality is Modality.VIDEO]
    assert [round(i.pts_ns / NS_PER_S, 1) for i in pictures] == [n / 2 for n in range(40)]
    heard = [i for i in items if i.modality is Modality.AUDIO]
    still = [i for i in heard if isinstance(i, Quiet)]
    assert still, "a silent stretch is no embedding"
    assert {i.end_ns // NS_PER_S for i in still} <= set(range(10, 16))
    assert sorted(i.end_ns // NS_PER_S for i in heard)[-1] >= 19


def test_masks_regions_and_settings_are_the_camera_s(film: Path) -> None:
    right = {"left": 0.5, "top": 0.0, "width": 0.5, "height": 1.0}
    masks = [[[0, 0], [1, 0], [1, 1], [0, 1]]]
    items = watched(film, regions={"right": right}, sample_fps=1, audio="off", masks=masks)
    assert {i.view for i in items} == {"whole", "right"}
    assert len(items) == 2 * 20
    dark = FakeSight().encode_images(np.zeros((1, 32, 32, 3), np.uint8))[0]
    assert all(np.allclose(i.vector, dark) for i in items if isinstance(i, Embedding))


def test_it_is_archived_with_pictures_as_wide_as_they_were(film: Path, tmp_path: Path) -> None:
    watcher = FilmWatcher("yard", camera(), FakeSight(), FakeSound())  # type: ignore[arg-type]
    films = archive_films(watcher, [film, film], tmp_path, MODELS)
    first, second = films
    assert first.end - first.begin == pytest.approx(20, abs=1)
    assert second.begin - first.end >= 119, "nothing joins two films"
    reader = ArchiveReader(tmp_path)
    items = list(reader.items("yard", MODELS))
    assert sum(i.modality is Modality.VIDEO for i in items) == 80
    ends = [i.end_ns // 1_000_000 for i in items]
    assert ends == sorted(ends)
    begun = reader.thumbnail("yard", "whole", second.begin)
    assert begun is not None
    shown = cv2.imdecode(np.frombuffer(begun.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (120, 240, 3)
    assert place_in(films, second.begin + 15.2) == "clip.mp4 0:15"
    assert place_in(films, first.begin - 1000) == ""


def test_what_is_no_film_says_so(tmp_path: Path) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("no film")
    with pytest.raises(CameraUnreachable, match=r"notes\.txt cannot be read"):
        watched(bad)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site file, and models without networks."""
    (tmp_path / "site.yaml").write_text(SITE.format(folder=tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(spaces, "open_sight", lambda *_, **__: FakeSight())
    monkeypatch.setattr(spaces, "open_sound", lambda *_, **__: FakeSound())
    monkeypatch.setattr(spaces, "pick_device", lambda _wanted: "cpu")
    bank = np.random.default_rng(1).normal(size=(400, 8)).astype(np.float32)
    bank /= np.linalg.norm(bank, axis=1, keepdims=True)
    monkeypatch.setattr(spaces, "background", lambda *_: bank)
    monkeypatch.setattr(spaces, "user_cache_path", lambda _name: tmp_path / "cache")
    return tmp_path


def hearsight(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_command_rehearses_over_several_films(folder: Path, film: Path) -> None:
    page = folder / "page.html"
    done = hearsight("rehearse", folder / "site.yaml", "--over", film, film, "--page", page)
    assert done.exit_code in (0, 3), done.output
    assert "fire" in done.output
    assert "the sum:" in done.output
    assert "hush" not in done.output + page.read_text()
    assert not (folder / "state").exists(), "a rehearsal leaves a site's data alone"


def test_the_command_without_an_archive_says_how_to_get_one(folder: Path) -> None:
    done = hearsight("rehearse", folder / "site.yaml")
    assert done.exit_code == 1
    assert "holds no archive yet: it fills while the site runs" in done.stderr

    done = hearsight("rehearse", folder / "site.yaml", "--rule", "flood")
    assert done.exit_code == 1
    assert "the site has no rule 'flood': it has fire" in done.stderr


def test_the_command_with_an_archive_of_other_models_says_so(folder: Path) -> None:
    archive(folder / "state" / "archive", Days().shows(np.array([1.0, 0.0]), 10))
    done = hearsight("rehearse", folder / "site.yaml")
    assert done.exit_code == 1
    assert "another model starts another space" in done.stderr.replace("\n", " ")
