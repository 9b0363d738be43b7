"""What a camera shows and says becomes samples in slots, of which the line is told."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np
import pytest

from pipeline.log_mel import RollingMel
from pipeline.messages import (
    FrameReady,
    SoundReady,
)
from pipeline.records import NS_PER_S as S
from pipeline.sources import (
    SAMPLE_RATE,
    Sound,
)
from tests.pipeline.fakes.source import Script
from tests.pipeline.ingest.scene import (
    FRONT,
    OPENED,
    SIZE,
    WALL,
    Scene,
    picture,
    sound,
)


def test_each_view_of_a_picture_goes_out_in_a_slot_of_its_own(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED, picture(1, 7, "door"), picture(2, 50, "door")]))
    scene.play()
    frames = scene.sent(FrameReady)
    assert [(f.view, f.pts_ns / S, f.captured_at) for f in frames] == [
        ("whole", 1, WALL + 1),
        ("door", 1, WALL + 1),
        ("whole", 2, WALL + 2),
        ("door", 2, WALL + 2),
    ]
    assert [int(scene.seen(f).max()) for f in frames] == [7, 8, 50, 51]
    assert (frames[0].height, frames[0].width) == SIZE
    assert scene.metrics()["frames_total(sampled)"] == 2


def test_how_wide_a_view_was_before_it_was_squashed_goes_along(stack: ExitStack) -> None:
    door = {"left": 0.5, "top": 0.0, "width": 0.25, "height": 1.0}
    script = Script([OPENED, picture(1, 7, "door")])
    scene = Scene(stack, script, regions={"door": door})
    scene.play()
    assert [(f.view, f.aspect) for f in scene.sent(FrameReady)] == [
        ("whole", pytest.approx(4 / 3)),
        ("door", pytest.approx(1 / 3)),
    ]


def test_sound_becomes_windows_of_the_model_s_length(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED, *(sound(second) for second in range(7))]))
    scene.play()
    windows = scene.sent(SoundReady)
    assert [(w.pts_ns / S, w.duration_ns / S) for w in windows] == [
        (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 5), (2, 5),
    ]  # fmt: skip
    # A model is always given a whole window: what is there is repeated.
    assert all((w.bands, w.columns) == FRONT.shape for w in windows)


def test_a_model_is_given_the_picture_of_what_was_heard(stack: ExitStack) -> None:
    noise = (0.1 * np.random.default_rng(0).standard_normal(9 * SAMPLE_RATE)).astype(np.float32)
    parts = [noise[at : at + SAMPLE_RATE // 2] for at in range(0, noise.size, SAMPLE_RATE // 2)]
    made = [Sound(k * S // 2, WALL + k / 2, part) for k, part in enumerate(parts)]
    scene = Scene(stack, Script([OPENED, *made]))
    scene.play()
    # The store holds the newest four.
    windows = scene.sent(SoundReady)[-4:]
    assert [w.pts_ns // S for w in windows] == [1, 2, 3, 4]
    for window in windows:
        begin = window.pts_ns // S * SAMPLE_RATE
        heard = RollingMel(FRONT).whole(noise[begin : begin + FRONT.window])
        np.testing.assert_allclose(scene.heard(window), heard, atol=1e-4)


def test_the_first_window_is_filled_by_repetition(stack: ExitStack) -> None:
    noise = (0.1 * np.random.default_rng(0).standard_normal(SAMPLE_RATE)).astype(np.float32)
    scene = Scene(stack, Script([OPENED, Sound(0, WALL, noise)]))
    scene.play()
    (window,) = scene.sent(SoundReady)
    repeated = RollingMel(FRONT).whole(np.tile(noise, 5))
    np.testing.assert_allclose(scene.heard(window), repeated, atol=1e-4)


def test_a_line_that_is_behind_costs_samples_that_are_counted(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED, picture(1), picture(2), sound(1)]))
    scene.channel.full = True
    scene.play()
    metrics = scene.metrics()
    assert metrics["dropped_total(encoder_behind,worker)"] == 3
    assert "sent_total(worker)" not in metrics
    assert set(scene.channel.patience) == {0.0}, "a live camera waits for nobody"


def test_a_file_that_is_read_as_fast_as_it_can_be_waits_for_the_line(stack: ExitStack) -> None:
    film = {"url": "file:/films/yard.mp4", "pace": "fast"}
    scene = Scene(stack, Script([OPENED, picture(1), sound(1)]), **film)
    scene.play()
    assert min(scene.channel.patience) >= 5
    assert scene.metrics()["sent_total(worker)"] == 2
