"""Something heavy that is opened when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class OpenedOnce(Generic[T]):
    """Call it to have what it opens; several threads may.

    Args:
        open_it: asked once.
    """

    def __init__(self, open_it: Callable[[], T]) -> None:
        self._open = open_it
        self._opened: T | None = None
        self._lock = threading.Lock()

    def __call__(self) -> T:
        """What was opened; now, if nobody has asked before."""
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened
