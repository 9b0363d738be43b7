"""Poses of a body: sets of joint angles, so that what lies between two of them is a pose too."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np


@dataclass(frozen=True, slots=True)
class Pose:
    """Joint angles in degrees; all zero is standing at attention."""

    #: The whole body tipped forward (90 face down, -90 on the back) or to its left (90 on a side).
    pitch: float = 0.0
    roll: float = 0.0
    #: Upper body bent forward at the hip; head nod on top of it.
    lean: float = 0.0
    nod: float = 0.0
    hip_l: float = 0.0
    hip_r: float = 0.0
    knee_l: float = 0.0
    knee_r: float = 0.0
    spread: float = 3.0
    arm_l: float = 0.0
    arm_r: float = 0.0
    lift_l: float = 6.0
    lift_r: float = 6.0
    elbow_l: float = 8.0
    elbow_r: float = 8.0


_POSE_FIELDS = tuple(f.name for f in fields(Pose))


def between(a: Pose, b: Pose, t: float) -> Pose:
    """The pose ``t`` of the way from ``a`` to ``b``."""
    return Pose(*((1 - t) * getattr(a, f) + t * getattr(b, f) for f in _POSE_FIELDS))


def standing(rng: np.random.Generator) -> Pose:
    """At rest: arms hanging, folded, or one raised to a phone."""
    pose = Pose(
        lean=rng.uniform(-2, 6),
        nod=rng.uniform(-5, 25),
        spread=rng.uniform(1, 8),
        arm_l=rng.uniform(-10, 15),
        arm_r=rng.uniform(-10, 15),
        elbow_l=rng.uniform(5, 30),
        elbow_r=rng.uniform(5, 30),
    )
    kind = rng.integers(5)
    if kind == 0:
        pose = replace(pose, arm_l=20.0, arm_r=20.0, elbow_l=100.0, elbow_r=95.0)
    elif kind == 1:
        pose = replace(pose, arm_r=float(rng.uniform(20, 50)), elbow_r=float(rng.uniform(90, 130)))
    elif kind == 2:
        pose = replace(pose, lift_l=float(rng.uniform(20, 100)), arm_l=float(rng.uniform(0, 80)))
    return pose


def walking(phase: float, vigour: float = 1.0) -> Pose:
    """A step of the walk cycle; ``phase`` in cycles, ``vigour`` 1 for an even pace."""
    swing = math.sin(2 * math.pi * phase)
    ahead = math.cos(2 * math.pi * phase)
    return Pose(
        lean=4 * vigour,
        hip_l=26 * vigour * swing + 4,
        hip_r=-26 * vigour * swing + 4,
        knee_l=8 + 42 * vigour * max(0.0, ahead),
        knee_r=8 + 42 * vigour * max(0.0, -ahead),
        arm_l=-22 * vigour * swing,
        arm_r=22 * vigour * swing,
        elbow_l=18,
        elbow_r=18,
    )


def running(phase: float) -> Pose:
    """A step of the run cycle: long strides, bent elbows, the body tipped ahead."""
    swing = math.sin(2 * math.pi * phase)
    ahead = math.cos(2 * math.pi * phase)
    return Pose(
        lean=16,
        hip_l=48 * swing + 12,
        hip_r=-48 * swing + 12,
        knee_l=22 + 80 * max(0.0, ahead),
        knee_r=22 + 80 * max(0.0, -ahead),
        arm_l=-48 * swing,
        arm_r=48 * swing,
        elbow_l=90,
        elbow_r=90,
    )


def lying(rng: np.random.Generator) -> Pose:
    """Collapsed: on the back, the face or a side, limbs as they fell."""
    side = rng.integers(4)
    pitch, roll = ((-90.0, 0.0), (90.0, 0.0), (0.0, 90.0), (0.0, -90.0))[side]
    flat = side < 2
    curled = 0.12 * rng.uniform(0, 1) if flat else 0.75 * rng.uniform(0, 1)
    # Limbs rest on the ground: they open sideways on the back or face, to the front on a side.
    swing = (-6.0, 10.0) if flat else (-20.0, 130.0)
    opening = 120.0 if flat else 18.0
    return Pose(
        pitch=pitch + rng.uniform(-4, 4),
        roll=roll + rng.uniform(-6, 6),
        lean=rng.uniform(-5, 10) + 35 * curled,
        nod=rng.uniform(-10, 25),
        hip_l=rng.uniform(-5, 15) + 70 * curled,
        hip_r=rng.uniform(-5, 25) + 60 * curled,
        knee_l=rng.uniform(0, 40) + 60 * curled,
        knee_r=rng.uniform(0, 25) + 60 * curled,
        spread=rng.uniform(2, 22 if flat else 8),
        arm_l=rng.uniform(*swing),
        arm_r=rng.uniform(*swing),
        lift_l=rng.uniform(0, opening),
        lift_r=rng.uniform(0, opening),
        elbow_l=rng.uniform(0, 15 if flat else 80),
        elbow_r=rng.uniform(0, 15 if flat else 80),
    )


def bending(rng: np.random.Generator) -> Pose:
    """Upright on the feet, reaching for the ground: from the hip, or crouched."""
    if rng.random() < 0.5:
        return Pose(
            lean=rng.uniform(60, 105),
            nod=rng.uniform(-20, 20),
            hip_l=rng.uniform(-5, 15),
            hip_r=rng.uniform(-5, 15),
            knee_l=rng.uniform(5, 35),
            knee_r=rng.uniform(5, 35),
            arm_l=rng.uniform(60, 110),
            arm_r=rng.uniform(60, 110),
        )
    return Pose(
        lean=rng.uniform(20, 50),
        nod=rng.uniform(0, 30),
        hip_l=rng.uniform(85, 115),
        hip_r=rng.uniform(60, 115),
        knee_l=rng.uniform(105, 135),
        knee_r=rng.uniform(100, 135),
        spread=rng.uniform(5, 15),
        arm_l=rng.uniform(40, 80),
        arm_r=rng.uniform(40, 80),
        elbow_l=rng.uniform(10, 60),
        elbow_r=rng.uniform(10, 60),
    )


def sitting(rng: np.random.Generator) -> Pose:
    """On a seat of knee height."""
    return Pose(
        lean=rng.uniform(-8, 20),
        nod=rng.uniform(0, 25),
        hip_l=rng.uniform(78, 92),
        hip_r=rng.uniform(78, 92),
        knee_l=rng.uniform(70, 95),
        knee_r=rng.uniform(70, 95),
        spread=rng.uniform(4, 12),
        arm_l=rng.uniform(10, 50),
        arm_r=rng.uniform(10, 50),
        elbow_l=rng.uniform(30, 90),
        elbow_r=rng.uniform(30, 90),
    )


def fighting(rng: np.random.Generator) -> Pose:
    """Towards an opponent: a blow, a kick, a grip, or a guard with raised fists."""
    kind = int(rng.integers(4))
    guard = Pose(
        lean=rng.uniform(5, 25),
        hip_l=rng.uniform(5, 40),
        hip_r=rng.uniform(-25, 5),
        knee_l=rng.uniform(10, 45),
        knee_r=rng.uniform(5, 30),
        spread=rng.uniform(4, 12),
        arm_l=rng.uniform(40, 75),
        arm_r=rng.uniform(40, 75),
        elbow_l=rng.uniform(70, 110),
        elbow_r=rng.uniform(70, 110),
    )
    if kind == 0:
        return replace(guard, arm_r=float(rng.uniform(80, 110)), elbow_r=float(rng.uniform(0, 20)))
    if kind == 1:
        return replace(
            guard,
            lean=float(rng.uniform(-25, 0)),
            hip_l=float(rng.uniform(60, 105)),
            knee_l=float(rng.uniform(0, 30)),
            hip_r=0.0,
        )
    if kind == 2:
        return replace(
            guard,
            lean=float(rng.uniform(20, 55)),
            arm_l=float(rng.uniform(60, 100)),
            arm_r=float(rng.uniform(60, 100)),
            elbow_l=float(rng.uniform(0, 40)),
            elbow_r=float(rng.uniform(0, 40)),
        )
    return guard
