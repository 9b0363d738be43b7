"""Small pictures within saved normals: deleted there, too, once they are too old."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import structlog

from detectors.base import State
from pipeline.statefile import StateDamaged, load_state, save_state

log = structlog.get_logger()


def without_pictures(state: State, gone: Callable[[float], bool]) -> int:
    """Blank, within a learner's state, the pictures whose wall-clock time is ``gone``; how many.

    Raises:
        KeyError, TypeError, ValueError: it is no state of a learner.
    """
    found = 0
    if (warm_up := state["warm_up"]) is not None:
        kept = [one for one in warm_up["pictures"] if not gone(float(one[1]))]
        found += len(warm_up["pictures"]) - len(kept)
        warm_up["pictures"] = kept
    if (learned := state["learned"]) is not None:
        album = learned["normal"]["album"]
        for place, at in enumerate(album["at"]):
            if album["pictures"][place] and gone(float(at)):
                album["pictures"][place] = b""
                found += 1
        for group in learned["quarantine"]["groups"]:
            # As `Quarantine.forget` has it: the third of its times is the first on the wall clock.
            if group["thumbnail"] and gone(float(group["times"][2])):
                group["thumbnail"] = b""
                found += 1
    return found


def forget_in(folder: Path, gone: Callable[[float], bool]) -> int:
    """Delete pictures in every saved state below a folder; how many.

    A version keeps its time. One that cannot be read is left to whoever opens it, and logged.

    Raises:
        OSError: the disk did not take it.
    """
    found = 0
    for path in sorted(folder.rglob("*.state")):
        try:
            state = load_state(path)
            count = without_pictures(state, gone) if state else 0
        except (StateDamaged, KeyError, TypeError, ValueError) as error:
            log.warning("pictures not looked for", state=str(path), error=str(error))
            continue
        if count:
            changed_at = path.stat().st_mtime
            save_state(path, state)
            os.utime(path, (changed_at, changed_at))
            found += count
    return found
