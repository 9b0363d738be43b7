"""The packages are ours, are packages, and start light."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PACKAGES = ("pipeline", "detectors", "sinks")


def folders(root: Path) -> list[Path]:
    """Every folder below ``root`` that holds Python files, and those above it."""
    found = {root}
    for module in root.rglob("*.py"):
        found |= {parent for parent in module.parents if parent.is_relative_to(root)}
    return sorted(found)


@pytest.mark.parametrize("name", PACKAGES)
def test_the_name_leads_to_our_package_and_not_to_a_library(name: str, project: Path) -> None:
    package = importlib.import_module(name)

    assert package.__file__ is not None, f"{name} is a namespace: its __init__.py is missing"
    assert Path(package.__file__).resolve() == project / name / "__init__.py"


def test_the_wheel_holds_exactly_these_packages(project: Path) -> None:
    manifest = tomllib.loads((project / "pyproject.toml").read_text())

    assert manifest["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == list(PACKAGES)
    assert manifest["tool"]["importlinter"]["root_packages"] == list(PACKAGES)


@pytest.mark.parametrize("name", [*PACKAGES, "tests"])
def test_every_folder_of_modules_is_a_package(name: str, project: Path) -> None:
    assert [f for f in folders(project / name) if not (f / "__init__.py").exists()] == []


@pytest.mark.parametrize("name", PACKAGES)
def test_no_module_is_named_like_one_of_the_standard_library(name: str, project: Path) -> None:
    modules = [m for m in (project / name).rglob("*.py") if not m.stem.startswith("__")]
    packages = [f for f in folders(project / name) if f != project / name]

    clashes = {path.stem for path in (*modules, *packages)} & sys.stdlib_module_names
    assert clashes == set()


#: What must come up at once, survive a lost model, and stay small.
LIGHT = (
    "pipeline.config",
    "pipeline.supervisor",
    "pipeline.worker",
    "pipeline.publisher",
    "pipeline.judge",
    "pipeline.cli",
    "detectors",
    "sinks",
)
HEAVY = {"torch", "torchvision", "torchaudio", "transformers", "open_clip", "laion_clap", "librosa"}


def there_is(module: str, project: Path) -> bool:
    path = project.joinpath(*module.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


@pytest.mark.parametrize("module", LIGHT)
def test_it_starts_without_a_deep_learning_library(module: str, project: Path) -> None:
    if not there_is(module, project):
        pytest.skip(f"there is no {module}")
    loaded = "{m.partition('.')[0] for m in sys.modules}"
    script = f"import sys, {module}\nprint(*sorted({loaded} & {HEAVY}))"

    result = subprocess.run(
        [sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []


def test_a_worker_is_small(project: Path) -> None:
    """Each camera has one: PyAV and numpy, and none of the web, model or database libraries."""
    if not there_is("pipeline.worker", project):
        pytest.skip("there is no pipeline.worker")
    script = "import sys, pipeline.worker\nprint(*sorted(m for m in sys.modules if '.' not in m))"

    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=True
    ).stdout.split()

    assert "av" in loaded
    assert not set(loaded) & {"fastapi", "uvicorn", "redis", "typer", "scipy", "sqlite3"}
