"""A site in overload: told second by second, with a model that can do so much and no more."""

from __future__ import annotations

import itertools
import math

from pipeline.budget import Budget, Second

WANTED, LEAST = 80.0, 8.0


class Model:
    """Does so many samples a second; what comes beyond waits, up to what is given up as too old."""

    def __init__(self, capacity: float) -> None:
        self.capacity = capacity
        self.waiting = 0.0

    def second(self, samples: float) -> Second:
        self.waiting += samples - self.capacity
        old = max(0.0, self.waiting - 2 * self.capacity)
        self.waiting = max(0.0, self.waiting - old)
        busy = min(1.0, samples / self.capacity)
        return Second(busy, self.waiting / self.capacity, dropped=round(old))


def played(budget: Budget, model: Model, seconds: int) -> list[float]:
    """The samples that were taken in each second."""
    taken = []
    for _ in range(seconds):
        taken.append(min(WANTED, budget.total))
        budget.look(model.second(taken[-1]), wanted=WANTED, least=LEAST)
    return taken


def test_a_model_that_keeps_up_is_given_all() -> None:
    budget = Budget()
    assert set(played(budget, Model(100.0), 60)) == {WANTED}
    assert not budget.limited


def test_one_busy_moment_costs_nobody_anything() -> None:
    budget = Budget()
    bad = Second(busy=1.0, waiting_s=1.5, dropped=4)
    good = Second(busy=0.5)
    for second in (bad, bad, bad, good, good, bad, bad, good, good, bad):
        budget.look(second, wanted=WANTED, least=LEAST)
    assert not budget.limited


def test_what_lasts_does_and_soon_no_more_is_taken_than_can_be_done() -> None:
    budget, model = Budget(), Model(25.0)
    taken = played(budget, model, 300)
    assert taken[:4] == [WANTED] * 4
    assert taken[4] < WANTED
    assert min(taken) >= LEAST
    # From then on it neither waits nor swings, and most of what can be done is used.
    settled = taken[20:]
    assert max(settled[-100:]) - min(settled[-100:]) < 1.0
    assert 0.7 * 25 <= settled[-1] <= 25
    assert max(settled) <= 25
    assert model.waiting == 0


def test_when_the_load_falls_the_rate_comes_back_smoothly() -> None:
    budget, model = Budget(), Model(25.0)
    played(budget, model, 60)
    model.capacity = 200.0
    taken = played(budget, model, 60)
    steps = [after - before for before, after in itertools.pairwise(taken)]
    assert 0 <= min(steps) <= max(steps) < 0.025 * WANTED
    assert taken[-1] == WANTED
    assert not budget.limited


def test_the_total_never_falls_below_the_floors() -> None:
    budget = Budget()
    assert min(played(budget, Model(1.0), 100)) == LEAST


def test_decoders_that_are_behind_count_as_much_as_a_model_that_is() -> None:
    budget = Budget()
    for _ in range(5):
        budget.look(Second(behind=True), wanted=WANTED, least=LEAST)
    assert budget.total == 0.7 * WANTED


def test_samples_that_are_not_to_blame_are_left_alone() -> None:
    budget = Budget()
    for _ in range(30):
        second = Second(busy=1.0, waiting_s=1.0, dropped=9)
        budget.look(second, wanted=WANTED, least=LEAST, to_blame=False)
    assert budget.total == math.inf


def test_what_was_seen_of_a_process_that_is_gone_is_forgotten() -> None:
    budget = Budget()
    for _ in range(3):
        budget.look(Second(dropped=9), wanted=WANTED, least=LEAST)
    budget.forget()
    for _ in range(3):
        budget.look(Second(dropped=9), wanted=WANTED, least=LEAST)
    assert not budget.limited


def test_a_camera_that_is_away_for_a_moment_is_no_more_than_the_machine_can_do() -> None:
    budget = Budget()
    for _ in range(4):
        budget.look(Second(dropped=9), wanted=WANTED, least=LEAST)
    limit = budget.total
    for _ in range(3):
        assert budget.look(Second(0.5), wanted=WANTED / 4, least=1.0) == limit > WANTED / 4
    assert budget.look(Second(0.8), wanted=WANTED, least=LEAST) == limit
    # Away for good: in time nobody speaks of a limit any more.
    for _ in range(30):
        budget.look(Second(0.5), wanted=WANTED / 4, least=1.0)
    assert not budget.limited
