"""A camera learns what is normal there, and an anomaly does not teach itself as normal."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from detectors import DetectorStateError, Subject, learned_normal
from detectors.memory import MomentMemory
from detectors.normal import LearnedNormal
from pipeline.learning import Learner, LearnerSettings
from pipeline.records import NS_PER_S, Embedding, Modality, Quiet, Score
from tests.detectors.worlds import picture

SUBJECT = Subject("yard", "unusual", "v1", Modality.VIDEO, model="clip@1")
MINUTE = 60.0
HOUR = 3600.0


def unit(*values: float) -> np.ndarray:
    row = np.zeros(64, np.float32)
    row[: len(values)] = values
    return row / np.linalg.norm(row)


ORDINARY, INTRUDER, LORRY = unit(1, 0.1), unit(0, 0, 1), unit(0, 0, 0, 1)


def only_distance() -> LearnedNormal:
    return LearnedNormal([MomentMemory()])


class Camera:
    """A learner with its camera, and a judge that finds what is far from normal rare."""

    def __init__(
        self, after_s: float = 10 * MINUTE, patience_s: float = HOUR, **more: object
    ) -> None:
        settings = LearnerSettings(after_s, "Europe/Lisbon", patience_s=patience_s)
        self.learner = Learner(SUBJECT, settings, only_distance, **more)  # type: ignore[arg-type]
        self.at_s = 0.0
        self.rng = np.random.default_rng(3)

    def embedding(self, row: np.ndarray, thumbnail: bytes = b"") -> Embedding:
        noisy = row + self.rng.normal(0, 0.02, row.size)
        return picture(noisy, self.at_s, thumbnail)

    def see(
        self, row: np.ndarray, seconds: float, *, step_s: float = 2.0, thumbnail: bytes = b""
    ) -> list[Score]:
        """Play a scene; its windows are rare where the score is high, as calibration would say."""
        scores = []
        for _ in range(round(seconds / step_s)):
            score = self.learner.score(self.embedding(row, thumbnail))
            if score is not None:
                scores.append(score)
                rare = score.raw > 6
                self.judge(score, 1e-6 if rare else 0.5)
            self.at_s += step_s
        return scores

    def judge(self, score: Score, p_value: float) -> None:
        """A window of three seconds ends with this score."""
        start_ns = score.end_ns - 3 * NS_PER_S
        self.learner.judged(start_ns, score.end_ns, p_value, in_incident=False)

    def surprise(self, row: np.ndarray) -> float:
        score = self.learner.score(self.embedding(row))
        assert score is not None
        return score.raw

    def words(self) -> list[str]:
        return [news.what for news in self.learner.news()]


def test_nothing_is_judged_before_the_warm_up_is_over() -> None:
    camera = Camera(after_s=10 * MINUTE)
    assert camera.see(ORDINARY, 9 * MINUTE) == []
    assert camera.learner.standing()["gathered"] == pytest.approx(0.9, abs=0.01)
    assert camera.see(ORDINARY, 2 * MINUTE) != []
    assert camera.words() == ["learned"]
    assert camera.learner.held_out.size > 20, "what calibration begins with"


def test_what_was_never_there_stands_out_and_says_so() -> None:
    camera = Camera()
    camera.see(ORDINARY, 12 * MINUTE)
    usual = [score.raw for score in camera.see(ORDINARY, MINUTE)]
    (first, *_) = camera.see(INTRUDER, 4)
    assert first.raw > 3 * max(usual)
    assert first.unusual is not None
    assert dict(first.unusual.parts)["distance"] > 6
    assert first.unusual.nearest is not None


def test_silence_at_night_counts_as_watched() -> None:
    subject = Subject("yard", "unusual", "v1", Modality.AUDIO)
    learner = Learner(
        subject, LearnerSettings(100.0, "UTC"), lambda: LearnedNormal([MomentMemory()])
    )
    for second in range(90):
        learner.quiet(
            Quiet("yard", "whole", Modality.AUDIO, second * NS_PER_S, (second + 1) * NS_PER_S, 0.0)
        )
    assert learner.standing()["gathered"] == pytest.approx(0.89, abs=0.02)


def test_a_pause_of_the_stream_is_not_watched() -> None:
    camera = Camera(after_s=HOUR)
    camera.see(ORDINARY, MINUTE)
    camera.at_s += 5 * HOUR
    camera.see(ORDINARY, MINUTE)
    assert camera.learner.watched_s < 3 * MINUTE


def test_an_anomaly_that_stays_for_an_hour_teaches_nothing() -> None:
    camera = Camera(patience_s=24 * HOUR)
    camera.see(ORDINARY, 15 * MINUTE)
    before = camera.surprise(INTRUDER)
    camera.see(INTRUDER, HOUR)
    assert camera.surprise(INTRUDER) > 0.8 * before
    (doubtful,) = camera.learner.standing()["doubtful"]
    assert doubtful["stayed_s"] == pytest.approx(HOUR, rel=0.05)


def test_what_comes_every_morning_becomes_normal_after_its_fourth_time() -> None:
    camera = Camera(patience_s=6 * HOUR)
    camera.see(ORDINARY, 15 * MINUTE)
    camera.words()
    for morning in range(4):
        assert camera.surprise(LORRY) > 6, morning
        camera.see(LORRY, MINUTE)
        camera.see(ORDINARY, 2.5 * HOUR, step_s=5.0)
    assert "accepted" in camera.words()
    assert camera.surprise(LORRY) < 3
    assert camera.surprise(INTRUDER) > 6, "nothing else was let in"


def test_a_view_that_has_changed_for_good_is_learned_after_the_patience() -> None:
    camera = Camera(patience_s=2 * HOUR)
    camera.see(ORDINARY, 15 * MINUTE)
    camera.see(LORRY, 3 * HOUR)
    assert camera.surprise(LORRY) < 3


def test_somebody_can_say_at_once_that_it_is_normal() -> None:
    camera = Camera(patience_s=24 * HOUR)
    camera.see(ORDINARY, 15 * MINUTE)
    seen_at = 1_760_000_000.0 + camera.at_s
    camera.see(LORRY, MINUTE)
    (number,) = camera.learner.doubtful_during(seen_at, seen_at + MINUTE)
    assert camera.learner.settle(number, normal=True)
    assert camera.surprise(LORRY) < 3
    assert not camera.learner.settle(number, normal=True), "it is not there any more"


def test_a_confirmed_anomaly_never_becomes_normal_however_often_it_comes() -> None:
    camera = Camera(patience_s=2 * HOUR)
    camera.see(ORDINARY, 15 * MINUTE)
    camera.see(INTRUDER, MINUTE)
    assert camera.learner.settle(camera.learner.standing()["doubtful"][0]["number"], normal=False)
    camera.see(INTRUDER, 4 * HOUR)
    assert camera.surprise(INTRUDER) > 6


def test_what_is_neither_rare_nor_common_teaches_nothing() -> None:
    camera = Camera()
    camera.see(ORDINARY, 15 * MINUTE)
    before = camera.surprise(LORRY)
    for _ in range(400):
        score = camera.learner.score(camera.embedding(LORRY))
        assert score is not None
        camera.judge(score, 0.01)
        camera.at_s += 2
    assert camera.surprise(LORRY) > 0.9 * before


def test_who_creeps_away_from_normal_is_frozen_and_told() -> None:
    camera = Camera()
    camera.see(ORDINARY, 15 * MINUTE)
    camera.words()
    # Somebody changes the scene so slowly that no window is rare.
    for step in range(12_000):
        share = step / 12_000
        score = camera.learner.score(camera.embedding((1 - share) * ORDINARY + share * LORRY))
        assert score is not None
        camera.judge(score, 0.5)
        camera.at_s += 10
        if camera.learner.frozen:
            break
    assert "drifted" in camera.words()
    assert camera.surprise(LORRY) > 6
    camera.learner.thaw()
    assert not camera.learner.frozen
    assert camera.learner.standing()["moved"] == 0


def test_a_frozen_learner_judges_and_learns_nothing() -> None:
    camera = Camera(patience_s=HOUR)
    camera.see(ORDINARY, 15 * MINUTE)
    camera.learner.frozen = True
    camera.see(LORRY, 3 * HOUR)
    assert camera.surprise(LORRY) > 6
    assert camera.learner.standing()["doubtful"] == []


def test_a_covered_camera_is_not_learned_from() -> None:
    covered = [True]
    camera = Camera(skip=lambda: covered[0])
    camera.see(LORRY, 10 * MINUTE)
    covered[0] = False
    camera.see(ORDINARY, 10 * MINUTE)
    assert camera.surprise(ORDINARY) < 3
    assert camera.surprise(LORRY) > 6


def test_the_fit_runs_beside_the_line() -> None:
    waiting: list[tuple[object, Future[object]]] = []

    def later(work: object) -> Future[object]:
        future: Future[object] = Future()
        waiting.append((work, future))
        return future

    camera = Camera(run=later)
    assert camera.see(ORDINARY, 15 * MINUTE) == []
    ((work, future),) = waiting
    # A restart now begins the fit again, not the warm-up.
    reborn = Camera()
    reborn.learner.restore(camera.learner.to_state())
    reborn.at_s = camera.at_s
    assert reborn.see(ORDINARY, MINUTE) != []
    future.set_result(work())  # type: ignore[operator]
    assert camera.see(ORDINARY, MINUTE) != []


def test_a_restart_goes_on_where_it_was_in_every_phase() -> None:
    camera = Camera(after_s=20 * MINUTE)
    camera.see(ORDINARY, 15 * MINUTE)
    reborn = Camera(after_s=20 * MINUTE)
    reborn.learner.restore(camera.learner.to_state())
    assert reborn.learner.standing()["gathered"] == pytest.approx(0.75, abs=0.01)
    reborn.at_s = camera.at_s
    reborn.see(ORDINARY, 6 * MINUTE)
    reborn.see(LORRY, MINUTE)
    again = Camera(after_s=20 * MINUTE)
    again.learner.restore(reborn.learner.to_state())
    again.at_s, again.rng = reborn.at_s, np.random.default_rng(9)
    reborn.rng = np.random.default_rng(9)
    assert again.surprise(LORRY) == pytest.approx(reborn.surprise(LORRY), rel=0.02)
    assert len(again.learner.standing()["doubtful"]) == 1


def test_a_state_of_another_model_or_a_newer_release_is_refused_and_nothing_is_lost() -> None:
    camera = Camera()
    camera.see(ORDINARY, 15 * MINUTE)
    state = camera.learner.to_state()
    before = camera.surprise(LORRY)
    for wrong, why in (
        ({"model": "clip@2"}, "learned by clip@2"),
        ({"version": 99}, "newer release"),
        ({"learned": state["learned"] | {"quarantine": None}}, "cannot be read"),
        ({"learned": state["learned"] | {"normal": {"version": 1}}}, "cannot be read"),
    ):
        with pytest.raises(DetectorStateError, match=why):
            camera.learner.restore(state | wrong)
    camera.rng = np.random.default_rng(3)
    assert camera.surprise(LORRY) == pytest.approx(before, rel=0.1)


def test_patches_of_another_head_are_other_numbers_and_are_not_compared() -> None:
    patches = np.random.default_rng(4).normal(size=(40, 3, 3, 8))
    settings = LearnerSettings(10.0, "UTC", patches="head@1")
    learner = Learner(SUBJECT, settings, partial(learned_normal, Modality.VIDEO))
    camera = Camera()
    for frame in patches:
        learner.score(replace(camera.embedding(ORDINARY), patches=frame.astype(np.float16)))
        camera.at_s += 0.5
    assert learner.normal is not None
    odd = replace(camera.embedding(ORDINARY), patches=np.full((3, 3, 8), 9.0, np.float16))
    assert "texture" in learner.normal.rarities(learner.moment(odd))
    assert learner.standing()["silent"] == []
    for head, judged in (("head@1", True), ("head@2", False)):
        settings = LearnerSettings(10.0, "UTC", patches=head)
        again = Learner(SUBJECT, settings, partial(learned_normal, Modality.VIDEO))
        again.restore(learner.to_state())
        assert again.normal is not None
        assert ("texture" in again.normal.rarities(again.moment(odd))) is judged
        # It is told once, and stands where people look until it is learned anew.
        assert [n.what for n in again.news()] == ([] if judged else ["silenced"])
        assert again.standing()["silent"] == ([] if judged else ["texture"])
        later = Learner(SUBJECT, settings, partial(learned_normal, Modality.VIDEO))
        later.restore(again.to_state())
        assert later.news() == []
        assert later.standing()["silent"] == again.standing()["silent"]
        later.begin()
        assert later.standing()["silent"] == []


def test_an_embedding_of_another_camera_is_none_of_its_business() -> None:
    camera = Camera()
    assert camera.learner.score(replace(camera.embedding(ORDINARY), camera="gate")) is None
    assert camera.learner.watched_s == 0
