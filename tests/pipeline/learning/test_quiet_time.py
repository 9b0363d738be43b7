"""A microphone at which little is to be heard: its gate holds most of the time back, and it counts.

Else what is heard would be held to be as common as all moments are, and its alarms would be rarer
than promised for days.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detectors import NORMALITIES, Subject
from detectors.memory import MomentMemory
from detectors.normal import LearnedNormal
from pipeline.config import parse_site
from pipeline.learning import Learner, LearnerSettings, warm_up
from pipeline.line import RuleLine
from pipeline.records import NS_PER_S, WHOLE_VIEW, Embedding, FusedWindow, Modality, Quiet
from pipeline.text_space import TextSpace
from tests.detectors.worlds import picture

A = Modality.AUDIO
SUBJECT = Subject("yard", "unusual", "v1", A, model="clip@1")
#: One second in four is heard.
EVERY = 4
SITE = """
site: test
window: {length: 1, hop: 1}
cameras: {yard: {url: "rtsp://camera/yard", audio: score}}
rules: {unusual: {learn: {from: [audio], after: 400 s}, false_alarms: 1 per day}}
"""


class Microphone:
    """Gives one item a second, of which one in four holds something."""

    def __init__(self) -> None:
        self.at_s = 0
        self.rng = np.random.default_rng(5)

    def __call__(self, seconds: int) -> list[Embedding | Quiet]:
        made: list[Embedding | Quiet] = []
        for _ in range(seconds):
            self.at_s += 1
            end = self.at_s * NS_PER_S
            if self.at_s % EVERY:
                made.append(Quiet("yard", WHOLE_VIEW, A, end - NS_PER_S, end, float(self.at_s)))
            else:
                row = np.eye(16)[0] + self.rng.normal(0, 0.05, 16)
                made.append(replace(picture(row, float(self.at_s)), modality=A))
        return made


def give(learner: Learner, items: list[Embedding | Quiet]) -> None:
    for item in items:
        if isinstance(item, Quiet):
            learner.quiet(item)
        else:
            learner.score(item)


def learner(*, covered: list[bool] | None = None) -> Learner:
    settings = LearnerSettings(400.0, "UTC")
    skip = (lambda: covered[0]) if covered else (lambda: False)
    return Learner(SUBJECT, settings, lambda: LearnedNormal([MomentMemory()]), skip=skip)


def test_to_each_moment_heard_come_the_quiet_ones_around_it() -> None:
    one = learner()
    give(one, Microphone()(420))
    assert one.held_out.size == 100
    assert one.held_back == pytest.approx((EVERY - 1) * 100, abs=EVERY)


def test_where_moments_are_sampled_the_quiet_ones_are_as_many_to_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(warm_up._SAMPLE, A, 40)
    one = learner()
    give(one, Microphone()(420))
    assert one.held_out.size == 40
    assert one.held_back == pytest.approx((EVERY - 1) * 40, abs=EVERY)


def test_quiet_in_trouble_counts_as_little_as_what_is_heard_then() -> None:
    covered = [True]
    one, microphone = learner(covered=covered), Microphone()
    give(one, microphone(200))
    covered[0] = False
    give(one, microphone(220))
    assert one.held_out.size == pytest.approx(50, abs=1)
    assert one.held_back == pytest.approx((EVERY - 1) * 50, abs=EVERY)


def test_a_restart_forgets_no_quiet_and_an_earlier_release_knew_of_none() -> None:
    before, microphone = learner(), Microphone()
    give(before, microphone(200))
    state = before.to_state()
    rest = microphone(220)
    one, old = learner(), learner()
    one.restore(state)
    give(one, rest)
    assert one.held_back == pytest.approx((EVERY - 1) * one.held_out.size, abs=EVERY)
    # In the warm-up of an earlier release only what comes from now on was counted.
    warm = {k: v for k, v in state["warm_up"].items() if k != "quiet"}
    old.restore({k: v for k, v in state.items() if k != "held_back"} | {"warm_up": warm})
    give(old, rest)
    assert old.held_back == pytest.approx(one.held_back / 2, abs=2 * EVERY)
    # Once learned it is kept with what was learned.
    again = learner()
    again.restore(one.to_state())
    assert again.held_back == one.held_back
    again.restore({k: v for k, v in one.to_state().items() if k != "held_back"})
    assert again.held_back == 0
    assert again.normal is not None
    again.begin()
    assert again.held_back == 0


def test_what_is_heard_now_and_then_is_rarer_than_what_is_always_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(NORMALITIES, A, (MomentMemory,))
    site = parse_site(SITE, name="site.yaml", environ={})
    space = TextSpace("clip@1", 20.0, {}, np.zeros((0, 16), np.float32))
    line = RuleLine(site, "yard", "unusual", {A: space})
    microphone = Microphone()
    windows: list[FusedWindow] = []
    for item in microphone(404):
        line.take(item)
    assert line.learners[A].normal is not None
    for item in microphone(240):  # its own history says nothing before five minutes
        windows += [fused for fused, _ in line.take(item)]
    p = np.array([w.readings[A].p_value for w in windows])
    assert p.size > 230
    assert np.median(p[p < 1]) == pytest.approx(0.5 / EVERY, rel=0.5)
    assert (p <= 0.5 / EVERY).mean() == pytest.approx(0.5 / EVERY, rel=0.5)
