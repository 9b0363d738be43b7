"""Runs a soak: a site in a folder of its own, and cameras that fail now and then."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.bench.films import Kind as FilmKind
from pipeline.bench.films import film
from pipeline.bench.latency import story
from pipeline.bench.line import all_scored
from pipeline.bench.machine import describe
from pipeline.bench.running import Plan, Running, running
from pipeline.simulate import serve
from pipeline.soak.look import Obligations, Stream, sample
from pipeline.soak.mischief import Mischief
from pipeline.soak.samples import SCHEMA, Begun, Ended, Owed, Writer
from pipeline.soak.schedule import plan

SAMPLES = "samples.jsonl"
#: Nothing goes wrong at the end, for so long, so that all alerts come out.
_CALM_S = 120.0
_CALM_PART = 0.2
_FIRST_SEED = 60
_TICK_S = 0.5

#: Promises that a site would not make: each camera is to alert some times an hour, all the time.
RULES: dict[str, Any] = {
    "fire": {
        "see": ["a fire with flames and smoke", "something is on fire"],
        "hear": ["a fire alarm is ringing", "a smoke alarm is beeping"],
        "severity": "critical",
        "false_alarms": "6 per hour",
    },
    "glass": {
        "hear": ["breaking glass", "a window is smashed"],
        "severity": "warning",
        "false_alarms": "6 per hour",
    },
    "collapse": {
        "see": ["a person has collapsed", "a person is lying on the ground"],
        "severity": "critical",
        "false_alarms": "6 per hour",
    },
}


@dataclass(frozen=True, slots=True)
class Soaking:
    """How a soak is run. Seconds."""

    folder: Path
    seconds: float
    cameras: int = 4
    seed: int = 1
    warm_up_s: float = 3600.0
    every_s: float = 10.0
    #: Mean time between two disturbances.
    disturb_every_s: float = 120.0
    models: str = "embedded"
    #: Clips of the user's own in place of the films.
    films: tuple[Path, ...] = ()


def run(
    wanted: Soaking, *, stop: threading.Event, say: Callable[[str], None] = lambda _text: None
) -> Path:
    """Run a soak to its end, or until ``stop``; return the file of its samples.

    Raises:
        SoakError: the folder holds an earlier one, or cannot be written.
        BenchError: the site did not come up, or ended.
        MediaError: a film cannot be played.
    """
    wanted.folder.mkdir(parents=True, exist_ok=True)
    path = wanted.folder / SAMPLES
    with ExitStack() as stack:
        writer = stack.enter_context(Writer(path))
        say("the films")
        played = _films(wanted)
        cameras = stack.enter_context(serve(played))
        urls = {name: cameras.url(name) for name in played}
        plan_ = Plan(
            {name: _options(url, number) for number, (name, url) in enumerate(urls.items())},
            wanted.models,
            per_worker=2,
            rules=RULES,
            more={"canary": "30 s"},
        )
        site = stack.enter_context(running(plan_, wanted.folder))
        say(f"{wanted.cameras} cameras; waiting until all are scored")
        url = site.wait(site.redis_url, "Redis")
        keys = [(name, sense) for name in urls for sense in ("video", "audio")]
        site.wait(lambda: stop.is_set() or all_scored(site.metrics(), keys), "scores of all", 300.0)
        calm = min(_CALM_S, _CALM_PART * wanted.seconds)
        planned = plan(
            wanted.seed, list(urls), wanted.seconds - calm, every_s=wanted.disturb_every_s
        )
        mischief = Mischief(planned, cameras, site.process, wanted.seed)
        stack.callback(mischief.end)
        writer.write(
            Begun(
                SCHEMA,
                time.time(),
                wanted.seconds,
                wanted.warm_up_s,
                wanted.every_s,
                wanted.seed,
                list(urls),
                ["hearsight", *sys.argv[1:]],
                describe(),
            )
        )
        faults = "1 disturbance" if len(planned) == 1 else f"{len(planned)} disturbances"
        say(f"soaking for {wanted.seconds / 3600:.2g} h, {faults}; {path} grows")
        _soak(wanted, site, url, mischief, writer, stop)
    return path


def _soak(
    wanted: Soaking,
    site: Running,
    url: str,
    mischief: Mischief,
    writer: Writer,
    stop: threading.Event,
) -> None:
    outbox = Obligations(wanted.folder / "state" / "outbox.sqlite3")
    stream = Stream(url)
    owed: dict[tuple[str, int], Owed] = {}
    came: set[tuple[str, int]] = set()

    def look(at_s: float) -> None:
        accepted = outbox.new()
        made = sample(at_s, site.process, site.metrics(), accepted, stream)
        owed.update({(one.id, one.revision): one for one in made.owed})
        came.update((one.id, one.revision) for one in made.arrived)
        writer.write(made)

    began, due = time.monotonic(), 0.0
    with _told_of_its_end(writer, began):
        while (at := time.monotonic() - began) < wanted.seconds and not stop.is_set():
            site.check()
            if (begun := mischief.look(at)) is not None:
                writer.write(begun)
            if at >= due:
                due = max(due + wanted.every_s, at)
                look(at)
            stop.wait(_TICK_S)
        mischief.end()
        look(time.monotonic() - began)
    present = stream.holds()
    gone = [owed[key] for key in sorted(came - present) if key in owed]
    reason = "stopped" if stop.is_set() else "over"
    writer.write(Ended(round(time.monotonic() - began, 2), reason, gone))


@contextmanager
def _told_of_its_end(writer: Writer, began: float) -> Iterator[None]:
    """Where the site ends before its time, the file says so."""
    try:
        yield
    except BaseException as error:
        writer.write(Ended(round(time.monotonic() - began, 2), f"broke off: {error}"))
        raise


def _films(wanted: Soaking) -> dict[str, Path]:
    """What each camera plays: still ones mostly, and one in four at which things happen."""
    names = [f"camera-{number + 1}" for number in range(wanted.cameras)]
    if wanted.films:
        return {name: wanted.films[n % len(wanted.films)] for n, name in enumerate(names)}
    return {name: _film(number) for number, name in enumerate(names)}


def _film(number: int) -> Path:
    kind = (FilmKind.STILL, None, FilmKind.MOMENT, FilmKind.STILL)[number % 4]
    return film(kind) if kind is not None else story(_FIRST_SEED + number)


def _options(url: str, number: int) -> dict[str, Any]:
    """Of one camera: it is heard, and its keyframes alone are decoded."""
    lively = number % 4 == 1
    return {
        "url": url,
        "audio": "record" if lively else "score",
        "sample_fps": 1.0 if lively else 0.5,
        "decode": "keyframes",
    }
