"""Converted, quantised and compiled models on disk: found again at the next start, or made anew.

An entry is a folder with the model (``model.xml``, ``model.bin``), what the CPU's compiler made of
it (``compiled.blob``), and ``entry.json``, which is written last and holds the digests of the rest
and what the encoder must know without opening its weights.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger()

#: Counted up when entries are made in another way.
_SCHEMA = 2
_ENTRY = "entry.json"


class ModelCache:
    """The entries of one folder.

    Args:
        folder: where they are; made at the first write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str, **key: object) -> Path:
        """The entry's folder.

        Args:
            name: for people: the model's identity.
            key: what entries differ by: versions, precision, the CPU, threads.
        """
        told = json.dumps([_SCHEMA, name, sorted(key.items())], default=str)
        digest = hashlib.sha256(told.encode()).hexdigest()[:16]
        stem = "".join(c if c.isalnum() or c in "-+." else "_" for c in name)
        return self._folder / f"{stem}-{digest}"

    def read(self, entry: Path) -> dict[str, Any] | None:
        """What the entry tells of its model, its files proven; None where there is none.

        A damaged one counts as none, and the log says so.
        """
        try:
            told = json.loads((entry / _ENTRY).read_text("utf-8"))
            files, facts = told["files"], told["facts"]
            damaged = [name for name, digest in files.items() if _digest(entry / name) != digest]
        except FileNotFoundError:
            if entry.is_dir():
                log.warning("a cached model lacks a file and is made anew", entry=str(entry))
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning(
                "a cached model cannot be read and is made anew", entry=str(entry), error=str(error)
            )
            return None
        if damaged or not isinstance(facts, dict):
            log.warning(
                "a cached model is damaged and is made anew", entry=str(entry), files=damaged
            )
            return None
        return facts

    def write(self, entry: Path, facts: dict[str, Any], fill: Callable[[Path], None]) -> None:
        """Make the entry: ``fill`` writes its files into a folder, which then takes its place.

        Raises:
            OSError: the disk is full, or the folder may not be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = entry.with_name(f".{entry.name}.{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            fill(partial)
            files = {path.name: _digest(path) for path in sorted(partial.iterdir())}
            (partial / _ENTRY).write_text(json.dumps({"files": files, "facts": facts}), "utf-8")
            shutil.rmtree(entry, ignore_errors=True)
            partial.rename(entry)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
