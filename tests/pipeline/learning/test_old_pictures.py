"""Small pictures of what is normal grow old and go; what was learned from them stays."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from pipeline.learning.old_pictures import forget_in
from pipeline.statefile import load_state, save_state
from tests.pipeline.learning.test_learner import INTRUDER, MINUTE, ORDINARY, Camera, unit

pytestmark = pytest.mark.promise("security 15")

BEGAN = 1_760_000_000.0
JPEG = b"\xff\xd8 Mrs Smith \xff\xd9"
#: What an ordinary view shows now and then: different enough to be kept beside one another.
VIEWS = [unit(1, 0.1 * k) for k in range(6)]


def lived() -> Camera:
    """Pictures of the warm-up, of ordinary moments after it, and of one that waits in doubt."""
    camera = Camera()
    for view in VIEWS:
        camera.see(view, 2 * MINUTE, thumbnail=JPEG)
    camera.see(ORDINARY, MINUTE, thumbnail=JPEG)
    camera.see(INTRUDER, 20, thumbnail=JPEG)
    camera.see(ORDINARY, MINUTE)
    return camera


def pictures(state: object) -> int:
    """How often the picture is in a state, wherever that may be."""
    if isinstance(state, dict):
        return sum(pictures(value) for value in state.values())
    if isinstance(state, (list, tuple)):
        return sum(pictures(value) for value in state)
    return int(state == JPEG) if isinstance(state, bytes) else 0


def test_while_it_warms_up_old_pictures_go_and_young_ones_stay() -> None:
    camera = Camera()
    camera.see(ORDINARY, 4 * MINUTE, thumbnail=JPEG)
    assert pictures(camera.learner.to_state()) == 120
    assert camera.learner.forget_pictures(lambda at: at < BEGAN + 3 * MINUTE) == 90
    assert pictures(camera.learner.to_state()) == 30


def test_no_picture_of_album_or_doubt_is_left_and_it_judges_as_before() -> None:
    camera = lived()
    assert len(camera.learner.standing()["doubtful"]) == 1
    there = pictures(camera.learner.to_state())
    assert there >= 3
    before = camera.surprise(INTRUDER)
    assert camera.learner.forget_pictures(lambda _at: False) == 0
    assert camera.learner.forget_pictures(lambda at: at < BEGAN + 3600) == there
    assert pictures(camera.learner.to_state()) == 0
    assert camera.surprise(INTRUDER) == pytest.approx(before, rel=0.1)


def test_saved_versions_lose_theirs_too_and_keep_their_time(tmp_path: Path) -> None:
    state = lived().learner.to_state()
    folder = tmp_path / "yard" / "unusual" / "video"
    folder.mkdir(parents=True)
    for name in ("0001-learned.state", "current.state"):
        save_state(folder / name, state)
        os.utime(folder / name, (BEGAN, BEGAN))
    (folder / "0002-adapted.state").write_bytes(b"torn")
    assert forget_in(tmp_path, lambda at: at < BEGAN) == 0
    assert forget_in(tmp_path, lambda at: at < BEGAN + 3600) == 2 * pictures(state)
    for name in ("0001-learned.state", "current.state"):
        assert JPEG not in (folder / name).read_bytes()
        assert (folder / name).stat().st_mtime == BEGAN
    again = Camera()
    again.learner.restore(load_state(folder / "current.state"))
    assert again.learner.normal is not None
    assert np.isfinite(again.surprise(INTRUDER))
