"""How a budget is divided: floors are kept, severe rules fall last, busy scenes get more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fair_share import Wish, divide
from pipeline.records import Severity


def cameras(**wishes: Wish) -> dict[str, Wish]:
    return wishes


def wish(severity: Severity | None = Severity.WARNING, activity: float = 1.0) -> Wish:
    return Wish(wanted=2.0, floor=0.2, severity=severity, activity=activity)


def test_with_enough_for_all_everybody_gets_what_it_wants() -> None:
    assert divide(100.0, cameras(yard=wish(), gate=wish())) == {"yard": 2.0, "gate": 2.0}


def test_equals_fall_evenly() -> None:
    rates = divide(2.0, cameras(yard=wish(), gate=wish(), hall=wish(), dock=wish()))
    assert list(rates.values()) == pytest.approx([0.5] * 4)


def test_lower_severities_reach_their_floor_before_a_higher_one_loses_anything() -> None:
    site = cameras(
        unarmed=wish(None),
        info=wish(Severity.INFO),
        warning=wish(Severity.WARNING),
        critical=wish(Severity.CRITICAL),
    )
    told = [divide(budget, site) for budget in (7.0, 5.0, 3.0, 1.5)]
    names = ("unarmed", "info", "warning", "critical")
    assert [tuple(round(rates[n], 3) for n in names) for rates in told] == [
        (1.0, 2.0, 2.0, 2.0),
        (0.2, 0.8, 2.0, 2.0),
        (0.2, 0.2, 0.6, 2.0),
        (0.2, 0.2, 0.2, 0.9),
    ]


def test_a_busy_scene_gets_more_than_a_still_one_of_its_class() -> None:
    rates = divide(1.5, cameras(busy=wish(activity=1.0), still=wish(activity=0.0)))
    assert rates["busy"] == pytest.approx(4 * rates["still"])
    # But no more than it wants: the rest goes to the still one.
    rates = divide(3.5, cameras(busy=wish(activity=1.0), still=wish(activity=0.0)))
    assert rates == pytest.approx({"busy": 2.0, "still": 1.5})


def test_a_camera_that_wants_little_is_not_cut_for_one_that_wants_much() -> None:
    slow, fast = Wish(0.5, 0.2), Wish(10.0, 0.2)
    assert divide(4.5, cameras(slow=slow, fast=fast)) == pytest.approx({"slow": 0.5, "fast": 4.0})


def test_no_camera_falls_below_its_floor_even_where_the_budget_does() -> None:
    assert divide(0.1, cameras(yard=wish(), gate=wish())) == {"yard": 0.2, "gate": 0.2}
    assert divide(0.1, cameras(slow=Wish(wanted=0.1, floor=0.2))) == {"slow": 0.1}
    assert divide(1.0, {}) == {}


_WISHES = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.builds(
        Wish,
        wanted=st.floats(0.1, 30),
        floor=st.floats(0.05, 2),
        severity=st.sampled_from([*Severity, None]),
        activity=st.floats(0, 1),
        cost=st.integers(1, 4).map(float),
    ),
)


@given(budget=st.floats(0, 200), wishes=_WISHES)
def test_the_budget_is_spent_and_not_overspent(budget: float, wishes: dict[str, Wish]) -> None:
    rates = divide(budget, wishes)
    assert set(rates) == set(wishes)
    for camera, rate in rates.items():
        assert wishes[camera].least <= rate <= wishes[camera].wanted
    cost = sum(rate * wishes[camera].cost for camera, rate in rates.items())
    least = sum(w.least * w.cost for w in wishes.values())
    wanted = sum(w.wanted * w.cost for w in wishes.values())
    assert cost == pytest.approx(min(wanted, max(least, budget)), rel=1e-6)
