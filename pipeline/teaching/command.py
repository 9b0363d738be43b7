"""The body of ``hearsight teach``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from detectors.adapting import PromptSpace
from pipeline.config import Rule, Site
from pipeline.encoders.base import SightEncoder, SoundEncoder
from pipeline.evaluation.errors import EvaluationError, UnreadableMedia
from pipeline.evaluation.models import ModelPair
from pipeline.evaluation.tracks import TrackStore
from pipeline.prompts import alarming, ordinary
from pipeline.records import Modality
from pipeline.teaching.coop import CoOp
from pipeline.teaching.embed import clips_in, labelled, producers_of
from pipeline.teaching.examples import ExampleStore
from pipeline.teaching.labelled import Labelled
from pipeline.teaching.learn import is_plain, learn, ordinary_rows
from pipeline.teaching.lessons import Lesson, LessonStore, Taught
from pipeline.teaching.methods import METHODS, Method


class TeachingError(EvaluationError):
    """A rule cannot be taught; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where labelled clips lie. Those of one subfolder count as one recording."""

    yes: Sequence[Path]
    no: Sequence[Path]

    def clips(self) -> list[tuple[Path, bool, str]]:
        """Each clip, its label, and its recording. Raises EvaluationError."""
        found = []
        for folders, label in ((self.yes, True), (self.no, False)):
            for folder in folders:
                for path in clips_in(folder):
                    inside = path.parent != folder
                    found.append((path, label, str(path.parent) if inside else ""))
        return found


def teach(
    site: Site, name: str, folders: Folders, *, by: str, console: Console, models: ModelPair | None
) -> str | None:
    """Learn a rule from clips; show the table of methods; propose what was chosen.

    Args:
        site: the site.
        name: the rule's.
        folders: of labelled clips.
        by: who teaches.
        console: where the tables go.
        models: opened already; None: those of the site.

    Returns:
        The name of the proposed lesson (`LessonStore.adopt`); None where nothing is to change.

    Raises:
        TeachingError: the rule cannot be taught.
        EvaluationError: a folder holds no clips.
        EncoderError: a model cannot be used.
        OSError: the examples cannot be kept.
    """
    rule = _rule(site, name)
    pair = models or ModelPair(site.models, site.state_dir / "cache")
    encoders: dict[Modality, SightEncoder | SoundEncoder] = {}
    if rule.see:
        encoders[Modality.VIDEO] = pair.sight
    if rule.hear:
        encoders[Modality.AUDIO] = pair.sound
    with ExampleStore(site.state_dir / "examples.sqlite3") as kept:
        told = _embed(site, folders, encoders, pair, console)
        for modality, examples in told.items():
            for example in examples:
                kept.add(name, modality, encoders[modality].model_id, example, by)
        senses: dict[Modality, Taught] = {}
        for modality, encoder in encoders.items():
            cameras = {c for c in site.cameras if name in site.rules_of(c)}
            view = rule.view_of(modality)
            own = kept.ordinary(cameras, view, modality, encoder.model_id)
            texts = [*alarming(rule, modality), *ordinary(rule, modality)]
            space = PromptSpace(
                encoder.encode_texts(texts).astype(np.float64),
                len(alarming(rule, modality)),
                encoder.logit_scale,
            )
            senses[modality] = taught = learn(
                space,
                encoder.model_id,
                kept.examples(name, modality, encoder.model_id),
                ordinary_rows(pair.ordinary(encoder), own),
                METHODS | _coop(encoder, texts, console),
            )
            if taught.table:
                console.print(_table(modality, taught))
            console.print(Text(f"{modality}: {taught.method}. {taught.reason}\n"), highlight=False)
    lessons = LessonStore(site.state_dir / "lessons")
    if is_plain(senses) and lessons.current(name) is None:
        console.print("the plain prompts stay: nothing is changed")
        return None
    count = sum(len(examples) for examples in told.values()) // max(1, len(told))
    why = f"{count} clips of " + ", ".join(map(str, [*folders.yes, *folders.no]))
    sources = {e.source: None for examples in told.values() for e in examples}
    return lessons.propose(Lesson(name, rule.version, senses, time.time(), by, why, tuple(sources)))


def _rule(site: Site, name: str) -> Rule:
    rule = site.rules.get(name)
    if rule is None:
        known = ", ".join(site.rules)
        raise TeachingError(f"the site has no rule {name}: choose one of {known}")
    if not (rule.see or rule.hear):
        raise TeachingError(
            f"rule {name} has no prompts to teach: a rule that learns what is normal is told by "
            "`hearsight normal settle` and by verdicts"
        )
    return rule


def _coop(
    encoder: SightEncoder | SoundEncoder, texts: Sequence[str], console: Console
) -> dict[str, Method]:
    from pipeline.encoders.text_tower import TextTower

    if isinstance(encoder, TextTower):
        return {"coop": CoOp(encoder, texts)}
    console.print(f"{encoder.model_id} has no open text tower: taught without CoOp")
    return {}


def _embed(
    site: Site,
    folders: Folders,
    encoders: dict[Modality, SightEncoder | SoundEncoder],
    pair: ModelPair,
    console: Console,
) -> dict[Modality, list[Labelled]]:
    producers = producers_of(
        pair.sight if Modality.VIDEO in encoders else None,
        pair.sound if Modality.AUDIO in encoders else None,
    )
    store = TrackStore(site.state_dir / "cache" / "teaching")
    told: dict[Modality, list[Labelled]] = {m: [] for m in encoders}
    for path, label, group in folders.clips():
        try:
            clip = labelled(path, label, producers, store, group)
        except UnreadableMedia as error:
            console.print(Text(f"left out: {error}", style="yellow"))
            continue
        for modality, example in clip.items():
            told[modality].append(example)
    if not any(len(e) for examples in told.values() for e in examples):
        raise TeachingError("none of the clips holds anything that the rule could see or hear")
    return told


def _table(modality: Modality, taught: Taught) -> Table:
    table = Table(
        title=f"{modality}: {taught.positive} examples of it, {taught.negative} of something else",
        title_justify="left",
    )
    for heading in ("method", "held-out loss", "held-out AUC", "gain over plain", "± error"):
        table.add_column(heading, justify="left" if heading == "method" else "right")
    chosen = taught.method.partition(" + ")[0]
    for row in taught.table:
        table.add_row(
            f"{row['name']}{' *' if row['name'] == chosen else ''}",
            *(f"{row[key]:.3f}" for key in ("loss", "auc", "gain", "error")),
        )
    return table


def list_lessons(site: Site) -> Table:
    """Every lesson that is kept, the newest last, and whether it holds. Raises LessonError."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    table = Table()
    for heading in ("rule", "lesson", "when", "by", "methods", "why", ""):
        table.add_column(heading, overflow="fold")
    lessons, zone = LessonStore(site.state_dir / "lessons"), ZoneInfo(site.timezone)
    for rule in lessons.rules():
        current = lessons.current(rule)
        for lesson, holds in lessons.history(rule):
            now = current is not None and lesson.number == current.number
            table.add_row(
                rule,
                str(lesson.number),
                f"{datetime.fromtimestamp(lesson.at, zone):%Y-%m-%d %H:%M:%S}",
                Text(lesson.by),
                ", ".join(f"{m}: {t.method}" for m, t in lesson.senses.items()),
                Text(lesson.why),
                "holds" if now else "" if holds else "undone",
            )
    return table
