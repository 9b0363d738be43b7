"""What every test may use."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.measured"]

# As in the processes of the line: small matrices gain nothing from threads, and lose much. Several
# tests run at a time, so torch's threads would only wait for each other.
for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")
# Tables and sentences of commands are as wide wherever the tests run.
os.environ["COLUMNS"] = "160"
# A busy machine takes longer over an example, which says nothing of what is tested.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """A folder whose path fits into a socket address."""
    with tempfile.TemporaryDirectory(prefix="hs-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return Path(__file__).resolve().parent.parent
