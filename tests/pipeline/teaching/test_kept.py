"""Examples and lessons on disk: bounded, versioned, and taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detectors.adapting import LinearProbe
from pipeline.records import Modality
from pipeline.statefile import StateDamaged
from pipeline.teaching import examples as module
from pipeline.teaching.examples import ExamplesError, ExampleStore, Incident, Peak
from pipeline.teaching.labelled import one_window
from pipeline.teaching.lessons import Lesson, LessonError, LessonStore, Taught

V = Modality.VIDEO
ROWS = np.eye(8, dtype=np.float32)[:3]


def lesson(direction: float = 1.0, version: str = "words1") -> Lesson:
    taught = Taught("clip@1", "probe", LinearProbe(np.full(8, direction), 1.0), "it was better")
    return Lesson("fight", version, {V: taught}, 5.0, "ana", "three clips", ("file:a",))


def holds(store: LessonStore) -> int:
    found = store.current("fight")
    return found.number if found else 0


# --- lessons ----------------------------------------------------------------------------------


def test_lessons_are_stacked_and_undone_one_by_one(tmp_path: Path) -> None:
    store = LessonStore(tmp_path)
    assert holds(store) == 0
    store.add(lesson(1.0))
    store.add(lesson(2.0))
    assert holds(store) == 2
    assert store.undo("fight") == (2, 1)
    back = LessonStore(tmp_path).current("fight")
    assert back is not None
    adapter = back.senses[V].adapter
    assert isinstance(adapter, LinearProbe)
    assert adapter.direction == pytest.approx(np.ones(8))
    assert store.undo("fight") == (1, 0)
    with pytest.raises(LessonError, match="nothing that could be undone"):
        store.undo("fight")
    # A number is never used twice: the journal's lines stay true.
    assert store.add(lesson()).number == 3
    assert [(kept.number, on) for kept, on in store.history("fight")] == [
        (1, False),
        (2, False),
        (3, True),
    ]


def test_a_proposed_lesson_holds_once_it_is_adopted_however_often_that_is_asked(
    tmp_path: Path,
) -> None:
    store = LessonStore(tmp_path)
    name = store.propose(lesson())
    assert holds(store) == 0
    assert store.adopt("fight", name).number == 1
    assert store.adopt("fight", name).number == 1
    assert len(store.history("fight")) == 1
    with pytest.raises(LessonError, match="teach it again"):
        store.adopt("fight", "proposed-0123456789abcdef")
    with pytest.raises(LessonError, match="no name of a rule"):
        store.adopt("../fight", name)


def test_a_lesson_for_other_words_or_another_model_is_left_out(tmp_path: Path) -> None:
    kept = LessonStore(tmp_path).add(lesson())
    assert set(kept.adapters({V: "clip@1"}, "words1")) == {V}
    assert kept.adapters({Modality.AUDIO: "clap@1"}, "words1") == {}
    with pytest.raises(LessonError, match="other words"):
        kept.adapters({V: "clip@1"}, "words2")
    with pytest.raises(LessonError, match="learned with model"):
        kept.adapters({V: "clip@2"}, "words1")


def test_a_damaged_lesson_can_be_undone(tmp_path: Path) -> None:
    store = LessonStore(tmp_path)
    store.add(lesson(1.0))
    store.add(lesson(2.0))
    path = tmp_path / "fight" / "0002.state"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(StateDamaged):
        store.current("fight")
    assert store.undo("fight") == (2, 1)
    assert holds(store) == 1


def test_lessons_of_a_newer_release_are_refused_by_name() -> None:
    state = replace(lesson(), number=4).to_state() | {"version": 9}
    with pytest.raises(LessonError, match="newer release"):
        Lesson.from_state(state)


def test_old_lessons_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.teaching.lessons._KEPT", 3)
    store = LessonStore(tmp_path)
    for _ in range(6):
        store.add(lesson())
    assert [kept.number for kept, _ in store.history("fight")] == [4, 5, 6]
    assert holds(store) == 6


# --- examples ---------------------------------------------------------------------------------


def test_an_incident_is_remembered_with_its_newest_peak(tmp_path: Path) -> None:
    incident = Incident("a", "yard", "fight", 1.0, 2.0)
    with ExampleStore(tmp_path / "e.sqlite3") as store:
        store.remember(incident, {V: Peak("clip@1", ROWS[:1])})
        store.remember(replace(incident, ended_at=9.0), {V: Peak("clip@1", ROWS)})
    with ExampleStore(tmp_path / "e.sqlite3") as store:
        found = store.incident("a")
        assert store.incident("b") is None
    assert found is not None
    assert found[0].ended_at == 9.0
    assert found[1][V].rows == pytest.approx(ROWS, abs=1e-3)


def test_a_source_has_one_label_the_last(tmp_path: Path) -> None:
    with ExampleStore(tmp_path / "e.sqlite3") as store:
        assert store.add("fight", V, "clip@1", one_window("a", True, ROWS, "day1"), "ana")
        assert not store.add("fight", V, "clip@1", one_window("a", True, ROWS), "ben"), "known"
        assert store.add("fight", V, "clip@1", one_window("a", False, ROWS, "day1"), "ben")
        (only,) = store.examples("fight", V, "clip@1")
        assert (only.label, only.source, only.group) == (False, "a", "day1")
        assert only.windows.tolist() == [[0, 3]]
        assert store.examples("fight", V, "clip@2") == []
        empty = one_window("b", True, np.zeros((0, 8), np.float32))
        assert not store.add("fight", V, "clip@1", empty, "ana"), "nothing to learn from"


def test_undoing_a_lesson_drops_what_it_was_the_first_to_use(tmp_path: Path) -> None:
    with ExampleStore(tmp_path / "e.sqlite3") as store:
        store.add("fight", V, "clip@1", one_window("a", True, ROWS), "ana")
        store.learned("fight", 1)
        store.add("fight", V, "clip@1", one_window("b", False, ROWS), "ana")
        store.learned("fight", 2)
        assert store.unlearn("fight", 2) == ["b"]
        assert [e.source for e in store.examples("fight", V, "clip@1")] == ["a"]


def test_everything_in_the_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_INCIDENTS", "_EXAMPLES", "_ORDINARY"):
        monkeypatch.setattr(module, name, 5)
    with ExampleStore(tmp_path / "e.sqlite3") as store:
        for i in range(12):
            store.remember(Incident(f"i{i}", "yard", "fight", i, i), {V: Peak("m", ROWS)})
            store.add("fight", V, "m", one_window(f"e{i}", True, ROWS), "ana")
            store.add_ordinary("yard", "whole", V, "m", ROWS[0])
        assert store.incident("i6") is None
        assert store.incident("i7") is not None
        assert [e.source for e in store.examples("fight", V, "m")] == [
            f"e{i}" for i in range(7, 12)
        ]
        assert store.ordinary({"yard"}, "whole", V, "m").shape == (5, 8)
        assert store.ordinary({"gate"}, "whole", V, "m").size == 0


def test_a_file_that_is_none_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "e.sqlite3"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(ExamplesError, match="remove the file"):
        ExampleStore(path).open()
