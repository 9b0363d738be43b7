"""What keeps a benchmark from being run."""

from __future__ import annotations


class BenchError(RuntimeError):
    """A benchmark cannot be run, or broke off; the text says why and what to do."""
