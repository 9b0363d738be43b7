"""A day is searched by words: what fits is found, and how much that is worth is said."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.archive.pictures import PictureName
from pipeline.archive.search import Found, Query, Search, search
from pipeline.records import NS_PER_S, Embedding, Modality
from tests.pipeline.archive.days import DIM, JPEG, MODELS, NOON, archive, files, unit

LADDER = unit(1000)
BARK = unit(1001)
_SEEDS = itertools.count(1)


def ordinary(seed: int) -> np.ndarray:
    """What the camera shows all day, a little different each time."""
    return unit(7) + 0.3 * unit(5000 + seed)


def moment(
    at_s: float,
    row: np.ndarray,
    *,
    camera: str = "yard",
    view: str = "whole",
    sense: Modality = Modality.VIDEO,
    model: str = "",
) -> Embedding:
    vector = (row / np.linalg.norm(row)).astype(np.float32)
    shown = JPEG if sense is Modality.VIDEO and at_s % 30 == 0 else b""
    return Embedding(
        camera,
        view,
        sense,
        model or MODELS[sense],
        round(at_s * NS_PER_S),
        0,
        NOON + at_s,
        vector,
        thumbnail=shown,
    )


def stretch(
    begin: int, end: int, *, ladder: range = range(0), step: int = 2, **of: object
) -> Iterator[Embedding]:
    """From ``begin`` to ``end``; a ladder is to be seen in between."""
    for at in range(begin, end, step):
        row = ordinary(at) + (0.8 * LADDER if at in ladder else 0.0)
        yield moment(float(at), row, **of)  # type: ignore[arg-type]


def looked_for(root: Path, *cameras: str, **changed: object) -> Found:
    settings: dict[str, object] = {
        "since": NOON - 10,
        "until": NOON + 90_000,
        "limit": 5,
        "longest_s": 60.0,
        "queries": {"video": Query(MODELS[Modality.VIDEO], LADDER.tobytes())},
    }
    clock = changed.pop("clock", None)
    wanted = Search(root=str(root), cameras=list(cameras or ("yard",)), **(settings | changed))  # type: ignore[arg-type]
    return search(wanted) if clock is None else search(wanted, clock)  # type: ignore[arg-type]


def test_somebody_with_a_ladder_is_one_moment_that_stands_out(tmp_path: Path) -> None:
    archive(tmp_path, stretch(0, 1200, ladder=range(600, 660)))
    found = looked_for(tmp_path)
    best, *others = found.moments
    assert (best.camera, best.view, best.sense) == ("yard", "whole", "video")
    assert (best.begin, best.end) == (NOON + 600, NOON + 658)
    assert best.begin <= best.at <= best.end
    assert best.stands_out == "clearly"
    assert best.unusual is not None
    assert best.unusual > 4
    assert all(other.stands_out == "hardly" for other in others)
    assert best.picture is not None
    assert abs(best.picture.at - best.at) <= 30
    assert found.searched == {"yard": 600}
    assert (found.back_to, found.damaged, found.other_models) == (None, 0, [])
    assert found.reaches_back_to == NOON


def test_only_the_cameras_and_the_time_that_are_asked_for_are_looked_at(tmp_path: Path) -> None:
    archive(tmp_path, stretch(0, 400, ladder=range(100, 120), camera="gate"))
    archive(tmp_path, stretch(0, 400, ladder=range(200, 220)), run="00000002")
    found = looked_for(tmp_path, since=NOON + 230, until=NOON + 300)
    assert found.searched == {"yard": 35}
    assert all(NOON + 230 <= m.at < NOON + 300 for m in found.moments)
    assert {m.camera for m in looked_for(tmp_path, "gate").moments} == {"gate"}
    assert looked_for(tmp_path, "attic").moments == []


def test_an_event_over_the_turn_of_a_segment_is_one(tmp_path: Path) -> None:
    # A segment holds an hour from its first entry on.
    archive(tmp_path, stretch(3000, 7200, ladder=range(6560, 6640), step=4))
    assert len(files(tmp_path)) == 2
    best, *others = looked_for(tmp_path).moments
    assert (best.begin, best.end) == (NOON + 6560, NOON + 6636)
    assert all(other.stands_out == "hardly" for other in others)


def test_what_two_views_see_is_one_event(tmp_path: Path) -> None:
    archive(tmp_path, stretch(0, 600, ladder=range(300, 320)))
    archive(tmp_path, stretch(0, 600, ladder=range(290, 306), view="door"), run="00000002")
    clear = [m for m in looked_for(tmp_path).moments if m.stands_out == "clearly"]
    assert len(clear) == 1
    assert (clear[0].begin, clear[0].end) == (NOON + 290, NOON + 318)


def test_sound_is_searched_with_its_own_words_and_shows_the_cameras_picture(tmp_path: Path) -> None:
    sounds = [
        moment(at, ordinary(int(at)) + (at == 333) * BARK, sense=Modality.AUDIO)
        for at in map(float, range(0, 600, 3))
    ]
    archive(tmp_path, [*stretch(0, 600), *sounds])
    query = Query(MODELS[Modality.AUDIO], BARK.tobytes())
    best, *_ = looked_for(tmp_path, queries={"audio": query}).moments
    assert (best.sense, best.at, best.stands_out) == ("audio", NOON + 333, "clearly")
    assert best.picture == PictureName("yard", "whole", NOON + 330)


def test_what_is_unusual_is_measured_at_each_camera(tmp_path: Path) -> None:
    """A ladder leans at the gate all day: that is no news there, however similar it is."""
    leaning = (moment(float(at), ordinary(at) + LADDER, camera="gate") for at in range(0, 800, 2))
    archive(tmp_path, leaning)
    archive(tmp_path, stretch(0, 800, ladder=range(300, 310)), run="00000002")
    found = looked_for(tmp_path, "yard", "gate", limit=20)
    assert found.moments[0].camera == "yard"
    gate = [m for m in found.moments if m.camera == "gate"]
    assert max(m.similarity for m in gate) > found.moments[0].similarity
    assert all(m.stands_out == "hardly" for m in gate)


def test_what_is_there_often_comes_before_what_is_never_there(tmp_path: Path) -> None:
    """Three quarters of the yard's time show a ladder, the gate never does."""
    often = (
        moment(float(at), ordinary(at) + (at // 40 % 4 > 0) * LADDER) for at in range(0, 1600, 2)
    )
    archive(tmp_path, often)
    archive(tmp_path, stretch(0, 1600, camera="gate"), run="00000002")
    found = looked_for(tmp_path, "yard", "gate")
    assert [m.camera for m in found.moments] == ["yard"] * 5
    assert all(m.stands_out == "hardly" for m in found.moments), "and it says that it is usual"


def test_an_event_that_lasts_does_not_make_itself_usual(tmp_path: Path) -> None:
    """A mean and a deviation would: of a third of the time they say 1.4."""
    archive(tmp_path, stretch(0, 900, ladder=range(300, 600)))
    best, *_ = looked_for(tmp_path).moments
    assert (best.begin, best.end, best.stands_out) == (NOON + 300, NOON + 598, "clearly")


def test_with_little_to_compare_nobody_says_what_is_unusual(tmp_path: Path) -> None:
    archive(tmp_path, stretch(0, 100, ladder=range(50, 60)))
    best, *_ = looked_for(tmp_path).moments
    assert (best.unusual, best.stands_out) == (None, "unknown")
    assert NOON + 50 <= best.at < NOON + 60


def test_when_the_time_is_over_the_newest_was_searched_and_it_says_how_far(tmp_path: Path) -> None:
    archive(tmp_path, stretch(0, 10_800, ladder=range(900, 920), step=20))
    ticking = itertools.count().__next__
    found = looked_for(tmp_path, longest_s=2.5, clock=ticking)
    assert found.back_to == NOON + 3600
    assert min(m.at for m in found.moments) >= NOON + 3600
    assert found.searched == {"yard": 360}
    # From there on the rest is found.
    rest = looked_for(tmp_path, until=found.back_to)
    assert rest.back_to is None
    assert rest.moments[0].begin == NOON + 900
    nothing = looked_for(tmp_path, longest_s=0.0)
    assert (nothing.back_to, nothing.moments) == (NOON + 90_000, [])


def test_another_models_space_is_left_alone_and_named(tmp_path: Path) -> None:
    archive(tmp_path, stretch(0, 300, model="older@1"))
    archive(tmp_path, stretch(400, 700), run="00000002")
    found = looked_for(tmp_path)
    assert found.other_models == ["older@1"]
    assert found.searched == {"yard": 150}
    assert looked_for(tmp_path, since=NOON + 8000).other_models == []


def test_what_is_damaged_costs_itself_alone(tmp_path: Path) -> None:
    archive(tmp_path, stretch(0, 1200, ladder=range(600, 620)))
    (path,) = files(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 10] ^= 0xFF
    path.write_bytes(data)
    found = looked_for(tmp_path)
    assert found.damaged == 1
    assert found.searched == {"yard": 580}
    assert found.moments[0].stands_out == "clearly"


def test_an_empty_archive_holds_nothing(tmp_path: Path) -> None:
    found = looked_for(tmp_path / "none")
    assert (found.moments, found.searched, found.reaches_back_to) == ([], {}, None)


def test_a_longer_time_takes_no_more_memory(tmp_path: Path) -> None:
    archive(tmp_path / "short", stretch(0, 3600, step=8), every=30)
    archive(tmp_path / "long", stretch(0, 6 * 3600, step=8), every=30)

    def taken(name: str) -> int:
        tracemalloc.start()
        looked_for(tmp_path / name)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    taken("short")
    assert taken("long") < 1.5 * taken("short")
    assert DIM == 64


@pytest.mark.parametrize("length", [DIM // 2, DIM * 2])
def test_rows_of_another_length_are_counted_as_damage(tmp_path: Path, length: int) -> None:
    archive(tmp_path, stretch(0, 60))
    query = Query(MODELS[Modality.VIDEO], np.ones(length, np.float32).tobytes())
    found = looked_for(tmp_path, queries={"video": query})
    assert found.moments == []
    assert found.damaged == 2
