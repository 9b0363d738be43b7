"""What is wrong with a camera's stream is counted, and the camera says so."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from pipeline.messages import (
    Seam,
)
from pipeline.records import NS_PER_S as S
from pipeline.sources import (
    Decoded,
    Discontinuity,
    Item,
)
from tests.pipeline.fakes.source import Script
from tests.pipeline.ingest.scene import (
    OPENED,
    Scene,
    picture,
    sound,
)


def test_what_a_decoder_made_and_withheld_is_counted(stack: ExitStack) -> None:
    items: list[Item] = [Decoded(20, 0), Decoded(5, 3), sound(0, cleaned=17)]
    scene = Scene(stack, Script([OPENED, *items]))
    scene.play()
    metrics = scene.metrics()
    assert metrics["frames_total(decoded)"] == 25
    assert metrics["damaged_total()"] == 3
    assert metrics["dropped_total(sound_not_finite,worker)"] == 17


def test_damage_is_counted_by_what_told_it_and_the_camera_says_so(stack: ExitStack) -> None:
    items: list[Item] = [
        Decoded(20, 0),
        Decoded(9, 4, signs=("lost", "decoder", "lost"), muted=True),
        picture(2),
    ]
    scene = Scene(stack, Script([]))
    for item in (OPENED, *items):
        scene.lane.take(item)
    metrics = scene.metrics()
    assert metrics["damage_total(lost)"] == 2
    assert metrics["damage_total(decoder)"] == 1
    assert metrics["picture_muted()"] == 1
    assert "damaged pictures are withheld" in scene.state().detail


def test_pictures_that_are_shown_again_are_muted_no_more(stack: ExitStack) -> None:
    items: list[Item] = [Decoded(9, 4, signs=("lost",), muted=True), Decoded(20, 0), picture(2)]
    scene = Scene(stack, Script([OPENED, *items]))
    scene.play()
    assert scene.metrics()["picture_muted()"] == 0


def test_a_check_that_is_not_believed_is_told_of(stack: ExitStack) -> None:
    scene = Scene(stack, Script([]))
    for item in (OPENED, Decoded(9, 0, dismissed=("numbers",)), picture(2)):
        scene.lane.take(item)
    assert scene.metrics()["check_dismissed(numbers)"] == 1
    assert "its numbers check is off" in scene.state().detail


@pytest.mark.promise("fault 9")
def test_a_camera_whose_time_jumps_all_the_time_does_not_fill_the_log(
    stack: ExitStack, capsys: pytest.CaptureFixture[str]
) -> None:
    jumps = [Discontinuity("time stamps jumped", at * S) for at in range(50)]
    scene = Scene(stack, Script([OPENED, *jumps]))
    scene.play()
    assert capsys.readouterr().out.count("discontinuity") == 1
    assert len(scene.sent(Seam)) == 50
