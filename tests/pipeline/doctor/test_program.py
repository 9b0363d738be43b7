"""Libraries of other versions than the locked ones."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import pytest

from pipeline.doctor.findings import Level
from pipeline.doctor.program import look_at_program, off_their_pins
from tests.pipeline.doctor.boxes import found, level


def test_this_installation_is_as_it_was_locked() -> None:
    looked = look_at_program()
    assert level(looked, "libraries") is Level.OK
    assert f"hearsight {version('hearsight')}" in found(looked, "version").told


def test_another_torch_and_a_missing_library() -> None:
    def told(name: str) -> str:
        if name == "av":
            raise PackageNotFoundError(name)
        return "2.12.0" if name == "torch" else version(name)

    looked = look_at_program(told)
    assert level(looked, "libraries") is Level.FAILURE
    assert "av is missing" in found(looked, "libraries").told
    assert "torch is 2.12.0 and has to be" in found(looked, "libraries").told


@pytest.mark.parametrize(
    ("installed", "wrong"),
    [("2.11.0", False), ("2.11.0+cpu", False), ("2.11.1", True)],
)
def test_a_build_of_a_version_is_that_version(installed: str, wrong: bool) -> None:
    requires = ["torch==2.11.0", "numpy<2", 'uv==1; extra == "dev"']
    assert bool(off_their_pins(lambda _name: installed, requires)) is wrong
