"""What keeps a soak from being run or judged."""

from __future__ import annotations


class SoakError(RuntimeError):
    """A soak cannot be run or read, or broke off; the text says why and what to do."""
