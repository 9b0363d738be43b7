"""Rehearses a site's rules over its archive, another one, or films."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.archive import FOLDER, ArchiveReader
from pipeline.config import Site
from pipeline.config.advice import promised_per_day
from pipeline.line import usable_modalities
from pipeline.records import Modality
from pipeline.rehearse.films import Film, FilmWatcher, archive_films, place_in
from pipeline.rehearse.outcome import Outcome, Rehearsal, RehearsalError
from pipeline.rehearse.replay import pictures_of, replay
from pipeline.rehearse.spaces import Opened, open_models
from pipeline.teaching.lessons import LessonStore

_DAY_S = 86_400.0
#: Films named one by one.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be rehearsed, over what."""

    #: An archive's folder or films; empty: the site's own archive.
    over: tuple[Path, ...] = ()
    #: Default: every rule, every camera.
    rules: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    #: Wall clock, seconds since the epoch.
    begin: float = -math.inf
    end: float = math.inf
    #: The newest so many days of what is there.
    days: float | None = None


class Listener:
    """Hears how far a rehearsal is; does nothing with it."""

    def stage(self, text: str) -> None:
        """Another part begins."""

    def reached(self, part: float) -> None:
        """So much of this part is done, from 0 to 1."""


def rehearse(
    site: Site,
    request: Request,
    listener: Listener | None = None,
    models: Opened | None = None,
) -> Rehearsal:
    """Return what the rules would have raised.

    Args:
        site: with the rules in it.
        request: what is to be rehearsed, over what.
        listener: hears how far it is.
        models: with the site's texts embedded, where they are open already.

    Raises:
        RehearsalError: there is nothing to rehearse, or nothing to rehearse it over.
        EncoderError: a model is not here or cannot be used.
        SourceError: a film cannot be read.
    """
    listener = listener or Listener()
    chosen = _chosen(site, request)
    films = _films(request)
    root = _archive_root(site, request) if not films else None
    if films and len(chosen) > 1:
        raise RehearsalError(
            f"the site has the cameras {', '.join(chosen)}: say with --camera whose masks, "
            "regions and use of sound the films are watched with"
        )
    listener.stage("opening the models")
    senses = {
        modality
        for camera, rules in chosen.items()
        for rule in rules
        for modality in usable_modalities(site, camera, site.rules_of(camera)[rule])
    }
    models = models or open_models(site, senses)
    with _stage(site, models, films, root, next(iter(chosen)), listener) as (archive, shown):
        return _over(site, request, chosen, models, archive, shown, listener)


def _chosen(site: Site, request: Request) -> dict[str, list[str]]:
    """The rules of each camera that can raise an alert there and are asked for."""
    for kind, asked, known in (
        ("rule", request.rules, site.rules),
        ("camera", request.cameras, site.cameras),
    ):
        if unknown := [name for name in asked if name not in known]:
            raise RehearsalError(
                f"the site has no {kind} {unknown[0]!r}: it has {', '.join(known)}"
            )
    chosen: dict[str, list[str]] = {}
    for camera in request.cameras or site.cameras:
        rules = [
            name
            for name, rule in site.rules_of(camera).items()
            if (not request.rules or name in request.rules)
            and usable_modalities(site, camera, rule)
        ]
        if rules:
            chosen[camera] = rules
    if not chosen:
        raise RehearsalError(
            "none of these rules can raise an alert at these cameras: `hearsight check` says why"
        )
    return chosen


def _films(request: Request) -> list[Path]:
    for path in request.over:
        if not path.exists():
            raise RehearsalError(f"{path}: no such file or folder: write an archive, or films")
    if len(request.over) == 1 and request.over[0].is_dir() and _is_archive(request.over[0]):
        return []
    folders = [path for path in request.over if path.is_dir()]
    if folders:
        raise RehearsalError(
            f"{folders[0]} is no archive of embeddings: write the folder that `hearsight run` "
            f"fills (DATA_DIR/{FOLDER}), or films"
        )
    return list(request.over)


def _is_archive(folder: Path) -> bool:
    return bool(ArchiveReader(folder).spaces)


def _archive_root(site: Site, request: Request) -> Path:
    root = request.over[0] if request.over else site.state_dir / FOLDER
    if not root.is_dir() or not _is_archive(root):
        if not site.archive.enabled:
            raise RehearsalError(
                "the site keeps no archive (archive: {enabled: false}): let it keep one for some "
                "days, or rehearse over films: --over FILES"
            )
        raise RehearsalError(
            f"{root} holds no archive yet: it fills while the site runs (`hearsight run`). "
            "Rehearse over films until then: --over FILES"
        )
    return root


@contextmanager
def _stage(
    site: Site,
    models: Opened,
    films: Sequence[Path],
    root: Path | None,
    camera: str,
    listener: Listener,
) -> Iterator[tuple[Path, list[Film]]]:
    """The archive that is rehearsed over; of films it is made now, and gone afterwards."""
    if root is not None:
        yield root, []
        return
    watcher = FilmWatcher(camera, site.cameras[camera], models.sight, models.sound)
    with tempfile.TemporaryDirectory(prefix="hearsight-rehearse-") as folder:
        shown = archive_films(
            watcher,
            films,
            Path(folder),
            models.models,
            say=lambda path: listener.stage(f"watching {path.name}"),
        )
        yield Path(folder), shown


def _over(
    site: Site,
    request: Request,
    chosen: dict[str, list[str]],
    models: Opened,
    root: Path,
    films: list[Film],
    listener: Listener,
) -> Rehearsal:
    reader = ArchiveReader(root)
    spans = {camera: span for camera in chosen if (span := reader.span(camera)) is not None}
    if not spans:
        raise RehearsalError(
            f"{root} holds nothing of {', '.join(chosen)}, but of "
            f"{', '.join(sorted({space.camera for space in reader.spaces}))}"
        )
    newest = max(end for _, end in spans.values())
    begin = request.begin if request.days is None else newest - request.days * _DAY_S
    begin = max(begin, min(first for first, _ in spans.values()))
    end = min(request.end, math.nextafter(newest, math.inf))
    if begin >= end:
        raise RehearsalError("the archive holds nothing of that time: leave out --from and --to")
    outcomes: list[Outcome] = []
    notes = [
        f"Nothing is kept of camera {c}: it is not rehearsed." for c in chosen if c not in spans
    ]
    here: Callable[[float], str] = lambda at: place_in(films, at)  # noqa: E731
    for camera in spans:
        outcomes += _at_camera(
            site, camera, chosen[camera], models, reader, (begin, end), here, listener
        )
    if not any(outcome.watched_s for outcome in outcomes):
        raise RehearsalError(_nothing_watched(outcomes))
    return Rehearsal(
        site=site.site,
        timezone=site.timezone,
        over=_films_words(films) if films else str(root),
        begin=begin,
        end=min(end, newest),
        outcomes=tuple(outcomes),
        site_promises=promised_per_day(site),
        damaged=reader.damaged,
        notes=tuple(notes),
        films=bool(films),
    )


def _films_words(films: Sequence[Film]) -> str:
    if len(films) > _NAMED:
        return f"{len(films)} films, from {films[0].path} to {films[-1].path.name}"
    return ", ".join(str(film.path) for film in films)


def _at_camera(
    site: Site,
    camera: str,
    rules: list[str],
    models: Opened,
    reader: ArchiveReader,
    when: tuple[float, float],
    where: Callable[[float], str],
    listener: Listener,
) -> list[Outcome]:
    begin, end = when
    listener.stage(f"rehearsing at {camera}")
    ear = site.ear_of(camera)
    lines = replay(
        site,
        camera,
        rules,
        models.spaces,
        reader.items(camera, models.models, ear=ear, start=begin, end=end),
        lessons=LessonStore(site.state_dir / "lessons"),
        progress=lambda at: listener.reached((at - begin) / max(end - begin, 1.0)),
    )
    pictures = pictures_of(reader)
    outcomes = [line.finish(pictures, where) for line in lines]
    for outcome in outcomes:
        outcome.notes += _limits(site, outcome, models, reader, ear)
    return outcomes


def _limits(
    site: Site, outcome: Outcome, models: Opened, reader: ArchiveReader, ear: str | None
) -> Iterator[str]:
    rule = site.rules_of(outcome.camera)[outcome.rule]
    for modality in outcome.modalities:
        whose = ear if modality is Modality.AUDIO else outcome.camera
        kept = {s.model for s in reader.spaces if (s.camera, s.modality) == (whose, modality)}
        if not kept:
            yield f"Nothing of its {modality} is kept: it is judged without."
        elif models.models[modality] not in kept:
            yield (
                f"Its {modality} was kept by {', '.join(sorted(kept))}, and the site now uses "
                f"{models.models[modality]}: another model starts another space, which fills while "
                "the site runs. Until then rehearse over films: --over FILES."
            )
    if rule.learn is not None:
        yield (
            "It learns from whole pictures and sounds here: what the parts of a picture show is "
            "not archived. Where nothing is judged yet, it was still learning."
        )


def _nothing_watched(outcomes: Sequence[Outcome]) -> str:
    notes = list(dict.fromkeys(note for outcome in outcomes for note in outcome.notes))
    return "nothing could be judged. " + (
        " ".join(notes) or "Less than one window was kept of that time."
    )
