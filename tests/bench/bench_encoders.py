"""How much do the embedded encoders take in on a CPU, in the line's own runtime?

make studies PYTEST_ARGS="-k encoders"
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import numpy as np

from pipeline.encoders import open_sight, open_sound
from pipeline.movement import DIM

THREADS, BATCH, ROUNDS = 2, 16, 20
#: What a small box must manage.
LEAST_PICTURES, LEAST_TIMES = 250, 400


def best_of(run: Callable[[], object]) -> float:
    """Seconds of the fastest round: other work on the machine only ever adds."""
    run()
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        run()
        spent.append(time.perf_counter() - began)
    return min(spent)


def test_the_encoders_outrun_a_small_box_s_cameras() -> None:
    sight, sound = open_sight(threads=THREADS), open_sound(threads=THREADS)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (BATCH, *sight.image_size, 3), dtype=np.uint8)
    readings = rng.normal(size=(BATCH, DIM)).astype(np.float32)
    samples = rng.normal(0, 0.1, (BATCH, round(sound.window_s * 48_000))).astype(np.float32)
    seen = best_of(lambda: sight.with_movement(sight.encode_images(pixels), readings))
    heard = best_of(lambda: sound.encode_sounds(samples))
    report = {
        "threads": THREADS,
        "pictures_per_s": round(BATCH / seen),
        "sound_times_real_time": round(BATCH * sound.window_s / heard),
    }
    print(json.dumps(report, indent=2))
    assert report["pictures_per_s"] >= LEAST_PICTURES
    assert report["sound_times_real_time"] >= LEAST_TIMES
