"""Time stamps that wrap, stray and jump, and a camera whose clock is set."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.config import Window
from pipeline.records import NS_PER_S as S
from pipeline.records import Modality
from pipeline.simulate import MediaSource, serve
from pipeline.sources import Discontinuity, Packet
from tests.chaos.watched import Watched
from tests.pipeline.simulate.clips import FPS, make_clip

V, A = Modality.VIDEO, Modality.AUDIO
#: A picture's distance from the next; what a queue in between adds is less than another.
STEP_S = 1 / FPS


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with a flash and a beep at 1.0 s."""
    return make_clip(tmp_path_factory.mktemp("films") / "yard.mp4", flash_at=1.0)


def steps(packets: list[Packet]) -> list[float]:
    """From each packet to the next, in seconds of stream time."""
    return [(b.pts_ns - a.pts_ns) / S for a, b in itertools.pairwise(packets)]


@pytest.mark.promise("fault 8")
def test_time_stamps_that_wrap_leave_no_gap(
    clip: Path, record_property: Callable[[str, object], None]
) -> None:
    longest = 0.0
    source = MediaSource(clip, wraps_after_s=3.0)
    with serve({"yard": source}) as camera, ExitStack() as stack:
        url = camera.url("yard")
        every = [
            stack.enter_context(Watched(url, transport=transport, audio=audio))
            for transport in ("tcp", "udp")
            for audio in ("record", "off")
        ]
        for watched in every:
            watched.until(lambda w=watched: len(w.packets(V)) > 6 * FPS)  # type: ignore[misc]
            assert watched.of(Discontinuity) == []
            far = steps(watched.packets(V))
            assert all(step > 0 for step in far)
            longest = max(longest, *far)
            heard = steps(watched.packets(A))
            assert all(0 < step < 0.2 for step in heard)
        assert camera.clients("yard") == len(every), "each on its first connection"
    assert longest < 4 * STEP_S
    record_property("measured", f"no reconnect; the longest step in time {longest:.2f} s")


@pytest.mark.promise("fault 9")
@pytest.mark.parametrize("audio", ["record", pytest.param("off", marks=pytest.mark.long)])
def test_one_picture_that_strays_is_stamped_anew_and_a_jump_that_lasts_is_told(
    clip: Path, audio: str, record_property: Callable[[str, object], None]
) -> None:
    with serve({"yard": clip}) as camera, Watched(camera.url("yard"), audio=audio) as watched:
        watched.until(lambda: len(watched.packets(V)) > FPS)
        for hours in (3, -3):
            camera.send_astray("yard", hours * 3600)
            at = time.monotonic()
            watched.until(lambda at=at: len(watched.packets(V, at)) > FPS)  # type: ignore[misc]
        assert watched.of(Discontinuity) == [], "it was stamped anew"
        calm = steps(watched.packets(V))
        assert all(0 < step < 0.5 for step in calm)

        jumped = time.monotonic()
        camera.jump("yard", 3 * 3600)
        watched.until(lambda: watched.of(Discontinuity))
        told_s = time.monotonic() - jumped
        # The reports go along with the stamps, which may move them once more.
        watched.until(lambda: len(watched.packets(V, jumped)) > 5 * FPS)
        seams = watched.of(Discontinuity)
        assert 1 <= len(seams) <= 4, "for good"
        last = watched.packets(V)[-1].pts_ns
        assert abs(time.monotonic_ns() - last) < 10 * S, "and time is the host's, as before"
        assert all(abs(seam.pts_ns - last) < 60 * S for seam in seams)
    record_property(
        "measured",
        f"{'with' if audio == 'record' else 'without'} sound: one frame 3 h astray: longest step "
        f"{max(calm):.2f} s, then 3 h for good: told after {told_s:.1f} s",
    )


@pytest.mark.promise("fault 10")
@pytest.mark.parametrize("hours", [pytest.param(2, marks=pytest.mark.long), -2])
def test_sound_and_picture_stay_together_when_the_camera_s_clock_is_set(
    clip: Path, hours: int, record_property: Callable[[str, object], None]
) -> None:
    hop_s = Window().hop
    with serve({"yard": clip}) as camera, Watched(camera.url("yard")) as watched:
        watched.until(lambda: watched.flashes() and watched.beeps())
        camera.step_clock("yard", hours * 3600)
        stepped = time.monotonic()
        # Each stream is told by its own report, at most two seconds later.
        watched.until(lambda: watched.flashes(stepped)[4:] and watched.beeps(stepped)[4:])
        flashes, beeps = watched.flashes(stepped), watched.beeps(stepped)
        apart = [min(abs(flash - beep) for beep in beeps) / S for flash in flashes]
        assert watched.ended_by is None
        assert camera.clients("yard") == 1
        newest = watched.packets(V)[-1].pts_ns
        assert abs(time.monotonic_ns() - newest) < 10 * S
    assert max(apart) < hop_s
    record_property(
        "measured",
        f"{hours:+d} h: flash and beep at most {max(apart):.2f} s apart, of a hop of {hop_s:g} s",
    )
