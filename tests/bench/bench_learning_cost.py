"""What learning a camera's normal costs: time beside the encoders, memory, and both over a month.

    make studies PYTEST_ARGS="-k learning_cost"

The moments are of a camera whose days are drawn in the space of embeddings (`quiet_world`), so that
explanations, learning and doubt come as often as they would. Time is processor time of one thread,
learner and encoders in the same run. HEARSIGHT_MONTH (default 30) is how many days the month has.
"""

from __future__ import annotations

import gc
import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from detectors import Subject, learned_normal
from pipeline.encoders import SightEncoder, SoundEncoder, open_sight, open_sound
from pipeline.learning import Learner, LearnerSettings
from pipeline.learning.versions import Versions
from pipeline.movement import DIM
from pipeline.records import NS_PER_S, WHOLE_VIEW, Embedding, Modality, Quiet
from pipeline.statefile import save_state
from tests.bench.lived import CAMERA, A, V, items_of
from tests.bench.places import generated, places_of
from tests.bench.quiet_world import Camera

DAYS = int(os.environ.get("HEARSIGHT_MONTH", "30"))
#: Pictures and windows of sound that are timed, and the batch in which the encoder takes them.
TIMED, BATCH = 3000, 16
MODELS = {V: "sight@1", A: "sound@1"}
#: A moment of the month every so many seconds: as often as one is learned from.
STEP_S = 10.0
MB = 1e6


@pytest.fixture(scope="module")
def pair() -> tuple[SightEncoder, SoundEncoder]:
    return open_sight(threads=1), open_sound(threads=1)


def camera(pair: tuple[SightEncoder, SoundEncoder], step_s: float, seed: int = 0) -> Camera:
    (here,) = places_of({"generated": generated(0, pair, stories=1)})
    elsewhere = np.roll(here.sight.mean, 1), np.roll(here.sound.mean, 1)
    return Camera(here.sight, here.sound, elsewhere, step_s=step_s, seed=seed)


def learner(modality: Modality, after_s: float) -> Learner:
    subject = Subject(CAMERA, "unusual", "v1", modality, WHOLE_VIEW, MODELS[modality])
    return Learner(subject, LearnerSettings(after_s, "UTC"), lambda: learned_normal(modality))


def patched(
    items: Iterator[Embedding | Quiet], shape: tuple[int, int, int]
) -> Iterator[Embedding | Quiet]:
    """The items, pictures with patches: of a scene that stands still, but for noise."""
    rng = np.random.default_rng(5)
    scene = np.random.default_rng(6).normal(size=shape)
    for item in items:
        if isinstance(item, Embedding) and item.modality is V:
            patches = scene + 0.2 * rng.standard_normal(shape, np.float32)
            item = replace(item, patches=patches.astype(np.float16))
        yield item


def judge(one: Learner, item: Embedding | Quiet, levels: dict[Modality, float]) -> bool:
    """Let a learner judge an item and decide on it, by what is rare here; whether it scored."""
    if isinstance(item, Quiet):
        one.quiet(item)
        return False
    score = one.score(item)
    if score is None:
        return False
    # In place of calibration: what few moments reach is rare, most of the others are ordinary.
    level = levels[item.modality]
    p = 1e-5 if score.raw > level else 0.02 if score.raw > 0.7 * level else 0.5
    one.judged(item.end_ns - NS_PER_S // 2, item.end_ns, p, in_incident=False)
    return True


def spent(run: Callable[[], object]) -> float:
    """Processor seconds of a round: the mean of twenty, as learning is a mean."""
    run()
    began = time.process_time()
    for _ in range(20):
        run()
    return (time.process_time() - began) / 20


def test_learning_costs_less_than_a_tenth_of_the_encoders(
    pair: tuple[SightEncoder, SoundEncoder],
) -> None:
    sight, sound = pair
    drawn = camera(pair, step_s=1.0)
    learners = {V: learner(V, 3600.0), A: learner(A, 3600.0)}
    times: dict[Modality, float] = dict.fromkeys(learners, 0.0)
    counts: dict[Modality, int] = dict.fromkeys(learners, 0)
    levels = dict.fromkeys(learners, 2.5)
    for stretch in drawn.hours(24):
        for item in patched(items_of(stretch, MODELS), sight.patch_shape):
            began = time.process_time()
            scored = judge(learners[item.modality], item, levels)
            if scored and counts[item.modality] < TIMED:
                times[item.modality] += time.process_time() - began
                counts[item.modality] += 1
        if min(counts.values()) >= TIMED:
            break
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (BATCH, *sight.image_size, 3), dtype=np.uint8)
    readings = rng.normal(size=(BATCH, DIM)).astype(np.float32)
    samples = rng.normal(0, 0.1, (BATCH, round(sound.window_s * 48_000))).astype(np.float32)
    encoding = {
        V: spent(lambda: sight.with_movement(sight.encode_with_patches(pixels)[0], readings))
        / BATCH,
        A: spent(lambda: sound.encode_sounds(samples)) / BATCH,
    }
    learning = {m: times[m] / counts[m] for m in learners}
    report = {
        "ms_of_learning": {str(m): round(1e3 * s, 3) for m, s in learning.items()},
        "ms_of_encoding": {str(m): round(1e3 * s, 3) for m, s in encoding.items()},
        "share": {str(m): round(learning[m] / encoding[m], 3) for m in learners},
        # Two pictures a second, and a window of sound each second at most.
        "share_together": round(
            (2 * learning[V] + learning[A]) / (2 * encoding[V] + encoding[A]), 3
        ),
    }
    print(json.dumps(report, indent=2))
    assert report["share_together"] < 0.1, report


@pytest.mark.timeout(0)
def test_a_month_of_one_camera(pair: tuple[SightEncoder, SoundEncoder], tmp_path: Path) -> None:
    drawn = camera(pair, step_s=STEP_S, seed=1)
    learners = {V: learner(V, 86_400.0), A: learner(A, 86_400.0)}
    versions = {m: Versions(tmp_path / str(m)) for m in learners}
    levels = dict.fromkeys(learners, 2.5)
    process = psutil.Process()
    told: dict[str, int] = {}
    days = []
    began = time.process_time()
    for hour, stretch in enumerate(drawn.hours(24 * DAYS)):
        # All of it is heard: the month then has all updates that it could have.
        stretch.audible[:] = True
        for item in patched(items_of(stretch, MODELS), pair[0].patch_shape):
            judge(learners[item.modality], item, levels)
        for m, one in learners.items():
            for news in one.news():
                told[news.what] = told.get(news.what, 0) + 1
                if news.version:
                    versions[m].add(one.to_state(), news.what)
                if news.what == "drifted":
                    one.thaw()
        if hour % 24 == 23:
            gc.collect()
            arrays = sum(size_of(one) for one in learners.values())
            taken = sum(one.standing()["learned_since"] for one in learners.values())
            now = time.process_time()
            days.append((process.memory_info().rss / MB, arrays / MB, taken, now - began))
            began = now
            print(f"day {hour // 24 + 1}: {days[-1][0]:.1f} MB resident, {days[-1][1]:.2f} MB of "
                  f"arrays, {taken} learned, {days[-1][3]:.1f} s")  # fmt: skip
    disk = 0
    for m, one in learners.items():
        save_state(tmp_path / f"{m}.state", one.to_state())
        disk += (tmp_path / f"{m}.state").stat().st_size
    resident = np.array([d[0] for d in days])
    settled = resident[min(5, len(days) // 3) :]
    slope = float(np.polyfit(np.arange(len(settled)), settled, 1)[0])
    report = {
        "days": DAYS,
        "learned": days[-1][2],
        "news": told,
        "doubtful": {str(m): len(one.standing()["doubtful"]) for m, one in learners.items()},
        "arrays_mb": round(days[-1][1], 2),
        "most_arrays_mb": round(max(d[1] for d in days[1:]), 2),
        "warm_up_mb": round(days[0][1], 2),
        "on_disk_mb": round(disk / MB, 2),
        "versions_kept": {str(m): len(kept.list()) for m, kept in versions.items()},
        "resident_mb_first_last": [round(float(settled[0]), 1), round(float(settled[-1]), 1)],
        "resident_mb_a_day": round(slope, 3),
        "seconds_a_day": round(float(np.median([d[3] for d in days[1:]])), 1),
    }
    print(json.dumps(report, indent=2))
    assert max(report["most_arrays_mb"], report["on_disk_mb"]) < 8, report
    # A tenth of a megabyte a day would be three in a month: less than a kept picture an hour.
    assert slope < 0.1, report


def size_of(thing: Any) -> int:
    """Bytes of all arrays and byte strings that hang on an object of ours, each once."""
    seen: set[int] = set()
    total, waiting = 0, [thing]
    while waiting:
        one = waiting.pop()
        while isinstance(one, np.ndarray) and isinstance(one.base, np.ndarray):
            one = one.base
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            total += one.nbytes
        elif isinstance(one, bytes):
            total += len(one)
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list | tuple | deque):
            waiting += one
        elif type(one).__module__.partition(".")[0] in ("pipeline", "detectors"):
            names = [*getattr(one, "__dict__", ()), *getattr(type(one), "__slots__", ())]
            waiting += [getattr(one, name) for name in names]
    return total
