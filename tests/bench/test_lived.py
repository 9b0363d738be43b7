"""What the benches of days take for granted: they count as the product counts."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import NORMALITIES
from detectors.memory import MomentMemory
from pipeline.calibration import PriorBank
from pipeline.config import parse_site
from pipeline.incidents import IncidentSettings, IncidentTracker
from pipeline.line import Learning, RuleLine
from pipeline.records import NS_PER_S, WHOLE_VIEW, AlertType, FusedWindow, Modality, Quiet, Score
from pipeline.text_space import TextSpace
from pipeline.windows import WindowAssembler, WindowSettings
from tests.bench import lived
from tests.bench.character import Character
from tests.bench.promised import MOMENTS, Tracker, incidents, window_statistics
from tests.bench.quiet_world import Camera

V, A = Modality.VIDEO, Modality.AUDIO
STEP_S = 6.0
SITE = parse_site(
    f"""
site: quiet
timezone: UTC
window: {{length: {MOMENTS * STEP_S}, hop: {STEP_S}}}
cameras: {{{lived.CAMERA}: {{url: "rtsp://192.0.2.1/", audio: score}}}}
rules: {{unusual: {{learn: {{from: [video, audio], after: 40min}}, false_alarms: 10 per day}}}}
""",
    name="site.yaml",
    environ={},
)


def character(seed: int, *, change: bool) -> Character:
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 0.03, (200, 48)) + np.eye(48)[seed]
    rows[::9, 20:] += rng.normal(0, 0.3, (len(rows[::9]), 28))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    grid = rng.gamma(2.0, 0.5, (200, 6, 6)).astype(np.float32) if change else None
    return Character.of(rows.astype(np.float32), 5.0, grid)


def camera(seed: int = 3) -> Camera:
    elsewhere = np.eye(48)[5], np.eye(48)[6]
    return Camera(
        character(0, change=True), character(1, change=False), elsewhere, step_s=STEP_S, seed=seed
    )


def space(model: str) -> TextSpace:
    return TextSpace(model, 20.0, {}, np.eye(48, dtype=np.float32))


def test_the_same_seed_lives_the_same_day_and_another_another() -> None:
    (first,), (again,), (other,) = (list(camera(seed).hours(1)) for seed in (3, 3, 4))
    assert np.array_equal(first.seen, again.seen)
    assert not np.array_equal(first.seen, other.seen)
    assert np.linalg.norm(first.heard, axis=1) == pytest.approx(1.0)


def test_looking_ahead_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for modality in (V, A):
        monkeypatch.setitem(NORMALITIES, modality, (MomentMemory,))
    spaces = {V: space("clip@1"), A: space("clap@1")}
    feeds = {V: lived.Feed(), A: lived.Feed()}
    plain = RuleLine(SITE, lived.CAMERA, "unusual", spaces, Learning())
    ahead = RuleLine(SITE, lived.CAMERA, "unusual", spaces, lived.ForeseenLearning(feeds))
    said: list[tuple[float, float]] = []
    for stretch in camera().hours(2):
        loud = stretch.audible
        feeds[V].show(stretch.at_s, stretch.seen, stretch.change)
        feeds[A].show(stretch.at_s[loud], stretch.heard[loud], None)
        for item in lived.items_of(stretch, {V: "clip@1", A: "clap@1"}):
            both = [line.take(item) for line in (plain, ahead)]
            assert len(both[0]) == len(both[1])
            said += [(a.per_day, b.per_day) for (a, _), (b, _) in zip(*both, strict=True)]
    assert len(said) > 500
    apart = np.abs(np.diff(np.log(np.array(said)), axis=1))
    # By rounding of single precision a moment may be learned that was left out, and then another.
    assert np.median(apart) < 1e-6
    assert apart.mean() < 0.02
    assert ahead.learners[V].standing()["learned_since"] > 100


def test_windows_are_those_of_the_line() -> None:
    rng = np.random.default_rng(8)
    scores = np.where(rng.random(400) < 0.5, rng.gamma(2.0, 1.0, 400), np.nan)
    scores[100:110] = np.nan
    settings = WindowSettings(int(18e9), int(6e9), int(2e9), (A,))
    assembler = WindowAssembler("yard", "r", "", settings)
    found = []
    for k, x in enumerate(scores):
        end = round((k + 1) * STEP_S * NS_PER_S)
        begin = end - round(STEP_S * NS_PER_S)
        if np.isfinite(x):
            item = Score("yard", WHOLE_VIEW, "r", "", "d", A, begin, end, 0.0, float(x), True)
        else:
            item = Quiet("yard", WHOLE_VIEW, A, begin, end, 0.0)
        found += [window.statistics[A].raw for window in assembler.add(item)]
    assert len(found) == len(scores) - MOMENTS + 1
    assert window_statistics(scores).tolist() == pytest.approx(found)


def test_incidents_are_those_of_the_tracker() -> None:
    rng = np.random.default_rng(9)
    # Rates that wander, so that incidents begin, hold and end.
    rates = np.exp(np.cumsum(rng.normal(0, 0.8, 3000)) % 9 - 2)
    at = STEP_S * np.arange(3000)
    settings = IncidentSettings("s", "yard", "r", 1.0, int(1e9), int(5e9), 0)
    product = IncidentTracker(settings)
    begun = []
    for end, rate in zip(at, rates, strict=True):
        window = FusedWindow(
            camera="yard", rule="r", rule_version="", start_ns=round((end - 18) * 1e9),
            end_ns=round(end * 1e9), captured_at=end, p_value=0.1, score=1.0, per_day=float(rate),
            extrapolated=False, eligible=True,
        )  # fmt: skip
        begun += [end for step in product.process(window) if step.type is AlertType.NEW]
    ours = Tracker(STEP_S)
    ours.walk(at, -rates, 0, -1.0, -10.0)
    assert len(begun) > 20
    assert ours.begun_s == begun


def test_a_stream_without_surprises_keeps_its_promise() -> None:
    rng = np.random.default_rng(10)
    x = rng.gamma(3.0, 1.0, 4 * 14_400)
    at = STEP_S * np.arange(len(x))
    prior = PriorBank(rng.gamma(3.0, 1.0, 600), window_s=18.0)
    begun = np.array(incidents(at, window_statistics(x), prior, (10.0,), STEP_S)[10.0])
    assert 5 <= (begun > 2 * 86_400).sum() <= 40, "20 are promised"
