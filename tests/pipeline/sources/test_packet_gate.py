"""Sizes of packets tell a still scene from a moving one, where the encoder lets them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.records import NS_PER_S
from pipeline.sources.change import PictureChange
from pipeline.sources.packet_gate import PacketGate, Trust

FRAME_NS = NS_PER_S // 25
GROUP = 50


class Yard:
    """A camera of 25 pictures a second, a keyframe every two seconds.

    Packets of a still scene vary by a tenth, and those after a keyframe are smaller; ``bytes_of``
    says how much larger they are while something moves.
    """

    def __init__(self, *, constant: bool = False, seed: int = 1) -> None:
        self.gate = PacketGate()
        self._rng = np.random.default_rng(seed)
        self._number = 0
        self._constant = constant
        self._changed = False
        self.quieter = 1.0

    @property
    def seconds(self) -> float:
        return self._number / 25

    def run(
        self,
        seconds: float,
        *,
        moving: bool = False,
        share: float = 2.0,
        until: Callable[[], bool] | None = None,
    ) -> float:
        """Watch for a while, or until something is so; return how long it was, in seconds."""
        began = self._number
        for _ in range(round(seconds * 25)):
            if until is not None and until():
                break
            position = self._number % GROUP
            size = 60_000.0 if not position else 1_000.0 if position < 25 else 1_400.0
            if moving and position and not self._constant:
                size *= share
            size *= self.quieter * self._rng.uniform(0.9, 1.1)
            self.gate.packet(self._number * FRAME_NS, round(size), keyframe=not position)
            if self._looked_at(position):
                self.gate.picture(12.0 if self._changed else 0.4)
                self._changed = False
            self._changed |= moving
            self._number += 1
        return (self._number - began) / 25

    def _looked_at(self, position: int) -> bool:
        """Twice a second awake; asleep once in ten seconds."""
        return self._number % 250 == 0 if self.gate.asleep else position % 12 == 0

    def freeze(self, seconds: float) -> None:
        """One picture again and again: its packets hold next to nothing but keyframes."""
        for _ in range(round(seconds * 25)):
            position = self._number % GROUP
            size = 61_000 if not position else 90
            self.gate.packet(self._number * FRAME_NS, size, keyframe=not position)
            if self._looked_at(position):
                self.gate.picture(0.0)
            self._number += 1

    def lived(self) -> Yard:
        """After a minute in which something moved now and then."""
        self.run(14)
        for _ in range(4):
            self.run(3, moving=True)
            self.run(12)
        return self


def test_nothing_sleeps_before_the_gate_has_proven_itself_still_as_it_may_be() -> None:
    yard = Yard()
    assert yard.run(60, until=lambda: yard.gate.still) == pytest.approx(12, abs=4)
    yard.run(30)
    assert yard.gate.still
    # Nothing has moved yet: whether sizes would tell is not known.
    assert yard.gate.trust is Trust.UNPROVEN
    assert not yard.gate.asleep


def test_movement_wakes_it_within_half_a_second_and_stillness_lets_it_sleep_again() -> None:
    yard = Yard().lived()
    assert yard.gate.asleep
    assert yard.gate.trust is Trust.TRUSTED
    assert yard.run(5, moving=True, until=lambda: not yard.gate.asleep) <= 0.5
    yard.run(5, moving=True)
    assert yard.gate.activity > 0.5
    assert yard.run(20, until=lambda: yard.gate.asleep) == pytest.approx(5, abs=1.5)
    yard.run(30)
    assert yard.gate.activity < 0.05
    assert yard.gate.missed == 0


def test_what_is_small_and_lasts_wakes_it_too() -> None:
    yard = Yard().lived()
    # A fifth more: no single stretch stands out.
    assert 0.4 < yard.run(10, moving=True, share=1.2, until=lambda: not yard.gate.asleep) < 4


def test_noise_alone_seldom_wakes_it() -> None:
    yard = Yard().lived()
    awake = 0.0
    for _ in range(600):
        yard.run(1)
        awake += not yard.gate.asleep
    assert yard.gate.asleep or awake
    assert awake < 60, "of ten minutes, at most one"


@pytest.mark.promise("fault 3")
def test_a_picture_that_freezes_while_it_sleeps_is_looked_at_until_it_goes_on() -> None:
    yard = Yard().lived()
    assert yard.gate.asleep
    yard.freeze(1.0)
    assert not yard.gate.asleep, "noise does not vanish from a picture"
    yard.freeze(60)
    assert not yard.gate.asleep, "and no sensor gives the same picture twice"
    assert yard.run(30, until=lambda: yard.gate.asleep) < 15


def test_a_keyframe_out_of_turn_wakes_it() -> None:
    yard = Yard().lived()
    yard.run(1.0)
    assert yard.gate.asleep
    yard.gate.packet(round(yard.seconds * NS_PER_S), 60_000, keyframe=True)
    assert not yard.gate.asleep


def test_a_scene_that_becomes_quieter_for_good_is_usual_after_a_while() -> None:
    yard = Yard().lived()
    # At night the encoder has less to say: the camera wakes, learns, and sleeps again.
    yard.quieter = 0.4
    yard.run(1, until=lambda: not yard.gate.asleep)
    assert not yard.gate.asleep
    assert yard.run(60, until=lambda: yard.gate.asleep) < 30
    # By the new measure, what moves is seen as soon as before.
    yard.run(30)
    assert yard.run(2, moving=True, until=lambda: not yard.gate.asleep) <= 0.5


def test_at_a_constant_bit_rate_it_knows_that_it_is_blind() -> None:
    yard = Yard(constant=True).lived()
    assert yard.gate.trust is Trust.BLIND
    yard.run(60, until=lambda: yard.gate.asleep)
    assert not yard.gate.asleep, "what hides movement lets nothing sleep"


def test_a_street_that_never_stands_still_never_sleeps() -> None:
    yard = Yard()
    yard.run(120, moving=True, until=lambda: yard.gate.asleep)
    assert yard.seconds == pytest.approx(120)
    assert yard.gate.activity > 0.9


def test_after_a_jump_in_time_what_is_usual_is_still_known() -> None:
    yard = Yard().lived()
    yard.gate.reset()
    assert not yard.gate.asleep
    assert yard.run(30, until=lambda: yard.gate.asleep) < 10
    assert yard.gate.trust is Trust.TRUSTED


def scene(bright: int = 0, *, person_at: int | None = None) -> np.ndarray:
    pixels = np.full((224, 224, 3), 90 + bright, np.uint8)
    pixels[::7] += 20
    if person_at is not None:
        pixels[100:140, person_at : person_at + 14] = 30
    return pixels


def test_somebody_who_walks_is_a_change_and_another_light_is_none() -> None:
    change = PictureChange()
    assert change.take(scene()) is None
    assert change.take(scene()) == 0.0
    walked = change.take(scene(person_at=60))
    assert walked is not None
    assert walked > 2.5
    moved_on = change.take(scene(person_at=120))
    assert moved_on is not None
    assert moved_on > 2.5
    change.take(scene())
    lighter = change.take(scene(bright=12))
    assert lighter is not None
    assert lighter < 1.0


def test_stamps_that_step_back_within_a_group_are_no_position_of_their_own() -> None:
    gate = PacketGate()
    for _ in range(3):
        gate.packet(10_000 * NS_PER_S, 20_000, keyframe=True)
        for back in range(1, 400):
            gate.packet((10_000 - back) * NS_PER_S, 900, keyframe=False)
            gate.picture(1.0)
    assert set(gate._usual) <= set(range(-1, 65)), "memory of what is usual stays bounded"
