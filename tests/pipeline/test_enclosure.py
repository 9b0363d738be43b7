"""A decoder that was taken over finds itself in a small room."""

from __future__ import annotations

import json
import os
import platform
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import enclosure
from pipeline.enclosure import EnclosureMissing, enclose

MAY = {
    "read an old clip", "read a film", "read the name server", "write evidence", "rename evidence",
    "remove evidence", "use a device", "connect to a camera's port",
}  # fmt: skip
#: What the driver of a device does beside.
DRIVER = {"name a thread", "name a thread from within"}


@pytest.fixture(params=["", "device"])
def told(tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """What became of everything that was tried in an enclosed process beside a site."""
    site = tmp_path / "site"
    (site / "media").mkdir(parents=True)
    (site / "console").mkdir()
    (site / "console" / "accounts.sqlite3").write_bytes(b"secret")
    (site / "media" / "clip.mp4").write_bytes(b"clip")
    (site / "media" / "link").symlink_to(site / "console" / "accounts.sqlite3")
    (tmp_path / "film").write_bytes(b"film")
    with (
        socket.create_server(("127.0.0.1", 0)) as allowed,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        ports = [one.getsockname()[1] for one in (allowed, other)]
        (tmp_path / "ports.json").write_text(json.dumps(ports))
        done = subprocess.run(
            [sys.executable, "-m", "tests.pipeline.enclosed", str(site), request.param],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    if "missing" in found:
        pytest.skip(f"this kernel encloses nobody: {found['missing']}")
    assert (tmp_path / "film").read_bytes() == b"film"
    return found | {"may": MAY | DRIVER if request.param else MAY}


@pytest.mark.promise("security 9")
def test_it_may_do_its_work_and_nothing_else(told: dict[str, Any], record_property: Any) -> None:
    version, said = told["version"], told["said"]
    for thing, error in said.items():
        if thing in told["may"]:
            assert error == "", f"{thing}: {error}"
        elif "port" in thing or thing == "listen":
            assert error == "PermissionError" or version < 4, thing
        elif thing == "signal its parent":
            assert error == "PermissionError" or version < 6, thing
        else:
            assert error == "PermissionError", f"{thing}: {error or 'was done'}"
    refused = sorted(thing for thing, error in said.items() if error)
    record_property("measured", f"Landlock {version}: refused to {', '.join(refused)}")


@pytest.mark.promise("security 9")
def test_it_has_no_privilege_and_gets_none(told: dict[str, Any]) -> None:
    status = told["status"]
    assert status["NoNewPrivs"] == "1"
    # As root it keeps the right to files of other users; anybody else has none to begin with.
    kept = enclosure._FILES_OF_OTHERS if os.geteuid() == 0 else 0
    for of in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        assert int(status[of], 16) & ~kept == 0, of


@pytest.mark.parametrize("system", [("Darwin", "arm64"), ("Linux", "riscv64")])
def test_where_it_cannot_be_done_it_says_so(
    system: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system[0])
    monkeypatch.setattr(platform, "machine", lambda: system[1])
    with pytest.raises(EnclosureMissing, match=f"not supported on {system[0]} {system[1]}"):
        enclose(tmp_path, readable=[], writable=[], ports=[])
    (tmp_path / "still").write_text("free")
