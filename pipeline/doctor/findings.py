"""What a look at a box comes to: findings, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.logs import SecretMasker


class Level(StrEnum):
    """How a finding stands; the worst comes last."""

    OK = "ok"
    #: Could not be looked at, or was not asked for: nothing is known.
    SKIPPED = "skipped"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    #: What it belongs to, such as ``storage``; findings of an area are shown together.
    area: str
    #: What was looked at, such as ``free space``.
    check: str
    level: Level
    #: What was found.
    told: str
    #: What to do about it; never empty for a warning or a failure.
    advice: str = ""

    def __post_init__(self) -> None:
        if self.level in (Level.WARNING, Level.FAILURE) and not self.advice:
            raise ValueError(f"{self.area}, {self.check}: a {self.level} without advice")


@dataclass(frozen=True, slots=True)
class Area:
    """Makes the findings of one area."""

    name: str

    def ok(self, check: str, told: str) -> Finding:
        """All is well."""
        return Finding(self.name, check, Level.OK, told)

    def skipped(self, check: str, told: str, advice: str = "") -> Finding:
        """Nothing is known."""
        return Finding(self.name, check, Level.SKIPPED, told, advice)

    def warning(self, check: str, told: str, advice: str) -> Finding:
        """The site works, and something of it will not."""
        return Finding(self.name, check, Level.WARNING, told, advice)

    def failure(self, check: str, told: str, advice: str) -> Finding:
        """The site does not work so, or not safely."""
        return Finding(self.name, check, Level.FAILURE, told, advice)


def worst(findings: Iterable[Finding]) -> Level:
    """The worst of some findings; ok where there are none."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)


def masked(findings: Iterable[Finding], secrets: Iterable[str]) -> list[Finding]:
    """The findings without any of ``secrets``, wherever in their texts one stands."""
    masker = SecretMasker(secrets)
    return [
        replace(finding, told=masker.mask(finding.told), advice=masker.mask(finding.advice))
        for finding in findings
    ]


def sentence(error: Exception) -> tuple[str, str]:
    """An error of ours as what was found and what to do: its text has both, at its last colon."""
    text = str(error)
    told, colon, advice = text.rpartition(": ")
    return (told, advice) if colon else (text, text)
