"""The files that set the project up agree with each other."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", path.read_text(), re.MULTILINE))


def make(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert shutil.which("make"), "apt install make"
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=project, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


LOCKS = ("requirements.lock", "requirements-edge.lock", "requirements-dev.lock")
BUILD_LOCK = "requirements-build.lock"


@pytest.fixture
def bare(project: Path, tmp_path: Path) -> Path:
    """A clone in which nothing is set up yet."""
    for name in ("Makefile", "pyproject.toml", *LOCKS):
        shutil.copy(project / name, tmp_path)
    return tmp_path


@pytest.mark.promise("security 14")
def test_the_lock_files_agree_and_every_entry_has_its_hash(project: Path) -> None:
    base, edge, dev = (pins(project / lock) for lock in LOCKS)

    assert {name: edge.get(name) for name in base} == base, "run `make lock`"
    assert {name: dev.get(name) for name in edge} == edge, "run `make lock`"
    assert "uv" in dev, "the set-up takes uv from the lock file"
    assert {"openvino", "nncf"} <= set(edge) - set(base)
    for lock in (*LOCKS, BUILD_LOCK):
        text = (project / lock).read_text()
        entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
        assert not re.search(r"^--|https?://", text, re.MULTILINE), "a lock names no registry"


@pytest.mark.promise("security 14")
def test_what_builds_the_program_is_locked_too(project: Path) -> None:
    manifest = tomllib.loads((project / "pyproject.toml").read_text())
    (backend,) = manifest["build-system"]["requires"]

    name, _, version = backend.partition("==")
    locked = pins(project / BUILD_LOCK)
    assert locked[name] == version, "run `make lock`"
    # What builds the packages that come as sources alone.
    assert {"setuptools", "wheel"} <= set(locked)
    assert locked["setuptools"] == pins(project / "requirements.lock")["setuptools"]


@pytest.mark.promise("security 10")
def test_the_matching_trio_is_locked(project: Path) -> None:
    base = pins(project / "requirements.lock")

    trio = [base[name] for name in ("torch", "torchvision", "torchaudio")]
    assert trio == ["2.11.0", "0.26.0", "2.11.0"]
    assert base["numpy"].startswith("1."), "laion-clap holds numpy below 2"
    assert "opencv-python-headless" in base
    assert not {"opencv-python", "opencv-contrib-python"} & set(base)


def wheel(folder: Path, content: str = "") -> str:
    """Write the wheel of a small library; return the SHA-256 of the file."""
    name = "trinket-1.0"
    files = {
        "trinket.py": content,
        f"{name}.dist-info/METADATA": "Metadata-Version: 2.1\nName: trinket\nVersion: 1.0\n",
        f"{name}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{name}.dist-info/RECORD": "",
    }
    path = folder / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as packed:
        for inner, text in files.items():
            # Without a time of its own each entry would be stamped with the present.
            packed.writestr(zipfile.ZipInfo(inner), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def install(folder: Path, entry: str) -> subprocess.CompletedProcess[str]:
    """Install one entry of a lock file, as the Makefile does, from the wheel in the folder."""
    (folder / "some.lock").write_text(entry + "\n")
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("uv")), "pip", "install", "--require-hashes",
            "--no-index", "--no-cache", "--find-links", str(folder), "--target",
            str(folder / "out"), "-r", str(folder / "some.lock"),
        ],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.promise("security 14")
def test_what_does_not_have_the_hash_of_the_lock_is_not_installed(
    project: Path, tmp_path: Path
) -> None:
    digest = wheel(tmp_path)
    entry = f"trinket==1.0 --hash=sha256:{digest}"
    unlocked = install(tmp_path, "trinket==1.0")
    assert unlocked.returncode != 0
    assert "hash" in unlocked.stderr.lower()
    assert wheel(tmp_path, "import os  # somebody else's") != digest
    changed = install(tmp_path, entry)
    assert changed.returncode != 0
    assert "hash mismatch" in changed.stderr.lower()
    assert not (tmp_path / "out" / "trinket.py").exists()
    wheel(tmp_path)
    done = install(tmp_path, entry)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "trinket.py").exists()

    # And that is how all of ours are installed: by uv from a lock, and uv itself by pip from one.
    text = (project / "Makefile").read_text()
    installs = re.findall(r"^\t.*(?:\$\(INSTALL\)|pip install).*$", text, re.MULTILINE)
    assert len(installs) == 5
    for line in installs:
        assert "--require-hashes" in line or "--no-deps -e ." in line, line


@pytest.mark.long
@pytest.mark.promise("security 14")
def test_the_bill_of_materials_is_the_lock_file_and_always_the_same(
    project: Path, tmp_path: Path
) -> None:
    planned = make(project, "-n", "sbom").stdout.replace("\\\n", " ").splitlines()
    (command,) = (line.split() for line in planned if "cyclonedx-py" in line)
    made = []
    for number in range(2):
        out = tmp_path / f"{number}.json"
        command[command.index("--output-file") + 1] = str(out)
        subprocess.run(command, cwd=project, check=True, capture_output=True, timeout=120)
        made.append(out.read_bytes())
    assert made[0] == made[1]
    bill = json.loads(made[0])
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "hearsight"
    told = {one["name"]: one["version"] for one in bill["components"]}
    assert told == pins(project / "requirements.lock")
    for one in bill["components"]:
        hashes = [h for ref in one["externalReferences"] for h in ref.get("hashes", ())]
        assert hashes, one["name"]
        assert {h["alg"] for h in hashes} == {"SHA-256"}


def test_make_alone_lists_the_targets(project: Path) -> None:
    listed = make(project).stdout

    for target in (
        "demo",
        "test",
        "test-long",
        "chaos",
        "fuzz",
        "lint",
        "bench",
        "studies",
        "sbom",
        "lock",
        "setup",
        "clean",
    ):
        assert f"make {target} " in listed


def test_the_demo_gets_its_seed_and_report_and_needs_no_development_tools(bare: Path) -> None:
    planned = make(bare, "-n", "demo", "SEED=7", "REPORT=out.json").stdout

    assert planned.rstrip().endswith("hearsight demo --seed '7' --report 'out.json'")
    assert "-r requirements.lock" in planned
    assert "-r requirements-dev.lock" not in planned


def test_testing_sets_up_the_base_first_and_then_the_tools(bare: Path) -> None:
    planned = make(bare, "-n", "test").stdout

    order = ["-r requirements.lock", "-r requirements-dev.lock", "mypy", "lint-imports", "pytest"]
    places = [planned.index(step) for step in order]
    assert places == sorted(places)


def test_an_unsuitable_python_is_refused_with_what_to_do(bare: Path) -> None:
    old = bare / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
    old.chmod(0o755)

    result = make(bare, "setup", f"PYTHON={old}")

    assert result.returncode != 0
    assert "Hearsight needs Python 3.11 or 3.12" in result.stderr
    assert "is Python 3.9.2" in result.stderr
    assert not (bare / ".venv").exists()


def test_a_python_without_venv_is_told_what_to_install(bare: Path) -> None:
    """As on a bare Debian: the interpreter is there, ensurepip is not."""
    half = bare / "python-half"
    half.write_text(
        f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"\n'
    )
    half.chmod(0o755)

    result = make(bare, "setup", f"PYTHON={half}")

    assert result.returncode != 0
    assert "apt install python3-venv" in result.stderr
    assert not (bare / ".venv").exists()


def test_the_ci_script_is_sound_bash_and_runs_the_tests(project: Path) -> None:
    script = project / ".ci/run"
    syntax = subprocess.run(["bash", "-n", str(script)], capture_output=True, check=False)

    assert syntax.returncode == 0, syntax.stderr
    assert script.read_text().rstrip().endswith("make test")
