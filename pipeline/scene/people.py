"""People: an articulated body in three dimensions, its clothes, and how it is drawn.

The body is a skeleton of rigid parts, posed by joint angles. Its lowest part always touches the
ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.scene.canvas import Canvas, Colour, Point, scaled
from pipeline.scene.poses import Pose
from pipeline.scene.view import View

Vec = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """Build and clothes of one person."""

    tall: float
    broad: float
    skin: Colour
    hair: Colour
    top: Colour
    legs: Colour
    shoes: Colour
    sleeves: bool
    hat: bool
    coat: bool
    stripes: bool
    bag: bool


_SKINS: tuple[Colour, ...] = (
    (235, 196, 168),
    (222, 176, 142),
    (188, 138, 100),
    (140, 96, 66),
    (92, 62, 44),
)
_CLOTHES: tuple[Colour, ...] = (
    (30, 32, 40),
    (58, 62, 72),
    (110, 112, 116),
    (196, 196, 190),
    (232, 230, 224),
    (40, 62, 110),
    (62, 98, 160),
    (120, 34, 38),
    (190, 40, 40),
    (46, 92, 60),
    (112, 96, 62),
    (150, 120, 86),
    (220, 170, 50),
    (240, 120, 30),
    (120, 60, 130),
    (210, 130, 150),
    (60, 140, 150),
)
_HAIR: tuple[Colour, ...] = (
    (28, 22, 20),
    (60, 42, 30),
    (112, 82, 52),
    (176, 146, 96),
    (150, 150, 150),
)


def sample_look(rng: np.random.Generator) -> Look:
    """Someone new; one in eight wears a high-visibility vest."""
    hi_vis = rng.random() < 0.12
    top = _CLOTHES[rng.integers(len(_CLOTHES))]
    if hi_vis:
        top = (250.0, 120.0, 20.0) if rng.random() < 0.5 else (215.0, 240.0, 40.0)
    return Look(
        tall=float(np.clip(rng.normal(1.0, 0.07), 0.75, 1.15)),
        broad=float(rng.uniform(0.85, 1.3)),
        skin=_SKINS[rng.integers(len(_SKINS))],
        hair=_HAIR[rng.integers(len(_HAIR))],
        top=scaled(top, float(rng.uniform(0.8, 1.15))),
        legs=scaled(_CLOTHES[rng.integers(12)], float(rng.uniform(0.7, 1.1))),
        shoes=_CLOTHES[rng.integers(5)],
        sleeves=bool(rng.random() < 0.75),
        hat=bool(rng.random() < 0.2),
        coat=bool(rng.random() < 0.22),
        stripes=hi_vis,
        bag=bool(rng.random() < 0.15),
    )


@dataclass(frozen=True, slots=True)
class Person:
    """Someone in the scene: the point of the ground below the pelvis, and which way they face."""

    x: float
    y: float
    #: Degrees: 0 faces right, 90 the camera, 180 left, 270 away.
    heading: float
    pose: Pose
    look: Look


def _limb(origin: Vec, down: Vec, ahead: Vec, side: Vec, flex: float, lift: float, n: float) -> Vec:
    f, b = math.radians(flex), math.radians(lift)
    cf, sf, cb, sb = math.cos(f), math.sin(f), math.cos(b), math.sin(b)
    return (
        origin[0] + n * (cb * (cf * down[0] + sf * ahead[0]) + sb * side[0]),
        origin[1] + n * (cb * (cf * down[1] + sf * ahead[1]) + sb * side[1]),
        origin[2] + n * (cb * (cf * down[2] + sf * ahead[2]) + sb * side[2]),
    )


def _along(origin: Vec, direction: Vec, n: float) -> Vec:
    return (
        origin[0] + n * direction[0],
        origin[1] + n * direction[1],
        origin[2] + n * direction[2],
    )


def skeleton(pose: Pose) -> dict[str, Vec]:
    """Joints as (forward, left, up) in body heights, pelvis above the origin, lowest part at 0."""
    lean = math.radians(pose.lean)
    spine: Vec = (math.sin(lean), 0.0, math.cos(lean))
    ahead: Vec = (math.cos(lean), 0.0, -math.sin(lean))
    hang: Vec = (-spine[0], 0.0, -spine[2])
    nod = math.radians(pose.lean + pose.nod)
    pelvis: Vec = (0.0, 0.0, 0.0)
    chest = _along(pelvis, spine, 0.29)
    neck = _along(pelvis, spine, 0.335)
    joints: dict[str, Vec] = {
        "pelvis": pelvis,
        "chest": chest,
        "neck": neck,
        "head": _along(neck, (math.sin(nod), 0.0, math.cos(nod)), 0.09),
    }
    for name, sign in (("l", 1.0), ("r", -1.0)):
        side: Vec = (0.0, sign, 0.0)
        arm, lift = getattr(pose, f"arm_{name}"), getattr(pose, f"lift_{name}")
        bend = arm + getattr(pose, f"elbow_{name}")
        shoulder = _along(chest, side, 0.105)
        elbow = _limb(shoulder, hang, ahead, side, arm, lift, 0.165)
        joints[f"shoulder_{name}"], joints[f"elbow_{name}"] = shoulder, elbow
        joints[f"hand_{name}"] = _limb(elbow, hang, ahead, side, bend, lift * 0.8, 0.165)
        flex, knee_bend = getattr(pose, f"hip_{name}"), getattr(pose, f"knee_{name}")
        hip = _along(pelvis, side, 0.052)
        down: Vec = (0.0, 0.0, -1.0)
        front: Vec = (1.0, 0.0, 0.0)
        knee = _limb(hip, down, front, side, flex, pose.spread, 0.245)
        ankle = _limb(knee, down, front, side, flex - knee_bend, pose.spread, 0.235)
        joints[f"hip_{name}"], joints[f"knee_{name}"], joints[f"ankle_{name}"] = hip, knee, ankle
        joints[f"toe_{name}"] = _limb(ankle, down, front, side, flex - knee_bend + 82, 0.0, 0.075)
    return _settled(joints, pose.pitch, pose.roll)


def _settled(joints: dict[str, Vec], pitch: float, roll: float) -> dict[str, Vec]:
    p, r = math.radians(pitch), math.radians(roll)
    cp, sp, cr, sr = math.cos(p), math.sin(p), math.cos(r), math.sin(r)
    turned: dict[str, Vec] = {}
    for name, (f, left, up) in joints.items():
        f, up = f * cp + up * sp, up * cp - f * sp
        left, up = left * cr + up * sr, up * cr - left * sr
        turned[name] = (f, left, up)
    lowest = min(up - _RADIUS.get(name, 0.03) for name, (_, _, up) in turned.items())
    return {name: (f, left, up - lowest) for name, (f, left, up) in turned.items()}


_RADIUS = {
    "head": 0.07,
    "pelvis": 0.075,
    "chest": 0.08,
    "hip_l": 0.06,
    "hip_r": 0.06,
    "shoulder_l": 0.05,
    "shoulder_r": 0.05,
}


class _Drawn:
    """One person's joints on the picture."""

    def __init__(self, person: Person, view: View) -> None:
        self.size = view.scale(person.y) * person.look.tall
        tilt = view.tilt(person.y)
        rise = math.sqrt(1 - tilt * tilt)
        h = math.radians(person.heading)
        ch, sh = math.cos(h), math.sin(h)
        self.points: dict[str, Point] = {}
        self.depth: dict[str, float] = {}
        for name, (f, left, up) in skeleton(person.pose).items():
            gx, near = f * ch + left * sh, f * sh - left * ch
            self.points[name] = (
                person.x + self.size * gx,
                person.y + self.size * (near * tilt - up * rise),
            )
            self.depth[name] = near * rise + up * tilt


def bounds(person: Person, view: View) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the person's joints in the picture, scene units."""
    points = _Drawn(person, view).points.values()
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def extent(person: Person, view: View) -> tuple[float, float]:
    """Width and height of the person's joints in the picture, scene units."""
    left, top, right, bottom = bounds(person, view)
    return right - left, bottom - top


def draw_person(canvas: Canvas, person: Person, view: View) -> None:
    """Draw one person, far limbs first and a little darker."""
    drawn = _Drawn(person, view)
    at, size, look = drawn.points, drawn.size, person.look
    thick = size * look.broad
    jobs: list[tuple[float, str, str]] = [(drawn.depth["chest"] * 0.5, "torso", "")]
    jobs.append((drawn.depth["head"], "head", ""))
    for side in ("l", "r"):
        jobs.append((drawn.depth[f"knee_{side}"] - 0.01, "leg", side))
        jobs.append((drawn.depth[f"elbow_{side}"], "arm", side))
    first_leg = True
    for _, part, side in sorted(jobs):
        if part == "leg":
            colour = scaled(look.legs, 0.78 if first_leg else 1.0)
            first_leg = False
            ankle, toe = at[f"ankle_{side}"], at[f"toe_{side}"]
            canvas.capsule(ankle, 0.026 * thick, toe, 0.02 * thick, look.shoes)
            knee = at[f"knee_{side}"]
            canvas.capsule(knee, 0.04 * thick, ankle, 0.028 * thick, colour)
            canvas.capsule(at[f"hip_{side}"], 0.056 * thick, knee, 0.042 * thick, colour)
        elif part == "arm":
            shade = 0.82 if drawn.depth[f"shoulder_{side}"] < drawn.depth["chest"] else 0.95
            elbow, hand = at[f"elbow_{side}"], at[f"hand_{side}"]
            fore = scaled(look.top, shade) if look.sleeves else look.skin
            canvas.capsule(elbow, 0.028 * thick, hand, 0.021 * thick, fore)
            canvas.disc(hand, 0.024 * size, look.skin)
            shoulder = at[f"shoulder_{side}"]
            canvas.capsule(shoulder, 0.04 * thick, elbow, 0.03 * thick, scaled(look.top, shade))
        elif part == "torso":
            _torso(canvas, at, thick, look)
        else:
            _head(canvas, person, at, size)


def _torso(canvas: Canvas, at: dict[str, Point], thick: float, look: Look) -> None:
    sl, sr, hl, hr = at["shoulder_l"], at["shoulder_r"], at["hip_l"], at["hip_r"]
    if look.bag:
        canvas.capsule(at["chest"], 0.1 * thick, at["pelvis"], 0.07 * thick, scaled(look.legs, 0.6))
    if look.coat:
        knee_l, knee_r = at["knee_l"], at["knee_r"]
        low_l = ((hl[0] + knee_l[0]) / 2, (hl[1] + knee_l[1]) / 2)
        low_r = ((hr[0] + knee_r[0]) / 2, (hr[1] + knee_r[1]) / 2)
        canvas.capsule(hl, 0.07 * thick, low_l, 0.065 * thick, scaled(look.top, 0.85))
        canvas.capsule(hr, 0.07 * thick, low_r, 0.065 * thick, scaled(look.top, 0.85))
    canvas.polygon((sl, sr, hr, hl), look.top)
    canvas.capsule(sl, 0.046 * thick, hl, 0.058 * thick, look.top)
    canvas.capsule(sr, 0.046 * thick, hr, 0.058 * thick, scaled(look.top, 0.92))
    canvas.capsule(at["chest"], 0.07 * thick, at["pelvis"], 0.07 * thick, look.top)
    if look.stripes:
        for t in (0.35, 0.65):
            a = (sl[0] + (hl[0] - sl[0]) * t, sl[1] + (hl[1] - sl[1]) * t)
            b = (sr[0] + (hr[0] - sr[0]) * t, sr[1] + (hr[1] - sr[1]) * t)
            canvas.capsule(a, 0.014 * thick, b, 0.014 * thick, (225, 228, 230))


def _head(canvas: Canvas, person: Person, at: dict[str, Point], size: float) -> None:
    look, head, neck = person.look, at["head"], at["neck"]
    canvas.capsule(at["chest"], 0.035 * size, neck, 0.03 * size, look.skin)
    canvas.disc(head, 0.066 * size, look.hair)
    heading = math.radians(person.heading)
    face = (math.cos(heading), math.sin(heading))
    ux, uy = head[0] - neck[0], head[1] - neck[1]
    down = math.hypot(ux, uy) or 1.0
    if face[1] > -0.6:
        centre = (
            head[0] + size * (0.02 * face[0] - 0.018 * ux / down),
            head[1] + size * (0.006 * face[1] - 0.018 * uy / down),
        )
        canvas.disc(centre, 0.052 * size, look.skin)
    if look.hat:
        top = (head[0] + 0.035 * size * ux / down, head[1] + 0.035 * size * uy / down)
        angle = math.degrees(math.atan2(ux, -uy))
        canvas.ellipse(top, (0.078 * size, 0.04 * size), angle, scaled(look.top, 0.7))
