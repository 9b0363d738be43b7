"""Actors of a story: each knows when it is on, and what of it is seen at a time ``t`` in seconds.

Lengths are scene units; speeds are given in metres a second and follow from the view.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from pipeline.scene.canvas import Colour
from pipeline.scene.effects import Fire, Lamp, Smoke
from pipeline.scene.movers import Car, Dog
from pipeline.scene.people import Look, Person
from pipeline.scene.poses import Pose, between, walking
from pipeline.scene.view import View

_PERSON_M = 1.75
#: Body heights covered by one cycle of the walk.
_STRIDE = 0.8


def smooth(t: float) -> float:
    """From 0 to 1 with a soft start and end; clipped outside."""
    t = min(1.0, max(0.0, t))
    return t * t * (3 - 2 * t)


@dataclass(frozen=True, slots=True)
class Stroll:
    """Someone who crosses the picture, and may stop on the way to do something."""

    look: Look
    y: float
    x0: float
    x1: float
    start_s: float
    metres_per_s: float
    #: Where they stop, for how long, in which pose; no stop if the time is 0.
    stop_x: float = 0.0
    stop_s: float = 0.0
    stop_pose: Pose | None = None
    stop_heading: float = 90.0
    seated: bool = False
    #: What they stop to do, a key of ``concepts.SIGHT_CONCEPTS``.
    stop_activity: str = "person_standing"

    def speed(self, view: View) -> float:
        """Scene units a second."""
        return self.metres_per_s / _PERSON_M * view.scale(self.y)

    def end_s(self, view: View) -> float:
        """When they have left."""
        return self.start_s + abs(self.x1 - self.x0) / self.speed(view) + self.stop_s

    def at(self, t: float, view: View) -> tuple[Person, bool] | None:
        """The person at ``t`` and whether they sit, or None when not there."""
        if not self.start_s <= t <= self.end_s(view):
            return None
        speed = self.speed(view)
        way = 1.0 if self.x1 > self.x0 else -1.0
        heading = 0.0 if way > 0 else 180.0
        reach = abs(self.stop_x - self.x0) / speed
        gone = t - self.start_s
        if self.stop_pose is None or gone < reach:
            moved, pause = gone * speed, -1.0
        elif gone < reach + self.stop_s:
            moved, pause = reach * speed, gone - reach
        else:
            moved, pause = (gone - self.stop_s) * speed, -1.0
        step = walking(moved / (_STRIDE * view.scale(self.y)))
        x = self.x0 + way * moved
        if pause < 0 or self.stop_pose is None:
            return Person(x, self.y, heading, step, self.look), False
        blend = self._stopped(pause)
        turned = heading + (self.stop_heading - heading) * blend
        pose = between(step, self.stop_pose, blend)
        return Person(x, self.y, turned, pose, self.look), self.seated and blend > 0.8

    def _stopped(self, pause: float) -> float:
        return min(smooth(pause / 0.7), smooth((self.stop_s - pause) / 0.7))

    def activity(self, t: float, view: View) -> str | None:
        """What an onlooker would say they do at ``t``; None on the way from one to the other."""
        pause = t - self.start_s - abs(self.stop_x - self.x0) / self.speed(view)
        if self.stop_pose is None or not 0 < pause < self.stop_s:
            return "person_walking"
        blend = self._stopped(pause)
        return self.stop_activity if blend > 0.8 else "person_walking" if blend < 0.1 else None


@dataclass(frozen=True, slots=True)
class Collapse:
    """Someone walks in, falls, stays down, gets up and walks on."""

    look: Look
    y: float
    x0: float
    fall_x: float
    metres_per_s: float
    fall_s: float
    rise_s: float
    down: Pose
    crouch: Pose
    #: How far they turn while they fall, degrees.
    turn: float
    tumble_s: float = 0.9
    getting_up_s: float = 2.2

    def walk_in_s(self, view: View) -> float:
        """Seconds from entering to falling."""
        speed = self.metres_per_s / _PERSON_M * view.scale(self.y)
        return abs(self.fall_x - self.x0) / speed

    def at(self, t: float, view: View) -> Person | None:
        """The person at ``t``, or None when not there."""
        size = view.scale(self.y)
        speed = self.metres_per_s / _PERSON_M * size
        way = 1.0 if self.fall_x > self.x0 else -1.0
        heading = 0.0 if way > 0 else 180.0
        entered = self.fall_s - self.walk_in_s(view)
        if t < entered:
            return None
        if t < self.fall_s:
            moved = (t - entered) * speed
            step = walking(moved / (_STRIDE * size))
            return Person(self.x0 + way * moved, self.y, heading, step, self.look)
        stop = walking((self.fall_s - entered) * speed / (_STRIDE * size))
        up_s = self.rise_s + self.getting_up_s
        if t < self.rise_s:
            return self._fallen(stop, smooth((t - self.fall_s) / self.tumble_s), heading, size)
        if t < up_s:
            part = (t - self.rise_s) / self.getting_up_s
            if part < 0.6:
                return self._fallen(self.crouch, 1 - smooth(part / 0.6), heading, size)
            pose = between(self.crouch, stop, smooth((part - 0.6) / 0.4))
            return Person(self.fall_x, self.y, heading, pose, self.look)
        moved = (t - up_s) * speed
        x = self.fall_x + way * moved
        if not -0.3 < x < 2.1:
            return None
        start = (self.fall_s - entered) * speed
        step = walking((start + moved) / (_STRIDE * size))
        return Person(x, self.y, heading, step, self.look)

    def activity(self, t: float) -> str | None:
        """What an onlooker would say they do at ``t``; None on the way from one to the other."""
        if t < self.fall_s or t > self.rise_s + self.getting_up_s:
            return "person_walking"
        if t > self.rise_s:
            return "person_lying" if t < self.rise_s + 0.2 else None
        part = smooth((t - self.fall_s) / self.tumble_s) ** 2
        if part > 0.85:
            return "person_lying"
        return "person_falling" if 0.3 < part < 0.7 else None

    def _fallen(self, upright: Pose, part: float, heading: float, size: float) -> Person:
        pose = between(upright, self.down, part * part)
        facing = heading + self.turn * part
        # The feet stay where they are; the pelvis goes where the body tips.
        f = 0.45 * math.sin(math.radians(pose.pitch))
        left = 0.45 * math.sin(math.radians(pose.roll))
        h = math.radians(facing)
        x = self.fall_x + size * (f * math.cos(h) + left * math.sin(h))
        return Person(x, self.y, facing, pose, self.look)


@dataclass(frozen=True, slots=True)
class Drive:
    """A car that drives through, its lamps on or off."""

    car: Car
    start_s: float
    metres_per_s: float

    def end_s(self, view: View) -> float:
        """When it has left."""
        return self.start_s + 3.4 / (self.metres_per_s / _PERSON_M * view.scale(self.car.y))

    def at(self, t: float, view: View) -> Car | None:
        """The car at ``t``, or None when not there."""
        if not self.start_s <= t <= self.end_s(view):
            return None
        moved = (t - self.start_s) * self.metres_per_s / _PERSON_M * view.scale(self.car.y)
        x = -0.8 + moved if self.car.facing > 0 else 2.6 - moved
        return replace(self.car, x=x)


@dataclass(frozen=True, slots=True)
class Trot:
    """A dog that trots through."""

    dog: Dog
    start_s: float
    metres_per_s: float

    def at(self, t: float, view: View) -> Dog | None:
        """The dog at ``t``, or None when not there."""
        size = view.scale(self.dog.y)
        moved = (t - self.start_s) * self.metres_per_s / _PERSON_M * size
        if not 0 <= moved <= 2.3:
            return None
        x = -0.25 + moved if self.dog.facing > 0 else 2.05 - moved
        return replace(self.dog, x=x, phase=moved / (0.5 * size))


@dataclass(frozen=True, slots=True)
class Burn:
    """A fire that flares up, burns and dies, with its smoke."""

    fire: Fire
    smoke: Smoke
    start_s: float
    end_s: float

    def at(self, t: float) -> tuple[Fire | None, Smoke | None]:
        """Flames and smoke at ``t``; the smoke outlasts the flames a little."""
        age = t - self.start_s
        if age < 0 or t > self.end_s + 3:
            return None, None
        grown = min(smooth(age / 1.5 + 0.15), smooth((self.end_s - t) / 1.0))
        fire = replace(self.fire, age=age, strength=self.fire.strength * grown)
        veil = min(smooth(age / 2.5), smooth((self.end_s + 3 - t) / 3))
        smoke = replace(self.smoke, age=age, density=self.smoke.density * veil)
        return (fire if grown > 0.03 else None), (smoke if veil > 0.03 else None)


@dataclass(frozen=True, slots=True)
class Switch:
    """A light that goes on and off again."""

    lamp: Lamp
    start_s: float
    end_s: float

    def at(self, t: float) -> Lamp | None:
        """The lamp at ``t``, or None while it is off."""
        level = min(smooth((t - self.start_s) / 0.3), smooth((self.end_s - t) / 0.3))
        return replace(self.lamp, power=self.lamp.power * level) if level > 0.01 else None


@dataclass(frozen=True, slots=True)
class Cue:
    """A sound of the story: which concept, from when, for how long, how loud at its peak."""

    concept: str
    start_s: float
    seconds: float
    peak: float
    seed: int


LAMP_COLOURS: tuple[Colour, ...] = ((255, 244, 214), (255, 222, 170), (226, 238, 255))
