"""The choice between methods: what is not better on unseen examples is not used."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.adapting import Adapter, LinearProbe, PromptSpace
from pipeline.teaching.choose import PLAIN, choose
from pipeline.teaching.labelled import Labelled, all_rows, one_window, statistics
from pipeline.teaching.learn import INCIDENT, learn, scored
from pipeline.teaching.methods import METHODS, Task

DIM = 24
MEANT, SEEMS, YARD, NIGHT = np.eye(DIM)[:4]
SPACE = PromptSpace(np.stack([MEANT, SEEMS, YARD, NIGHT]), 2, 15.0)
ORDINARY = np.random.default_rng(9).normal(0, 0.2, (200, DIM)) + YARD
ORDINARY /= np.linalg.norm(ORDINARY, axis=1, keepdims=True)


def example(
    name: str, label: bool, *parts: np.ndarray, noise: float = 0.1, group: str = ""
) -> Labelled:
    rng = np.random.default_rng(int.from_bytes(name.encode()[:6], "big") + label)
    rows = np.sum(parts, axis=0) + rng.normal(0, noise, (5, DIM))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return one_window(name, label, rows, group)


def separable(n: int = 8) -> list[Labelled]:
    """What is meant fits one prompt, what only seems so the other: weights can tell them apart."""
    return [example(f"yes{i}", True, MEANT, 0.5 * YARD) for i in range(n)] + [
        example(f"no{i}", False, SEEMS, 0.5 * YARD) for i in range(n)
    ]


def hopeless(n: int = 8) -> list[Labelled]:
    """Labels that have nothing to do with what is seen."""
    return [example(f"x{i}", i % 2 == 0, MEANT, YARD, noise=0.3) for i in range(2 * n)]


def test_what_can_be_learned_is_and_the_table_says_by_how_much() -> None:
    choice = choose(SPACE, separable(), ORDINARY, METHODS)
    assert choice.method != PLAIN
    rows = {row.name: row for row in choice.table}
    assert next(iter(rows)) == PLAIN
    assert rows[choice.method].auc > 0.95 > rows[PLAIN].auc
    assert choice.adapter is not None
    unseen = [example(f"new{i}", i % 2 == 0, (MEANT, SEEMS)[i % 2], YARD) for i in range(10)]
    scores = scored(SPACE, choice.adapter, unseen)
    assert scores[::2].min() > scores[1::2].max()


def test_labels_without_sense_leave_the_plain_prompts() -> None:
    choice = choose(SPACE, hopeless(), ORDINARY, METHODS)
    assert (choice.method, choice.adapter) == (PLAIN, None)
    assert "no method was surely better" in choice.reason


def test_a_method_that_learns_its_examples_by_heart_is_found_out() -> None:
    """It scores every example that it was shown rightly, and every other by chance."""

    class ByHeart:
        kind = "by heart"

        def __init__(self, task: Task) -> None:
            self.rows = all_rows(task.examples, DIM)
            self.labels = np.repeat([e.label for e in task.examples], 5)

        def adjust(self, vectors: np.ndarray, raw: np.ndarray) -> np.ndarray:
            same = (vectors @ self.rows.T) > 0.9999
            return raw + 50 * (same @ np.where(self.labels, 1.0, -1.0))

        def save(self) -> dict[str, object]:
            return {}

    choice = choose(SPACE, hopeless(), ORDINARY, {"by heart": ByHeart})
    assert choice.method == PLAIN


def test_clips_of_one_recording_never_stand_on_both_sides() -> None:
    """Each recording has a look of its own, which says nothing of the next one."""
    shown: list[set[str]] = []

    def spy(task: Task) -> Adapter:
        shown.append({e.group for e in task.examples})
        return LinearProbe(np.zeros(DIM), 1.0)

    examples = [
        example(f"{kind}{i}{j}", kind == "yes", MEANT, YARD, group=f"{kind}{i}")
        for kind in ("yes", "no")
        for i in range(4)
        for j in range(3)
    ]
    choose(SPACE, examples, ORDINARY, {"spy": spy})
    everything = {e.group for e in examples}
    held = [everything - groups for groups in shown]
    assert len(held) == 4
    assert sorted(g for groups in held for g in groups) == sorted(everything)


@pytest.mark.parametrize("n", [0, 3])
def test_too_few_examples_choose_nothing_and_say_so(n: int) -> None:
    choice = choose(SPACE, separable(8)[:8] + separable(n)[n:], ORDINARY, METHODS)
    assert (choice.method, choice.table) == (PLAIN, ())
    assert "too few" in choice.reason


def test_a_silent_example_is_left_out_and_counts_nowhere() -> None:
    silent = Labelled("mute", True, np.zeros((0, DIM), np.float32), np.zeros((0, 2), np.int64))
    choice = choose(SPACE, [*separable(), silent], ORDINARY, METHODS)
    assert (choice.positive, choice.negative) == (8, 8)
    assert np.isnan(scored(SPACE, None, [silent])[0])


def test_an_example_scores_as_its_highest_window_does() -> None:
    windows = np.array([[0, 2], [1, 4]])
    clip = Labelled("clip", True, np.zeros((4, DIM), np.float32), windows)
    assert statistics([clip], np.array([9.0, 1.0, 5.0, 4.0])) == pytest.approx([9.0])
    assert statistics([clip], np.array([1.0, 1.0, 5.0, 4.0])) == pytest.approx([4.5])


def test_a_false_alarm_too_like_a_confirmed_incident_is_not_remembered() -> None:
    looks = (YARD, NIGHT, -NIGHT)
    confirmed = [
        example(INCIDENT + f"c{i}", True, MEANT, look, noise=0.01, group=f"day{i}")
        for i, look in enumerate(looks)
    ]
    alike = example(INCIDENT + "alike", False, MEANT, YARD, noise=0.01, group="day9")
    other = example(INCIDENT + "other", False, SEEMS, NIGHT, noise=0.01, group="day9")
    taught = learn(SPACE, "m", [*confirmed, alike, other], ORDINARY, {})
    assert "1 false alarms are remembered; 1 are not" in taught.reason
    was, now = (scored(SPACE, a, [alike, other, *confirmed]) for a in (None, taught.adapter))
    assert now[1] < was[1] - 5
    assert now[[0, 2, 3, 4]] == pytest.approx(was[[0, 2, 3, 4]], abs=0.5)


def test_what_coop_taught_stays_under_the_memory_of_false_alarms() -> None:
    examples = separable()
    first = learn(SPACE, "m", examples, ORDINARY, METHODS)
    false = example(INCIDENT + "f", False, SEEMS, NIGHT, group="day1")
    taught = learn(SPACE, "m", [*examples, false], ORDINARY, {}, keep=first)
    assert taught.method == f"{first.method} + repeats"
    again = learn(SPACE, "m", [*examples, false], ORDINARY, {}, keep=taught)
    assert again.method == taught.method
    assert scored(SPACE, again.adapter, examples) == pytest.approx(
        scored(SPACE, taught.adapter, examples)
    )
