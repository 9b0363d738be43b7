"""Clips are read as a camera's worker reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.evaluation.errors import UnreadableMedia
from pipeline.evaluation.media import frames, length_of, natural, sounds, stills_in
from pipeline.evaluation.tracks import PictureTrack, SightTrack, SoundTrack, Track, TrackStore
from pipeline.movement import LEAST
from pipeline.records import Modality
from tests.pipeline.evaluation.worlds import (
    BLUE,
    HUM,
    RED,
    ColourSight,
    ToneSound,
    film,
    plain,
    recording,
    still,
)


def test_frames_are_five_a_second_whatever_the_film_has(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [BLUE] * 25 + [RED] * 25, fps=25)

    seen = list(frames(path, (8, 12)))

    assert [round(at, 2) for at, _ in seen] == [0.2 * n for n in range(10)] or len(seen) == 10
    assert seen[0][1].shape == (8, 12, 3)
    assert seen[0][1].mean(axis=(0, 1)) == pytest.approx(BLUE, abs=12)
    assert seen[-1][1].mean(axis=(0, 1)) == pytest.approx(RED, abs=12)
    assert len(list(frames(path, (8, 12), None))) == 50
    assert length_of(path) == (50, 25.0)


def test_a_folder_of_stills_is_a_film(tmp_path: Path) -> None:
    for n in (1, 2, 10):
        still(tmp_path / f"{n}.png", plain(RED if n == 10 else BLUE))

    assert [p.name for p in stills_in(tmp_path)] == ["1.png", "2.png", "10.png"]
    assert natural(Path("9a")) < natural(Path("10a"))
    assert [round(at, 2) for at, _ in frames(tmp_path, (8, 8), None)] == [0.0, 0.04, 0.08]


class Mover(ColourSight):
    """Its rows are how much moved."""

    reads_movement = True

    def with_movement(
        self, rows: NDArray[np.float32], readings: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        return np.repeat(readings[:, :1], self.dim, axis=1)


def test_frames_carry_how_they_moved_and_those_that_cannot_are_left_out(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [BLUE, RED] * 25, fps=25)
    moved = SightTrack(Mover(lambda text: RED)).make(path)
    assert len(moved) == 10 - (LEAST - 1)
    assert np.isfinite(moved.rows).all()
    assert moved.end_s[0] == pytest.approx(0.2 * (LEAST - 1))
    assert len(PictureTrack(Mover(lambda text: RED)).make(path)) == 50
    # A clip that is too short for it is still looked at.
    short = film(tmp_path / "b.mp4", [BLUE] * 8, fps=25)
    assert len(SightTrack(Mover(lambda text: RED)).make(short)) == 2


@pytest.mark.parametrize(
    ("seconds", "stretches"),
    [
        (0.3, [(0.0, 0.3)]),
        (1.4, [(0.0, 1.0)]),
        (1.6, [(0.0, 1.0), (0.0, 1.6)]),
        (3.0, [(0.0, 1.0), (0.0, 2.0), (1.0, 3.0)]),
    ],
    ids=["shorter than a hop", "a rest too short", "a rest that counts", "longer than a window"],
)
def test_sound_is_cut_as_the_gate_cuts_it(
    tmp_path: Path, seconds: float, stretches: list[tuple[float, float]]
) -> None:
    path = recording(tmp_path / "a.wav", HUM, seconds)

    heard = list(sounds(path, window_s=2.0))

    assert [(round(b, 2), round(e, 2)) for b, e, _ in heard] == stretches
    assert all(samples.shape == (96_000,) for _, _, samples in heard)


def test_a_film_without_sound_has_none(tmp_path: Path) -> None:
    assert list(sounds(film(tmp_path / "a.mp4", [BLUE] * 5), window_s=1.0)) == []
    assert list(frames(recording(tmp_path / "a.wav", HUM), (8, 8))) == []


def test_what_is_no_media_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"nothing")

    with pytest.raises(UnreadableMedia, match=r"a\.mp4 cannot be read"):
        list(frames(tmp_path / "a.mp4", (8, 8)))


class Edges:
    """Not an encoder: how much each frame differs from the one before it."""

    modality = Modality.VIDEO
    key = "edges/1"

    def make(self, path: Path) -> Track:
        seen = list(frames(path, (8, 8)))
        pixels = np.stack([p for _, p in seen]).astype(np.float32)
        change = np.abs(np.diff(pixels, axis=0, prepend=pixels[:1])).mean(axis=(1, 2))
        at_s = np.array([at for at, _ in seen])
        return Track(at_s, at_s, change)


def test_anything_that_looks_at_frames_can_be_kept(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [BLUE] * 10 + [RED] * 10)
    store = TrackStore(tmp_path / "kept")

    made, kept = store.track(path, Edges()), store.track(path, Edges())

    assert made.rows.max() > 50
    assert np.array_equal(made.rows, kept.rows)
    assert store.made == 1


def test_silence_has_no_row_as_the_gate_would_have_it(tmp_path: Path) -> None:
    encoder = ToneSound(lambda text: HUM)
    silent = recording(tmp_path / "a.wav", HUM, 3.0, loudness=0.0)
    assert len(SoundTrack(encoder).make(silent)) == 0
    faint = recording(tmp_path / "b.wav", HUM, 3.0, loudness=1e-4)
    assert len(SoundTrack(encoder).make(faint)) == 0, "76 dB under full scale is below the floor"
    half = recording(tmp_path / "c.wav", HUM, 3.0, silent_from_s=1.0)
    track = SoundTrack(encoder).make(half)
    assert track.end_s == pytest.approx([1.0])


def test_a_copy_elsewhere_is_the_same_clip_and_another_model_another_track(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [BLUE] * 10, HUM)
    copy = tmp_path / "b.mp4"
    copy.write_bytes(path.read_bytes())
    store = TrackStore(tmp_path / "kept")

    store.track(path, SightTrack(ColourSight(lambda text: RED)))
    store.track(copy, SightTrack(ColourSight(lambda text: RED)))
    assert store.made == 1
    store.track(path, SightTrack(ColourSight(lambda text: RED, "colours@111111111111")))
    store.track(path, PictureTrack(ColourSight(lambda text: RED)))
    store.track(path, SoundTrack(ToneSound(lambda text: HUM)))
    assert store.made == 4


def test_a_kept_track_that_is_damaged_is_made_again(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [BLUE] * 10)
    producer = SightTrack(ColourSight(lambda text: RED))
    TrackStore(tmp_path / "kept").track(path, producer)
    (kept,) = (tmp_path / "kept").rglob("*.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    store = TrackStore(tmp_path / "kept")

    assert len(store.track(path, producer)) == 5
    assert store.made == 1
