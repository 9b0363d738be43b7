"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# As the line's own processes: small matrices gain nothing from threads, and lose much beside others.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return Path(__file__).resolve().parent.parent
