"""The line under load: what counts as real time, what is counted, and a small line itself."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pipeline.bench import scale
from pipeline.bench.beside import Baseline, mixed
from pipeline.bench.cli import _cameras_of
from pipeline.bench.crowd import _shares, cameras
from pipeline.bench.errors import BenchError
from pipeline.bench.latency import cameras_for
from pipeline.bench.line import Load, Measured, measure
from pipeline.bench.running import Metrics, Plan, alike, models_of
from pipeline.bench.scenario import SCENARIOS, Scenario
from pipeline.bench.usage import Usage, cpu_between, usage
from pipeline.config import load_site
from pipeline.simulate.crowd import Played

METRICS = """
# HELP hearsight_stream_seconds_total Seconds of stream that were scored.
hearsight_stream_seconds_total{camera="a",modality="video"} 12.0
hearsight_stream_seconds_total{camera="a",modality="audio"} 11.5
hearsight_stream_seconds_total{camera="b",modality="video"} 3.0
hearsight_lag_seconds{stage="judge"} 1.5e-01
up 1
"""
#: Ten cameras that held real time for 60 s at 12 CPU seconds, one of them the supervisor's.
HELD = Measured(
    scenario="keyframes",
    every_s=2.0,
    cameras=10,
    seconds=60.0,
    real_time={f"camera-{n}/{sense}": 1.0 for n in range(10) for sense in ("video", "audio")},
    cpu_s={"worker": 11.0, "supervisor": 1.0},
    redis_cpu_s=0.5,
    simulators_cpu_s=2.0,
    usage={"worker": Usage(1, 11.0, 300_000_000, 200_000_000), "redis": Usage(1, 0.5, 9, 9)},
    drops={},
    lag_s={},
    frames_per_s={"decoded": 0.5, "sampled": 0.5},
    gates={},
    restarts=0.0,
    reconnects=0.0,
    start_to_first_embedding_s=3.0,
)


def test_cameras_a_core_are_stream_seconds_over_cpu_seconds() -> None:
    assert HELD.stream_s == 600.0
    assert HELD.cameras_per_core == 50.0
    assert HELD.holds
    told = HELD.to_json()
    assert told["cpu_ms_per_stream_s"] == {"worker": 18.333, "supervisor": 1.667}
    assert told["real_time"] == {"least": 1.0, "video": 1.0, "audio": 1.0}


def test_the_sense_that_is_behind_counts_and_nothing_counts_twice() -> None:
    deaf = {key: 0.5 if key.endswith("audio") else 1.2 for key in HELD.real_time}

    assert replace(HELD, real_time=deaf).stream_s == 300.0
    fast = dict.fromkeys(HELD.real_time, 1.1)
    assert replace(HELD, real_time=fast).stream_s == 600.0


@pytest.mark.parametrize(
    "trouble",
    [
        {"drops": {"encoder/too_old": 1.0}},
        {"restarts": 1.0},
        {"reconnects": 1.0},
        {"real_time": HELD.real_time | {"camera-3/video": 0.9}},
        {"real_time": dict.fromkeys(HELD.real_time, 0.96)},
    ],
    ids=["a drop", "a restart", "a reconnection", "one camera behind", "all a little behind"],
)
def test_real_time_is_not_held_with(trouble: dict[str, object]) -> None:
    assert not replace(HELD, **trouble).holds  # type: ignore[arg-type]


def test_metrics_are_summed_by_their_labels() -> None:
    metrics = Metrics(METRICS)

    assert metrics.sum("hearsight_stream_seconds_total") == 26.5
    assert metrics.sum("hearsight_stream_seconds_total", camera="a", modality="video") == 12.0
    assert metrics.by_labels("hearsight_stream_seconds_total", "camera") == {
        ("a",): 23.5,
        ("b",): 3.0,
    }
    assert metrics.largest("hearsight_lag_seconds") == {"judge": 0.15}
    assert metrics.sum("up") == 1.0


KNOWN = SCENARIOS | scale.SCALED


@pytest.mark.parametrize("scenario", KNOWN.values(), ids=list(KNOWN))
def test_a_scenario_makes_a_site_that_can_be_run(tmp_path: Path, scenario: Scenario) -> None:
    plan = Plan(alike(["rtsp://127.0.0.1:1/a", "rtsp://127.0.0.1:1/b"], scenario.camera()))

    site = load_site(plan.write(tmp_path, 9464))

    assert list(site.cameras) == ["camera-1", "camera-2"]
    assert site.cameras["camera-2"].sample_fps * scenario.every_s == 1.0
    heard = site.ear_of("camera-1") == "camera-1"
    assert scenario.senses == (("video", "audio") if heard else ("video",))
    assert heard is (scenario.name != "silent")


def test_one_camera_in_ten_moves_and_there_is_one_of_each() -> None:
    split = SCENARIOS["mostly-still"].split

    assert [split(count) for count in (100, 20, 4, 2, 1)] == [
        (10, 90),
        (2, 18),
        (1, 3),
        (1, 1),
        (0, 1),
    ]
    assert SCENARIOS["keyframes"].split(7) == (7, 0)


def test_where_cameras_are_still_a_whole_cycle_of_what_they_show_is_measured() -> None:
    """In a part of it, more or fewer of them would see something pass."""
    assert SCENARIOS["mostly-still"].cycle_s == scale.SILENT.cycle_s == 96.0
    assert SCENARIOS["keyframes"].cycle_s == SCENARIOS["each-second"].cycle_s == 0.0


def test_the_machine_s_cores_say_how_many_cameras_unless_somebody_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    told = {name: _cameras_of(one, None) for name, one in SCENARIOS.items()}
    assert told == {"mostly-still": 120, "keyframes": 40, "each-second": 40}
    assert _cameras_of(SCENARIOS["keyframes"], 7) == 7
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert _cameras_of(SCENARIOS["mostly-still"], None) == 400


def test_many_cameras_are_dealt_to_simulators() -> None:
    a, b = Played(100, (Path("a"),)), Played(90, (Path("b"),))

    assert _shares([a, b], 150) == [[a, replace(b, count=50)], [replace(b, count=40)]]


def test_simulators_are_told_which_warm_up_is_over(tmp_path: Path) -> None:
    from tests.pipeline.simulate.clips import make_clip

    clip = make_clip(tmp_path / "clip.mp4", seconds=1.0)
    with cameras([Played(3, (clip,), (clip,))], wave=2) as served:
        assert len(served.urls) == 3
        (process,) = served.processes
        for count in (2, 3):
            served.go(count)
        assert process.is_running()
        process.kill()
        process.wait(10)
        with pytest.raises(BenchError, match="a simulated camera ended"):
            served.go(3)


def test_models_are_embedded_or_those_of_a_site_file(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("models: {sight: embedded, device: cpu}\n")

    assert models_of(str(path)) == {"sight": "embedded", "device": "cpu"}
    for text in ("nowhere.yaml", str(tmp_path / "empty.yaml")):
        (tmp_path / "empty.yaml").write_text("site: x\n")
        with pytest.raises(BenchError, match="--models"):
            models_of(text)


def test_usage_tells_processes_by_what_they_do() -> None:
    mine = usage(psutil.Process())

    assert mine["supervisor"].rss > 10_000_000
    before = {"supervisor": Usage(1, 2.0, 0, 0)}
    after = {"supervisor": Usage(1, 5.0, 0, 0), "worker": Usage(2, 1.5, 0, 0)}
    assert cpu_between(before, after) == {"supervisor": 3.0, "worker": 1.5}


def test_a_load_takes_as_many_cameras_as_fill_it() -> None:
    # 14.5 CPU seconds of all for ten cameras in a minute: 24 ms a camera.
    assert cameras_for(0.8, HELD, cores=2) == 66
    assert cameras_for(0.01, HELD, cores=1) == 1


def test_cost_and_memory_from_few_to_many() -> None:
    def run(cameras: int) -> Measured:
        used = {"worker": 60 * 0.01 * cameras, "supervisor": 60 * 0.05}
        held = {"worker": Usage(1, 0.0, 0, 100_000_000 + 20_000_000 * cameras)}
        return replace(HELD, cameras=cameras, cpu_s=used, usage=held)

    runs = [run(10), run(100)]

    fixed, each = scale.fixed_cost(runs)
    assert (fixed, each) == (pytest.approx(0.05), pytest.approx(0.01))
    assert scale.cost_ratio(runs) == pytest.approx(0.0105 / 0.015)
    assert scale.memory_per_camera(runs) == pytest.approx(20_000_000)


@pytest.mark.parametrize(
    ("load", "steps"),
    [(Load(50, wave=20), [20, 40, 50]), (Load(40, wave=20), [20, 40]), (Load(7), [7])],
    ids=["more than whole waves", "whole waves", "all at once"],
)
def test_many_cameras_are_connected_in_waves(load: Load, steps: list[int]) -> None:
    """While a gate learns all its camera's keyframes are decoded: not of hundreds at once."""
    assert load.steps() == steps
    plan = Plan(alike([f"rtsp://127.0.0.1:1/{n}" for n in range(load.cameras)], {}))
    parts = [list(plan.first(count).cameras) for count in load.steps()]
    assert parts[-1] == list(plan.cameras)
    assert all(part == parts[-1][: len(part)] for part in parts)


@pytest.mark.long
def test_two_cameras_go_the_whole_way_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tests.pipeline.simulate.clips import make_clip

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    clip = make_clip(tmp_path / "clip.mp4", seconds=8.0)
    load = Load(2, seconds=10.0, warm_up_s=2.0, wave=1, film=clip)

    told = measure(SCENARIOS["each-second"], load)

    assert told.cpu_s.keys() >= {"worker", "encoder", "judge", "publisher", "supervisor"}
    assert told.shares.keys() == {"video", "audio"}
    assert told.least > 0.5
    assert told.cameras_per_core > 0.5
    assert told.redis_cpu_s > 0
    assert not [p for p in psutil.Process(os.getpid()).children(recursive=True) if p.is_running()]


def test_the_baseline_is_mixed_as_the_scenario_is() -> None:
    def ran(cpu_s: float) -> Baseline:
        return Baseline(3, 10.0, 30, 30, cpu_s, 1.0)

    moving, still = ran(6.0), ran(3.0)

    assert (moving.cameras_per_core, still.cameras_per_core) == (5.0, 10.0)
    assert mixed(SCENARIOS["keyframes"], [moving]) == 5.0
    assert mixed(SCENARIOS["mostly-still"], [moving, still]) == pytest.approx(1 / 0.11)
