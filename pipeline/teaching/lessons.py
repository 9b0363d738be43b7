"""What rules were taught, in versions: each lesson a file, and a stack of those that hold.

A lesson stands for one change of one rule, in all its senses, so that one command takes it back.
Files are never changed once they are written; what holds is the top of ``current.json``.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from detectors import DetectorStateError
from detectors.adapting import Adapter, adapter_state, load_adapter
from pipeline.records import Modality
from pipeline.statefile import StateDamaged, load_state, save_state

#: Lessons kept of a rule; of older ones nothing is left but the journal.
_KEPT = 50
_VERSION = 1


class LessonError(ValueError):
    """A lesson that cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Taught:
    """What one sense of a rule was taught."""

    #: Identity of the model whose embeddings it reads.
    model: str
    #: The method's name.
    method: str
    #: None: the plain prompts.
    adapter: Adapter | None
    #: Why this method.
    reason: str = ""
    #: The table of candidates on held-out examples, as plain values.
    table: list[dict[str, Any]] = field(default_factory=list)
    #: Examples of each kind.
    positive: int = 0
    negative: int = 0


@dataclass(frozen=True, slots=True)
class Lesson:
    """One change of one rule."""

    rule: str
    #: The rule's words, by `Rule.version`: for others it does not hold.
    rule_version: str
    senses: Mapping[Modality, Taught]
    #: Wall clock, seconds since the epoch.
    at: float
    by: str
    #: What it was learned from, for people.
    why: str
    #: Sources of the examples.
    sources: tuple[str, ...] = ()
    #: 0 until it is kept.
    number: int = 0
    #: The name under which it was proposed; empty for what the judge learned itself.
    proposal: str = ""

    def adapters(
        self, models: Mapping[Modality, str], rule_version: str
    ) -> dict[Modality, Adapter]:
        """What to lay over the prompts.

        Raises:
            LessonError: it was learned for other words or other models.
        """
        if rule_version != self.rule_version:
            raise LessonError(
                f"lesson {self.number} of rule {self.rule} was learned for other words: it is left "
                "out; teach the rule again, or undo the lesson"
            )
        found = {}
        for modality, taught in self.senses.items():
            if taught.adapter is None or modality not in models:
                continue
            if taught.model != models[modality]:
                raise LessonError(
                    f"lesson {self.number} of rule {self.rule} was learned with model "
                    f"{taught.model}, not {models[modality]}: it is left out; teach the rule again"
                )
            found[modality] = taught.adapter
        return found

    def to_state(self) -> dict[str, Any]:
        """As `pipeline.statefile` keeps it."""
        return {
            "version": _VERSION,
            "rule": self.rule,
            "rule_version": self.rule_version,
            "at": self.at,
            "by": self.by,
            "why": self.why,
            "sources": list(self.sources),
            "number": self.number,
            "proposal": self.proposal,
            "senses": {
                str(m): {
                    "model": t.model,
                    "method": t.method,
                    "adapter": None if t.adapter is None else adapter_state(t.adapter),
                    "reason": t.reason,
                    "table": t.table,
                    "positive": t.positive,
                    "negative": t.negative,
                }
                for m, t in self.senses.items()
            },
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Lesson:
        """Read back what `to_state` gave. Raises LessonError."""
        try:
            if state["version"] != _VERSION:
                raise LessonError(
                    f"a lesson of version {state['version']} was learned by a newer release"
                )
            senses = {
                Modality(m): Taught(
                    model=t["model"],
                    method=t["method"],
                    adapter=None if t["adapter"] is None else load_adapter(t["adapter"]),
                    reason=t["reason"],
                    table=t["table"],
                    positive=t["positive"],
                    negative=t["negative"],
                )
                for m, t in state["senses"].items()
            }
            return cls(
                rule=state["rule"],
                rule_version=state["rule_version"],
                senses=senses,
                at=state["at"],
                by=state["by"],
                why=state["why"],
                sources=tuple(state["sources"]),
                number=state["number"],
                proposal=state["proposal"],
            )
        except (KeyError, TypeError, DetectorStateError) as error:
            raise LessonError(f"a lesson cannot be read ({error}): undo it") from error


class LessonStore:
    """The folder ``lessons`` of a site's data folder. One process, the judge, changes what holds.

    Others `propose`: what they learned lies there until an order lets the judge `adopt` it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rules(self) -> list[str]:
        """The rules that were ever taught."""
        return sorted(p.parent.name for p in self._folder.glob("*/current.json"))

    def propose(self, lesson: Lesson) -> str:
        """Put a lesson where the judge will find it; return the name to give in the order."""
        name = f"proposed-{secrets.token_hex(8)}"
        self._write(self._of(lesson.rule) / f"{name}.state", replace(lesson, proposal=name))
        return name

    def adopt(self, rule: str, name: str) -> Lesson:
        """Let a proposed lesson hold; once more for the same name changes nothing.

        Raises:
            LessonError: there is no such proposal, or it cannot be read.
        """
        if not re.fullmatch(r"proposed-[0-9a-f]{16}", name):
            raise LessonError(f"{name!r} is no name of a proposed lesson")
        path = self._of(rule) / f"{name}.state"
        lesson = self._read(path)
        if lesson is None:
            for known, _ in self.history(rule):
                if known.proposal == name:
                    return known
            raise LessonError(f"rule {rule} has no lesson {name} to adopt: teach it again")
        kept = self.add(lesson)
        path.unlink(missing_ok=True)
        return kept

    def add(self, lesson: Lesson) -> Lesson:
        """Keep a lesson and let it hold; return it with its number. Raises OSError."""
        folder = self._of(lesson.rule)
        number = max([0, *(int(p.stem) for p in folder.glob("[0-9]*.state"))]) + 1
        kept = replace(lesson, number=number)
        self._write(folder / f"{number:04d}.state", kept)
        stack = [*self._stack(lesson.rule), number][-_KEPT:]
        self._hold(lesson.rule, stack)
        for path in folder.glob("[0-9]*.state"):
            if int(path.stem) <= number - _KEPT and int(path.stem) not in stack:
                path.unlink()
        return kept

    def current(self, rule: str) -> Lesson | None:
        """The lesson that holds. Raises LessonError, StateDamaged."""
        stack = self._stack(rule)
        if not stack:
            return None
        lesson = self._read(self._of(rule) / f"{stack[-1]:04d}.state")
        if lesson is None:
            raise LessonError(f"lesson {stack[-1]} of rule {rule} is gone: undo it")
        return lesson

    def undo(self, rule: str) -> tuple[int, int]:
        """Take back what holds; return its number, and that of what holds now (0: plain).

        Raises:
            LessonError: nothing holds.
        """
        stack = self._stack(rule)
        if not stack:
            raise LessonError(f"rule {rule} was taught nothing that could be undone")
        self._hold(rule, stack[:-1])
        return stack[-1], stack[-2] if len(stack) > 1 else 0

    def history(self, rule: str) -> list[tuple[Lesson, bool]]:
        """All lessons that are kept, the oldest first, and whether each still holds."""
        stack = self._stack(rule)
        found = []
        for path in sorted(self._of(rule).glob("[0-9]*.state")):
            try:
                lesson = self._read(path)
            except (LessonError, StateDamaged):
                continue
            if lesson is not None:
                found.append((lesson, lesson.number in stack))
        return found

    def _of(self, rule: str) -> Path:
        if not re.fullmatch(r"[\w.-]+", rule) or rule.startswith("."):
            raise LessonError(f"{rule!r} is no name of a rule")
        return self._folder / rule

    def _stack(self, rule: str) -> list[int]:
        try:
            stack = json.loads((self._of(rule) / "current.json").read_text("utf-8"))["stack"]
            return [int(number) for number in stack]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError) as error:
            raise LessonError(
                f"{self._of(rule) / 'current.json'} is damaged: remove it, and the rule has its "
                "plain prompts again"
            ) from error

    def _hold(self, rule: str, stack: list[int]) -> None:
        path = self._of(rule) / "current.json"
        partial = path.with_name(f".current.{os.getpid()}.tmp")
        with partial.open("w", encoding="utf-8") as file:
            json.dump({"stack": stack}, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def _write(self, path: Path, lesson: Lesson) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        save_state(path, lesson.to_state())

    @staticmethod
    def _read(path: Path) -> Lesson | None:
        state = load_state(path)
        return Lesson.from_state(state) if state else None
