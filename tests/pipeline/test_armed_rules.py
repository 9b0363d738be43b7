"""How severe a camera's armed rules are, from what the judge says of arming."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pipeline.armed_rules import ArmedRules
from pipeline.config import parse_site
from pipeline.ledger import Ledger
from pipeline.records import Modality, Severity

SITE = """
cameras:
  yard: {url: "rtsp://c/yard", space: outside}
  gate: {url: "rtsp://c/gate", audio: score, space: outside, rules: [shot]}
rules:
  fire: {see: [a fire], hear: [an alarm], severity: critical}
  fight: {see: [people fighting]}
  shot: {hear: [a gun shot], severity: info}
"""
V, A = Modality.VIDEO, Modality.AUDIO


def armed(path: Path) -> ArmedRules:
    site = parse_site(SITE, name="site.yaml", environ={})
    return ArmedRules(path, lambda: site)


async def read(rules: ArmedRules, now: float) -> None:
    rules.look(now)
    while rules._reading is not None:
        await asyncio.sleep(0.01)
        rules.look(now)


def says(path: Path, **rules: str) -> dict[str, Any]:
    standing: dict[str, Any] = {"cameras": {"yard": {"mode": "home", "rules": rules}}}
    with Ledger(path) as ledger:
        ledger.stand("arming", standing)
    return standing


def test_before_the_judge_has_spoken_everything_counts_as_armed(tmp_path: Path) -> None:
    rules = armed(tmp_path / "l.sqlite3")
    assert rules.severity("yard", V) is Severity.CRITICAL
    assert rules.severity("gate", V) is None, "its rule hears"
    # The yard is lent the gate's ear, and with it goes the yard's fire.
    assert rules.severity("gate", A) is Severity.CRITICAL
    assert rules.severity("yard", A) is None


def test_what_is_not_armed_or_silenced_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite3"
    rules = armed(path)
    says(path, fire="silenced", fight="armed", shot="not_armed")
    asyncio.run(read(rules, 0.0))
    assert rules.severity("yard", V) is Severity.WARNING
    assert rules.severity("gate", A) is Severity.INFO, "its own rule still is"
    says(path, fire="not_armed", fight="not_armed", shot="not_armed")
    asyncio.run(read(rules, 1.0))
    assert rules.severity("yard", V) is Severity.WARNING, "not asked again within 5 s"
    asyncio.run(read(rules, 6.0))
    assert rules.severity("yard", V) is None


def test_a_ledger_that_cannot_be_read_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "l.sqlite3"
    path.write_bytes(b"no database at all" * 100)
    rules = armed(path)
    asyncio.run(read(rules, 0.0))
    assert rules.severity("yard", V) is Severity.CRITICAL
