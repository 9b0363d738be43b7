"""How many cases are tried of a sequence: few and the same ones, or as many as are asked for."""

from __future__ import annotations

import os

from hypothesis import settings

#: What ``HEARSIGHT_FUZZ_CASES`` asks for; 0: few.
MANY = int(os.environ.get("HEARSIGHT_FUZZ_CASES", "0"))


def tried(few: int) -> settings:
    """Settings of a test that tries ``few`` cases unless more are asked for."""
    return settings(max_examples=MANY or few, derandomize=not MANY, database=None, deadline=None)
