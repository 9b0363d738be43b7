"""Sites and findings for the stories of this folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline.config import Site, parse_site
from pipeline.doctor.findings import Finding, Level

YARD = 'yard: {url: "rtsp://viewer:hush@192.0.2.10/stream1"}'


def site_of(folder: Path, more: str = "", cameras: str = YARD) -> Site:
    text = f"data_dir: {folder}\ncameras:\n  {cameras}\nrules:\n  fire: {{see: [flames]}}\n{more}"
    return parse_site(text, name="site.yaml", environ={})


def level(findings: Iterable[Finding], check: str) -> Level:
    """How the one finding of a check stands."""
    return found(findings, check).level


def found(findings: Iterable[Finding], check: str) -> Finding:
    (one,) = (finding for finding in findings if finding.check == check)
    return one
