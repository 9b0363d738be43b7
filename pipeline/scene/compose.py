"""How a story comes about: place, times of the events, and the quiet life around them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pipeline.records import Modality
from pipeline.scene.acoustics import RATE
from pipeline.scene.backdrop import Backdrop, sample_backdrop
from pipeline.scene.cast import (
    LAMP_COLOURS,
    Burn,
    Collapse,
    Cue,
    Drive,
    Stroll,
    Switch,
    Trot,
)
from pipeline.scene.effects import Lamp
from pipeline.scene.lens import sample_lens
from pipeline.scene.movers import sample_car, sample_dog
from pipeline.scene.people import Person, extent, sample_look
from pipeline.scene.pictures import sample_fire, sample_smoke
from pipeline.scene.poses import bending, lying, sitting, standing
from pipeline.scene.sounds import synthesise
from pipeline.scene.story import Story, StoryEvent
from pipeline.scene.view import View

#: Nothing alarming happens before this.
QUIET_S = 18.0
#: From the end of an event to the start of the next, at least.
GAP_S = 12.0
_TAIL_S = 5.0
_LENGTHS = {"fire_with_alarm": 9.0, "glass_breaking": 2.6, "person_collapses": 9.0}
_MODALITIES = {
    "fire_with_alarm": (Modality.VIDEO, Modality.AUDIO),
    "glass_breaking": (Modality.AUDIO,),
    "person_collapses": (Modality.VIDEO,),
}
_EDGE_L, _EDGE_R = -0.25, 2.03


@dataclass(slots=True)
class _Script:
    """A story being written."""

    place: Backdrop
    events: tuple[StoryEvent, ...]
    strolls: list[Stroll] = field(default_factory=list)
    drives: list[Drive] = field(default_factory=list)
    trots: list[Trot] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    burns: list[Burn] = field(default_factory=list)
    collapses: list[Collapse] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)


def compose(seed: int, seconds: float = 75.0, at: Story | None = None) -> Story:
    """The story of a seed: always the same for the same seed, another for each.

    Args:
        seed: of all that is drawn.
        seconds: its length.
        at: what happens is seen by the camera of this story, at the same hour.

    Raises:
        ValueError: ``seconds`` leaves no room for three events.
    """
    rng = np.random.default_rng((seed, 20))
    place = _place(rng)
    if at is not None:
        place = at.backdrop
    events = _schedule(rng, seconds)
    script = _Script(place, events)
    for event in events:
        if event.name == "fire_with_alarm":
            _burn(rng, script, event)
        elif event.name == "person_collapses":
            _collapse(rng, script, event)
        else:
            script.events = tuple(_shatter(rng, script, event) if e is event else e for e in events)
    _quiet_pictures(rng, script, seconds)
    _quiet_sounds(rng, script, seconds)
    lens = replace(
        sample_lens(rng),
        mono=False,
        jpeg=0,
        exposure=float(rng.uniform(0.9, 1.15)),
        gamma=float(rng.uniform(0.85, 1.1)),
        saturation=float(rng.uniform(0.8, 1.1)),
        noise=float(rng.uniform(1.5, 4)),
        blur=float(rng.uniform(0, 1.5)),
        caption="",
    )
    sunset = place.sky == "sunset" and not place.indoors
    darkness = float(rng.uniform(0.1, 0.3)) if sunset else float(rng.uniform(0.0, 0.08))
    return Story(
        seed=seed,
        seconds=seconds,
        backdrop=place,
        lens=at.lens if at else lens,
        darkness=at.darkness if at else darkness,
        events=script.events,
        strolls=tuple(script.strolls),
        drives=tuple(script.drives),
        trots=tuple(script.trots),
        switches=tuple(script.switches),
        burns=tuple(script.burns),
        collapses=tuple(script.collapses),
        cues=tuple(script.cues),
    )


def _place(rng: np.random.Generator) -> Backdrop:
    kind = ("yard", "street", "car_park", "hall", "room")[
        int(rng.choice(5, p=(0.35, 0.2, 0.2, 0.15, 0.1)))
    ]
    place = sample_backdrop(rng, kind)
    view = replace(place.view, near=float(rng.uniform(0.42, 0.6)))
    return replace(place, view=view)


def _schedule(rng: np.random.Generator, seconds: float) -> tuple[StoryEvent, ...]:
    names = [str(name) for name in rng.permutation(tuple(_LENGTHS))]
    slack = seconds - QUIET_S - sum(_LENGTHS.values()) - 2 * GAP_S - _TAIL_S
    if slack < 0:
        least = seconds - slack
        raise ValueError(
            f"{seconds:g} s are too short for three events apart: ask for {least:g} s or more"
        )
    shares = rng.dirichlet((1.5, 1.5, 1.5, 0.7))[:3] * slack
    events, t = [], QUIET_S
    for name, extra in zip(names, shares, strict=True):
        t += float(extra)
        end = t + _LENGTHS[name]
        events.append(StoryEvent(name, _MODALITIES[name], round(t, 3), round(end, 3)))
        t = end + GAP_S
    return tuple(events)


def _cue(rng: np.random.Generator, concept: str, start: float, seconds: float, peak: float) -> Cue:
    return Cue(concept, start, seconds, peak, int(rng.integers(1 << 31)))


def _lane(rng: np.random.Generator, place: Backdrop, low: float, high: float) -> float:
    """A ``y`` along which people can cross the whole picture."""
    y, _, _ = place.floor(float(rng.uniform(low, high)))
    if place.walls is not None:
        inset = max(place.walls.left, 16 / 9 - place.walls.right, 0.0)
        y = max(y, min(0.97, place.walls.low + 0.7 * inset))
    return y


def _burn(rng: np.random.Generator, script: _Script, event: StoryEvent) -> None:
    fire = sample_fire(rng, script.place)
    height = max(fire.height, float(rng.uniform(0.26, 0.42)))
    x = float(np.clip(fire.x, 0.35, 1.43))
    fire = replace(
        fire,
        x=x,
        height=height,
        width=height * float(rng.uniform(0.6, 1.1)),
        strength=float(rng.uniform(0.85, 1.0)),
    )
    smoke = replace(sample_smoke(rng, fire), density=float(rng.uniform(0.5, 0.8)))
    script.burns.append(Burn(fire, smoke, event.start_s, event.end_s))
    late = float(rng.uniform(0.3, 1.0))
    length = event.end_s - event.start_s - late
    peak = float(rng.uniform(0.3, 0.55))
    script.cues.append(_cue(rng, "fire_alarm", event.start_s + late, length, peak))


def _collapse(rng: np.random.Generator, script: _Script, event: StoryEvent) -> None:
    y = min(_lane(rng, script.place, 0.33, 0.45), 0.9)
    rightwards = rng.random() < 0.5
    x0 = _EDGE_L if rightwards else _EDGE_R
    heading, view = 0.0 if rightwards else 180.0, script.place.view
    look, down, turn = sample_look(rng), lying(rng), float(rng.uniform(-40, 40))
    while not _lies_across(Person(0.9, y, heading + turn, down, look), view):
        down, turn = lying(rng), float(rng.uniform(-70, 70))
    script.collapses.append(
        Collapse(
            look=look,
            y=y,
            x0=x0,
            fall_x=float(rng.uniform(0.6, 1.18)),
            metres_per_s=float(rng.uniform(1.1, 1.5)),
            fall_s=event.start_s,
            rise_s=event.end_s,
            down=down,
            crouch=replace(bending(rng), lean=40, hip_l=100, hip_r=80, knee_l=120, knee_r=115),
            turn=turn,
        )
    )


def _shatter(rng: np.random.Generator, script: _Script, event: StoryEvent) -> StoryEvent:
    """Breaking glass whose impact falls on the event's start; returns it with its true end."""
    stretch = 4.0
    while True:
        cue = _cue(rng, "glass_breaking", 0.0, stretch, float(rng.uniform(0.45, 0.8)))
        wave = synthesise(cue.concept, np.random.default_rng(cue.seed), stretch)
        loud = np.flatnonzero(np.abs(wave) > 0.03) / RATE
        first, last = float(loud[0]), float(loud[-1])
        # Its moment inside the stretch is drawn too, and may lie across an edge: then again.
        if first > 0.05 and last < stretch - 0.3 and last - first < 2.6:
            break
    script.cues.append(replace(cue, start_s=event.start_s - first))
    return replace(event, end_s=round(event.start_s + last - first, 3))


def _lies_across(person: Person, view: View) -> bool:
    """Whether a camera sees at a glance that they lie: much wider than high."""
    width, height = extent(person, view)
    return width > 1.5 * height and width > 0.55 * view.scale(person.y)


def _stroll(rng: np.random.Generator, script: _Script, start: float, stop: str) -> Stroll:
    rightwards = rng.random() < 0.5
    stroll = Stroll(
        look=sample_look(rng),
        y=_lane(rng, script.place, 0.2, 0.42),
        x0=_EDGE_L if rightwards else _EDGE_R,
        x1=_EDGE_R if rightwards else _EDGE_L,
        start_s=start,
        metres_per_s=float(rng.uniform(1.1, 1.6)),
    )
    if not stop:
        return stroll
    pose = {"bend": bending, "sit": sitting, "stand": standing}[stop](rng)
    return replace(
        stroll,
        stop_x=float(rng.uniform(0.5, 1.3)),
        stop_s=float(rng.uniform(3.0, 4.5)),
        stop_pose=pose,
        stop_heading=float(rng.uniform(20, 160)),
        seated=stop == "sit",
        stop_activity={"bend": "person_bending", "sit": "person_sitting"}.get(
            stop, "person_standing"
        ),
    )


def _quiet_pictures(rng: np.random.Generator, script: _Script, seconds: float) -> None:
    place, view = script.place, script.place.view
    # Before anything happens: someone bends or sits, a warm-coloured car, a light, a dog.
    first = _stroll(
        rng, script, float(rng.uniform(0, 1.5)), "bend" if rng.random() < 0.6 else "sit"
    )
    script.strolls.append(first)
    begin = float(rng.uniform(1, 5))
    script.switches.append(_light(rng, begin, begin + float(rng.uniform(2, 4))))
    if not place.indoors:
        drive = _drive(rng, script, float(rng.uniform(5, 9)), warm=True)
        script.drives.append(drive)
        script.cues.append(_engine(rng, drive, view))
    trot = Trot(
        replace(sample_dog(rng, view), y=_lane(rng, place, 0.25, 0.45)),
        float(rng.uniform(7, 11)),
        float(rng.uniform(1.6, 2.6)),
    )
    script.trots.append(trot)
    t = float(rng.uniform(8, 10))
    stops = ["stand", "sit", "bend", "", ""]
    while t < seconds - 8:
        stroll = _stroll(rng, script, t, stops[int(rng.integers(len(stops)))])
        end = stroll.end_s(view)
        if not _meets_fall(script, t, end) and not _meets_fire(script, stroll.y, t, end):
            script.strolls.append(stroll)
        t += float(rng.uniform(7, 13))
    if not place.indoors:
        for t in (float(rng.uniform(24, 34)), float(rng.uniform(44, 60))):
            drive = _drive(rng, script, t, warm=bool(rng.random() < 0.4))
            if not _meets_fall(script, t, drive.end_s(view)):
                script.drives.append(drive)
                script.cues.append(_engine(rng, drive, view))
    begin = float(rng.uniform(28, seconds - 8))
    script.switches.append(_light(rng, begin, begin + 3))


def _meets_fall(script: _Script, start: float, end: float) -> bool:
    return any(start < c.rise_s + 4 and end > c.fall_s - 4 for c in script.collapses)


def _meets_fire(script: _Script, y: float, start: float, end: float) -> bool:
    """Whether someone would walk through the flames: behind them they may."""
    return any(
        start < b.end_s + 1 and end > b.start_s - 1 and y > b.fire.y - 0.08 for b in script.burns
    )


def _drive(rng: np.random.Generator, script: _Script, start: float, *, warm: bool) -> Drive:
    view = script.place.view
    car = sample_car(rng, view, warm=warm)
    facing = 1 if rng.random() < 0.5 else -1
    car = replace(car, facing=facing, y=view.ground(view.near * float(rng.uniform(0.4, 0.55))))
    lights = bool(rng.random() < 0.5)
    return Drive(replace(car, lights=lights), start, float(rng.uniform(5, 8)))


def _engine(rng: np.random.Generator, drive: Drive, view: View) -> Cue:
    length = drive.end_s(view) - drive.start_s
    return _cue(rng, "car_engine", drive.start_s, length, float(rng.uniform(0.05, 0.14)))


def _light(rng: np.random.Generator, start: float, end: float) -> Switch:
    lamp = Lamp(
        x=float(rng.uniform(0.2, 1.6)),
        y=float(rng.uniform(0.05, 0.25)),
        radius=float(rng.uniform(0.15, 0.4)),
        colour=LAMP_COLOURS[int(rng.integers(len(LAMP_COLOURS)))],
        power=float(rng.uniform(0.5, 0.9)),
    )
    return Switch(lamp, start, end)


#: Ordinary sounds, how long they are given, and whether they belong outdoors.
_ORDINARY: tuple[tuple[str, float, bool], ...] = (
    ("bird_song", 4.0, True),
    ("speech", 4.0, False),
    ("dog_bark", 2.5, True),
    ("door_slam", 1.6, False),
    ("dishes", 2.5, False),
    ("keys_jingling", 2.0, False),
    ("phone_ring", 3.0, False),
    ("footsteps", 4.0, False),
    ("hammering", 3.0, False),
    ("music", 5.0, False),
)


def _quiet_sounds(rng: np.random.Generator, script: _Script, seconds: float) -> None:
    indoors = script.place.indoors
    steady = "hum" if indoors else "wind"
    script.cues.append(_cue(rng, steady, 0.0, seconds, float(rng.uniform(0.02, 0.05))))
    # The doubles of what will matter come before it does.
    early = [
        "dishes" if rng.random() < 0.5 else "door_slam",
        "phone_ring" if indoors else "bird_song",
    ]
    early += ["speech", "dog_bark" if not indoors else "footsteps"]
    times = np.linspace(0.8, 14.0, len(early)) + rng.uniform(0, 1.0, len(early))
    lengths = {name: length for name, length, _ in _ORDINARY}
    for name, t in zip(rng.permutation(early), times, strict=True):
        peak = float(rng.uniform(0.08, 0.3))
        script.cues.append(_cue(rng, str(name), float(t), lengths[str(name)], peak))
    choices = [entry for entry in _ORDINARY if not (indoors and entry[2])]
    t = QUIET_S + float(rng.uniform(0, 3))
    while t < seconds - 5:
        name, length, _ = choices[int(rng.integers(len(choices)))]
        if not _masks_sound(script, t, t + length):
            script.cues.append(_cue(rng, name, t, length, float(rng.uniform(0.06, 0.28))))
        t += length + float(rng.uniform(0.5, 3.5))


def _masks_sound(script: _Script, start: float, end: float) -> bool:
    """Whether an ordinary sound would lie over an event that can only be heard."""
    return any(
        start < e.end_s + 1 and end > e.start_s - 1
        for e in script.events
        if e.modalities == (Modality.AUDIO,)
    )
