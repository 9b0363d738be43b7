"""Alerts as JSON lines, appended to a file and synced before they are acknowledged."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sinks.alert_json import MalformedAlert, decode_alert
from sinks.base import EntryRejected, OutboxEntry, SinkUnavailable


class JsonLinesFile:
    """A file that grows by one JSON object a line; it may be rotated away under our hands.

    A retry may write a line again: readers deduplicate on ``id`` and ``revision``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser()
        self._handle: int | None = None

    @property
    def name(self) -> str:
        """Two files are two sinks."""
        return f"jsonl:{self._path}"

    def open(self, position: str | None) -> bool:  # noqa: ARG002 - a file loses no tail after fsync
        """Open for appending. A line that a crash cut short is closed, so that it stays alone.

        Raises:
            SinkUnavailable: the file cannot be opened or written.
        """
        self.close()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = not self._path.exists()
            handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._handle = handle
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":
                _write_all(handle, b"\n")
            if fresh:
                _sync_folder(self._path.parent)
        except OSError as error:
            self.close()
            raise SinkUnavailable(self._trouble(error)) from error
        return False

    def deliver(self, batch: Sequence[OutboxEntry]) -> None:
        """Append ``batch`` and sync it.

        Raises:
            SinkUnavailable: the disk is full or at fault; the whole batch counts as not written.
            EntryRejected: a row of the outbox is no alert; those before it are on disk.
        """
        rejected: EntryRejected | None = None
        lines: list[bytes] = []
        for entry in batch:
            try:
                decode_alert(entry.document)
            except MalformedAlert as error:
                rejected = EntryRejected(str(error), delivered=len(lines))
                break
            lines.append(entry.document.encode() + b"\n")
        try:
            self._follow_rotation()
            handle = self._opened()
            _write_all(handle, b"".join(lines))
            os.fsync(handle)
        except OSError as error:
            self.close()
            raise SinkUnavailable(self._trouble(error)) from error
        if rejected is not None:
            raise rejected

    def confirm(self) -> None:
        """Nothing to ask a file."""

    def maintain(self) -> None:
        """Nothing to keep in order: rotating the file is the operator's."""

    def close(self) -> None:
        """Close the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _follow_rotation(self) -> None:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            self.open(None)
            return
        if not os.path.samestat(there, os.fstat(self._opened())):
            self.open(None)

    def _opened(self) -> int:
        if self._handle is None:
            raise SinkUnavailable(f"{self._path} is not open")
        return self._handle

    def _trouble(self, error: OSError) -> str:
        return (
            f"alerts cannot be written to {self._path}: {error.strerror}. Check the disk's free "
            "space and who may write there"
        )


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
