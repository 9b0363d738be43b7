"""Tries all sorts of things in an enclosed process.

``python -m tests.pipeline.enclosed FOLDER [device]`` prints as JSON what became of each: nothing,
or the kind of error. The folder is a site's; beside it lies ``film``, and a port listens whose
number stands in ``ports.json``.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from pipeline.enclosure import EnclosureMissing, enclose


def try_all(things: dict[str, Callable[[], object]]) -> dict[str, str]:
    said = {}
    for name, thing in things.items():
        try:
            thing()
            said[name] = ""
        except OSError as error:
            said[name] = type(error).__name__
    return said


def connect(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass


def name_a_thread() -> None:
    """As CUDA's driver does."""
    Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text("cuda00001")


def main() -> None:
    site = Path(sys.argv[1])
    allowed, other = json.loads((site.parent / "ports.json").read_text())
    media = site / "media"
    try:
        version = enclose(
            site,
            readable=[],
            writable=[media],
            ports=[allowed],
            device="device" in sys.argv[2:],
        )
    except EnclosureMissing as error:
        print(json.dumps({"missing": str(error)}))
        return
    inside = media / "yard"
    things: dict[str, Callable[[], object]] = {
        "read the accounts": (site / "console" / "accounts.sqlite3").read_bytes,
        "list the site": lambda: list(site.iterdir()),
        "read an old clip": (media / "clip.mp4").read_bytes,
        "read a film": (site.parent / "film").read_bytes,
        "read the name server": Path("/etc/hosts").read_bytes,
        "read by a link": (media / "link").read_bytes,
        "write to the site": lambda: (site / "outbox.sqlite3").write_bytes(b"x"),
        "write beside the site": lambda: (site.parent / "new").write_bytes(b"x"),
        "change a film": lambda: (site.parent / "film").open("r+b").close(),
        "remove a film": (site.parent / "film").unlink,
        "write evidence": lambda: (inside.mkdir(), (inside / ".c").write_bytes(b"x")),
        "rename evidence": lambda: (inside / ".c").replace(inside / "c"),
        "remove evidence": (inside / "c").unlink,
        "make a link": lambda: (media / "out").symlink_to("/etc"),
        "use a device": lambda: Path("/dev/null").write_bytes(b"x"),
        "name a thread": name_a_thread,
        "name a thread of its parent": lambda: Path(f"/proc/{os.getppid()}/comm").write_text("x"),
        "start a program": lambda: subprocess.run(["/bin/true"], check=True),
        "connect to a camera's port": lambda: connect(allowed),
        "connect to another port": lambda: connect(other),
        "listen": lambda: socket.create_server(("127.0.0.1", 0)).close(),
        "signal its parent": lambda: os.kill(os.getppid(), signal.SIGCONT),
        "look into its parent": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    }
    said = try_all(things)
    # What a thread is started for later is no way out.
    later = {"read the accounts in a thread": things["read the accounts"]}
    later["name a thread from within"] = name_a_thread
    thread = threading.Thread(target=lambda: said.update(try_all(later)))
    thread.start()
    thread.join()
    status = dict(
        line.split(":\t", 1)
        for line in Path("/proc/self/status").read_text().splitlines()
        if ":\t" in line
    )
    print(json.dumps({"version": version, "said": said, "status": status}))


if __name__ == "__main__":
    main()
