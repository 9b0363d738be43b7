"""What the gates hold back, and what that saves: any folder of recordings and films.

Recordings (``.ogg``, ``.wav``, ``.flac``) are of one event each, as ESC-10's are; films have moving
and still, loud and quiet parts. No model is asked: a gate works before any.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.bench import Bench, Outcome, Request
from pipeline.evaluation.errors import LayoutError, UnreadableMedia
from pipeline.evaluation.gate_pictures import (
    ENCODERS,
    LEAST_FILM_S,
    GateReading,
    encode,
    length_s,
    read,
)
from pipeline.evaluation.gate_sounds import (
    ABOVE_DB,
    PLACE_DB,
    QUIETEST_S,
    STILL_S,
    SoundReading,
    in_a_place,
    of_a_film,
)
from pipeline.evaluation.media import whole_sound
from pipeline.sources.base import SAMPLE_RATE

RECORDINGS = frozenset({".ogg", ".wav", ".flac"})
FILMS = frozenset({".mp4", ".mkv", ".mov", ".avi"})
#: A film whose sound is shorter has no quiet part that could be told from the rest.
_LEAST_S = 5


class GateSuite:
    """See `pipeline.evaluation.bench.Suite`."""

    name = "gate"
    summary = "any recordings and films: what the gates save, hold back and delay"

    def run(self, request: Request, bench: Bench) -> Outcome:
        """Measure.

        Raises:
            LayoutError: the folder holds neither recordings nor films with sound.
        """
        files = sorted(path for path in request.data.rglob("*") if path.is_file())
        recordings = _sounds_of(files, RECORDINGS, bench)
        films = _sounds_of(files, FILMS, bench)
        if not recordings and not films:
            raise LayoutError(
                self.name,
                request.data,
                f"recordings ({', '.join(sorted(RECORDINGS))}) or films with sound "
                f"({', '.join(sorted(FILMS))}) in any folder of it",
            )
        outcome = Outcome(
            suite=self.name,
            split="all",
            counts={
                "recordings": len(recordings),
                "films": len(films),
                "unreadable": len(bench.unreadable),
            },
            models={},
            settings={
                "place_db": PLACE_DB,
                "films_quiet_part_s": STILL_S,
                "films_quietest_s": QUIETEST_S,
            },
        )
        _sound(outcome, recordings, films, bench)
        _picture(outcome, [path for path in files if path.suffix.lower() in FILMS], bench)
        return outcome


def _picture(outcome: Outcome, films: Sequence[Path], bench: Bench) -> None:
    """The packet gate's rows, and its figures under ``video``."""
    with tempfile.TemporaryDirectory(prefix="hearsight-gate-") as folder:
        made = [
            (film, encoder, GateReading())
            for film in films
            for encoder in ENCODERS
            if length_s(film) >= LEAST_FILM_S
        ]
        for film, encoder, reading in bench.each(made, "films as cameras encode them"):
            out = Path(folder) / "camera.mp4"
            encode(film, out, encoder)
            reading.add(read(out))
            outcome.ablations.append(
                {"watched": f"{film.stem}, {encoder}", "trust": reading.trust, **reading.figures()}
            )
    for encoder in ENCODERS if made else ():
        whole = GateReading()
        for _, encoded, reading in made:
            if encoded == encoder:
                whole.add(reading)
        name = encoder.replace(" ", "_")
        outcome.metrics.setdefault("video", {}).update(
            {f"{key}_{name}": value for key, value in whole.figures().items()}
        )


def _sound(
    outcome: Outcome,
    recordings: Sequence[NDArray[np.float32]],
    films: Sequence[NDArray[np.float32]],
    bench: Bench,
) -> None:
    """The sound gate's rows, and its figures under ``audio``."""
    figures = outcome.metrics.setdefault("audio", {})
    for above_db in bench.each(ABOVE_DB if recordings else (), "sounds in a place"):
        reading = in_a_place(recordings, above_db)
        outcome.ablations.append(_row(f"sounds {above_db:g} dB above a place", reading))
        figures[f"held_back_{above_db:g}_db"] = reading.held_back
        figures["embedded_quiet"] = reading.quiet_embedded / max(1, reading.quiet)
    whole = SoundReading()
    for film in bench.each(films, "films"):
        whole.add(of_a_film(film))
    if films:
        outcome.ablations.append(_row("loud seconds of films", whole))
        figures["films_held_back"] = whole.held_back
        figures["films_embedded_quiet"] = whole.quiet_embedded / max(1, whole.quiet)


def _row(what: str, reading: SoundReading) -> dict[str, Any]:
    return {"heard": what, "events": len(reading.delays_s), **reading.figures()}


def _sounds_of(
    files: Sequence[Path], kinds: frozenset[str], bench: Bench
) -> list[NDArray[np.float32]]:
    heard = []
    for path in bench.each([p for p in files if p.suffix.lower() in kinds], "sounds"):
        try:
            samples = whole_sound(path)
        except UnreadableMedia as error:
            bench.unreadable[str(path)] = str(error)
            continue
        least = _LEAST_S if kinds is FILMS else 1
        if samples.size >= least * SAMPLE_RATE:
            heard.append(samples)
    return heard


SUITE = GateSuite()
