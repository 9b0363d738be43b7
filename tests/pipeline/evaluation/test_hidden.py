"""What an export misses is counted right where it is known, and the page says what was measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.evaluation.bench import Request
from pipeline.evaluation.errors import EvaluationError, LayoutError
from pipeline.evaluation.hidden import Marked, Person, missed_in, read_marks
from pipeline.evaluation.suites import SUITES
from pipeline.exports.measured import MEASURED, wilson
from pipeline.exports.wish import Blur
from tests.pipeline.evaluation.worlds import World, bench_of
from tests.pipeline.exports.films import FPS, clip, place_of


def marks() -> list[Marked]:
    """Who walks by, and somebody who sits where nothing ever moves."""
    found = []
    for number in (6, 12, 18):
        left, top, right, bottom = place_of(number)
        walker = Person(((left + right) / 2, top + 10.0, 10.0), True, (left, top, right, bottom))
        sitter = Person((300.0, 20.0, 8.0), True)
        behind = Person((300.0, 50.0, 8.0), False)
        found.append(Marked(number / FPS, (walker, sitter, behind)))
    return found


def test_who_moves_is_hidden_and_who_sits_still_is_counted_as_missed(tmp_path: Path) -> None:
    film = clip(tmp_path / "film.mp4", seconds=2.0, sound=False)
    reading = missed_in(film, marks(), [Blur.PERSONS])[Blur.PERSONS]
    assert (reading.faces, reading.faces_missed) == (6, 3)
    assert (reading.heads, reading.heads_missed) == (3, 3)
    assert (reading.bodies, reading.bodies_missed) == (3, 0)
    figures = reading.figures()
    assert figures["miss_rate"] == 0.5
    assert 0.02 < figures["picture_covered"] < 0.5


def test_nothing_is_missed_where_all_is_hidden_and_all_where_nothing_is(tmp_path: Path) -> None:
    film = clip(tmp_path / "film.mp4", seconds=2.0, sound=False)
    missed = missed_in(film, marks(), [Blur.ALL, Blur.NONE])
    whole, bare = missed[Blur.ALL], missed[Blur.NONE]
    assert (whole.faces_missed, whole.heads_missed, whole.bodies_missed) == (0, 0, 0)
    assert (bare.faces_missed, bare.heads_missed, bare.bodies_missed) == (6, 3, 3)


def test_an_interval_is_wider_the_less_was_seen() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(5, 10) == pytest.approx((0.237, 0.763), abs=1e-3)
    assert wilson(50, 100) == pytest.approx((0.404, 0.596), abs=1e-3)


def test_the_marks_that_come_along_can_be_read_and_none_is_outside_its_picture(
    project: Path,
) -> None:
    films = read_marks(project / "pipeline" / "evaluation" / "blur_marks.json")
    people = [p for pictures in films.values() for one in pictures for p in one.people]
    assert sum(p.face for p in people) >= 40
    for person in people:
        x, y, radius = person.head
        assert radius > 2
        assert min(x, y) > -radius
        if person.body is not None:
            left, top, right, bottom = person.body
            assert left < right
            assert top < bottom


def test_marks_that_are_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "marks.json"
    path.write_text(json.dumps({"films": {"a.mp4": [{"at": "noon"}]}}))
    with pytest.raises(EvaluationError, match="no marks that can be read"):
        read_marks(path)


def test_a_folder_without_the_films_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutError):
        SUITES["blur"].run(Request(tmp_path), bench_of(World(lambda _words: False), tmp_path))


@pytest.mark.promise("security 15")
def test_what_is_told_is_what_was_measured(
    project: Path, record_property: Callable[[str, object], None]
) -> None:
    """The figures beside the button and on the page are those of the report that is kept."""
    report = json.loads((project / "deploy" / "blur.json").read_text())
    together = {r["hidden"]: r for r in report["ablations"] if r["of"] == "all together"}
    for blur, found in MEASURED.items():
        row = together[str(blur)]
        assert (found.missed, found.of) == (row["faces_missed"], row["faces"])
        assert found.covered == pytest.approx(row["picture_covered"], abs=0.005)
        page = (project / "deploy" / "privacy.md").read_text()
        assert f"{found.missed} of {found.of}" in page
    assert together["all"]["faces_missed"] == 0
    faces, persons = MEASURED[Blur.FACES], MEASURED[Blur.PERSONS]
    record_property(
        "measured",
        f"faces missed in exports: {faces.missed} of {faces.of} with faces hidden, "
        f"{persons.missed} of {persons.of} with persons hidden",
    )
