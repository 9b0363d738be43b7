"""Whether torch may compile for CUDA: what must be at hand, and what is said where it is not."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

from pipeline.encoders.cuda_engine import may_compile
from pipeline.encoders.running import RuntimeChoiceError


@pytest.fixture(params=[True, False], ids=["with a compiler", "without"])
def compiler(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    here = bool(request.param)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if here else None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    for name in ("CC", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
        # Set and deleted: what `may_compile` sets is taken back after the test.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return here


def test_it_compiles_where_it_can_and_keeps_what_it_made(compiler: bool, tmp_path: Path) -> None:
    assert may_compile("auto", tmp_path) == compiler
    kept = os.environ.get("TORCHINDUCTOR_CACHE_DIR")
    assert kept == (str(tmp_path / "inductor") if compiler else None)


def test_it_never_does_where_it_may_not(compiler: bool, tmp_path: Path) -> None:
    assert not may_compile("off", tmp_path)
    assert "TRITON_CACHE_DIR" not in os.environ


def test_where_it_must_it_says_what_is_missing(compiler: bool) -> None:
    if compiler:
        assert may_compile("on", None)
        return
    with pytest.raises(RuntimeChoiceError, match="a C compiler is missing"):
        may_compile("on", None)
