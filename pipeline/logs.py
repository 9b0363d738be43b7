"""Structured logs, one JSON object a line on standard error, secrets masked by their value."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor

MASK = "***"

#: Packages whose standard loggers speak at the site's level; foreign ones only from warnings on.
_OURS = ("pipeline", "detectors", "sinks")


class SecretMasker:
    """Replaces every registered secret, wherever in a log entry it stands.

    Masking goes by value and not by pattern: a password inside an FFmpeg message, a traceback or a
    nested structure is found all the same.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets: list[str] = []
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these from now on, too."""
        forms = {form for s in secrets if s for form in (s, quote(s, safe=""))}
        # Longest first: a secret that contains another is masked whole.
        self._secrets = sorted({*self._secrets, *forms}, key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        """Mask one entry: structlog's processor interface."""
        return {key: self.mask(value) for key, value in event.items()}

    def mask(self, value: Any) -> Any:
        """Return ``value`` with every secret in its texts replaced."""
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, MASK)
            return value
        if isinstance(value, dict):
            return {self.mask(k): self.mask(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.mask(v) for v in value]
        if isinstance(value, (int, float, bool)) or value is None:
            return value
        return self.mask(str(value))


def configure(
    *, process: str, level: str = "info", secrets: Iterable[str] = (), human: bool = False
) -> None:
    """Set up structlog and the standard library's logging for this process.

    What ends the process, or one of its threads, is logged too: Python itself would print its
    traceback as it is, with whatever address an error quotes.

    Args:
        process: name that stands in every entry.
        level: lowest level that is shown.
        secrets: values that must never appear.
        human: coloured lines for a terminal in place of JSON.
    """
    numeric = logging.getLevelNamesMapping()[level.upper()]
    masker = SecretMasker(secrets)
    _maskers.append(masker)
    render: Processor = (
        structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            _Named(process),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            masker,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard library: only what matters, through the same masks.
    handler = _Forward()
    logging.basicConfig(level=max(numeric, logging.WARNING), handlers=[handler], force=True)
    for package in _OURS:
        logging.getLogger(package).setLevel(numeric)
    sys.excepthook = _ended_by
    threading.excepthook = lambda ended: _ended_by(
        ended.exc_type, ended.exc_value or ended.exc_type(), ended.exc_traceback
    )
    sys.unraisablehook = lambda passed: structlog.get_logger().error(
        passed.err_msg or "exception ignored", exc_info=passed.exc_value, at=repr(passed.object)
    )


def _ended_by(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().critical("unexpected error", exc_info=(kind, error, trace))


#: Those in use, the newest last: a logger keeps the one that it first spoke through.
_maskers: list[SecretMasker] = []


def follow_log(masker: SecretMasker) -> SecretMasker:
    """Let a masker of something else than the log learn what the log's do."""
    _maskers.append(masker)
    return masker


def mask_too(secrets: Iterable[str]) -> None:
    """Keep further values out of this process's log, and of what follows it, from now on."""
    told = list(secrets)
    for masker in _maskers:
        masker.learn(told)


class _Named:
    """Says which process speaks, whichever of its threads does."""

    def __init__(self, process: str) -> None:
        self._process = process

    def __call__(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        return {"process": self._process, **event}


class _Forward(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        error = record.exc_info or None
        log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=error)
