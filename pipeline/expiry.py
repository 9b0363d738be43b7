"""What grows old besides evidence and alerts, and how it is deleted.

Every place where data of persons lie stands in `PLACES`, with the setting that says how long; the
page deploy/privacy.md tells it in words. Evidence and outbox have their own steps in
`pipeline.housekeeping`; what cameras have learned is the judge's (`pipeline.learning_desk`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.archive import FOLDER as ARCHIVE
from pipeline.archive import prune
from pipeline.config import Site
from pipeline.exports import FOLDER as EXPORTS
from pipeline.ledger import Ledger, LedgerError
from pipeline.rehearse.asked import FOLDER as REHEARSALS
from pipeline.rule_overrides import FILE as RULES
from pipeline.rule_overrides import OverridesError, RuleOverrides
from pipeline.teaching.examples import ExampleStore


@dataclass(frozen=True, slots=True)
class Place:
    """Where data of persons lie."""

    #: Files of the data folder, as a pattern; or a stream of Redis, or a file elsewhere.
    where: str
    #: How long: the option of the site file that says it, or what else ends it.
    kept: str


#: All of them. A file that a site makes and that no pattern knows fails a test.
PLACES: tuple[Place, ...] = (
    Place("media/*/*/*", "media.retention"),
    Place("archive/**/*.seg", "archive.retention"),
    Place("outbox.sqlite3*", "retention.alerts"),
    Place("examples.sqlite3*", "retention.remembered, retention.taught"),
    Place("lessons/**", "until it is undone: `hearsight teach --undo`"),
    Place("normal/**/*.state", "retention.normal"),
    Place("learning.sqlite3*", "retention.orders"),
    Place("rules.sqlite3*", "who changed rules: retention.orders; what they changed stays"),
    Place("arming.sqlite3*", "until an order has ended and another is given"),
    Place("background.state", "numbers of a score's distribution; until the rule changes"),
    Place("rehearsals/**", "retention.rehearsals"),
    Place("exports/**", "retention.exports"),
    Place("console/desk.sqlite3*", "console.keep"),
    Place("console/history.sqlite3*", "console.keep"),
    Place("console/accounts.sqlite3*", "until the account is removed; the audit log a year"),
    Place("redis/**", "retention.alerts"),
    Place("PREFIX:alerts, :health, :scores, :feedback", "retention.alerts"),
)
#: Files of a data folder that tell of no person.
TELL_NOTHING: tuple[str, ...] = (
    "lock",
    "control.sock",
    "control.token",
    "cache/**",
    "canary.state",
    "console/instance",
    "outbox.sqlite3.reserve",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of thing that grows old."""

    what: str
    #: Deletes what is too old at a wall-clock time (seconds) and says how much; raises OSError.
    expire: Callable[[float], int]


def steps_of(site: Site, state: Path) -> Sequence[Step]:
    """What the publisher expires, besides evidence and outbox.

    Args:
        site: says how long.
        state: its data folder.
    """
    keep, desk_s = site.retention, site.console.keep
    return (
        Step("embeddings", lambda now: prune(state / ARCHIVE, now, site.archive.retention)),
        Step(
            "remembered incidents",
            lambda now: _examples(state, now - keep.remembered, now - keep.taught),
        ),
        Step("orders", lambda now: _orders(state / "learning.sqlite3", now - keep.orders)),
        Step("names of who changed rules", lambda now: _names(state, now - keep.orders)),
        Step(
            "normals of cameras and rules that are no more",
            lambda now: forget_strangers(state / "normal", _learners(site), now - keep.normal),
        ),
        Step("rehearsals", lambda now: old_folders(state / REHEARSALS, now - keep.rehearsals)),
        Step("exports", lambda now: old_folders(state / EXPORTS, now - keep.exports)),
        Step("incidents on the desk", lambda now: _desk(state / "console", now, desk_s)),
    )


def _examples(state: Path, before: float, taught_before: float) -> int:
    path = state / "examples.sqlite3"
    if not path.exists():
        return 0
    with ExampleStore(path) as store:
        return store.forget_before(before, taught_before)


def _learners(site: Site) -> frozenset[str]:
    """The keys of what cameras learn; what rules beside the file learn is saved all the time."""
    return frozenset(
        f"{camera}/{name}/{modality}"
        for camera in site.cameras
        for name, rule in site.rules_of(camera).items()
        for modality in rule.modalities
    )


def _orders(path: Path, before: float) -> int:
    if not path.exists():
        return 0
    try:
        with Ledger(path) as ledger:
            return ledger.forget_before(before)
    except LedgerError as error:
        raise OSError(str(error)) from error


def _names(state: Path, before: float) -> int:
    path = state / RULES
    if not path.exists():
        return 0
    try:
        with RuleOverrides(path) as overrides:
            return overrides.forget_names(before)
    except OverridesError as error:
        raise OSError(str(error)) from error


def _desk(folder: Path, now: float, keep_s: float) -> int:
    """The console does so itself while it runs; nobody may start it for months."""
    from sinks.console.desk import Desk, DeskError
    from sinks.console.history import History, HistoryError

    gone = 0
    try:
        if (path := folder / "desk.sqlite3").exists():
            with Desk(path, now=lambda: now) as desk:
                gone = desk.prune(keep_s)
        if (path := folder / "history.sqlite3").exists():
            with History(path, keep_s, now=lambda: now) as history:
                history.flush()
    except (DeskError, HistoryError) as error:
        raise OSError(str(error)) from error
    return gone


def old_folders(root: Path, before: float) -> int:
    """Delete the folders in ``root`` that were last changed before a time; how many."""
    gone = 0
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.is_dir() and not folder.is_symlink() and folder.stat().st_mtime < before:
            shutil.rmtree(folder)
            gone += 1
    return gone


def forget_strangers(folder: Path, known: Container[str], before: float) -> int:
    """Delete what was learned at cameras or for rules that are no more; of how many.

    Args:
        folder: ``normal`` in a site's data folder, with ``camera/rule/sense`` in it.
        known: the keys in use.
        before: what changed after this time (wall clock, seconds) stays: a rule may come back.

    Raises:
        OSError: it cannot be deleted.
    """
    gone = 0
    for one in sorted(folder.glob("*/*/*")):
        key = one.relative_to(folder).as_posix()
        if key in known or not one.is_dir():
            continue
        if max(path.stat().st_mtime for path in (one, *one.iterdir())) < before:
            shutil.rmtree(one)
            gone += 1
            for parent in (one.parent, one.parent.parent):
                if not any(parent.iterdir()):
                    parent.rmdir()
    return gone
