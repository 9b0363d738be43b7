from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.simulate.clips import make_clip


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of H.264 and AAC; a flash and a beep at 1.0 s."""
    return make_clip(tmp_path_factory.mktemp("clips") / "yard.mp4", flash_at=1.0)
