"""A site that runs, with cameras that do not: what it shows, and what it writes.

Its passwords come from the environment. Everything that it says is searched for them: its logs with
the tracebacks in them, its pages, its streams, its command lines, and the files that it keeps.
"""

from __future__ import annotations

import asyncio
import json
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psutil
import pytest

from pipeline.simulate import serve
from sinks.console.line_client import LineClient
from tests.pipeline.simulate.clips import make_clip
from tests.processes import line_of, running
from tests.sinks.builders import RedisProcess
from tests.sinks.conftest import make_redis, one_binary

__all__ = ["make_redis", "one_binary"]
SITE = """
site: depot
timezone: UTC
data_dir: {folder}/data
log_level: debug
canary: 5 s
health: {{port: {port}}}
console: {{port: 0, redis_url: "${{CONSOLE_URL}}"}}
redis: {{url: "${{REDIS_URL}}"}}
cameras_per_worker: 1
cameras:
  yard: {{url: "rtsp://viewer:${{YARD_PASSWORD}}@127.0.0.1:{rtsp}/yard", audio: record}}
  gate: {{url: "rtsp://viewer:${{GATE_PASSWORD}}@127.0.0.1:{rtsp}/yard"}}
  shed: {{url: "rtsp://127.0.0.1:1/live?stream=1&token=${{SHED_TOKEN}}"}}
  barn: {{url: "rtsp://viewer:${{BARN_PASSWORD}}@127.0.0.1:{rtsp}/breaks"}}
  hall: {{url: "rtsp://127.0.0.1:1/user=viewer_password=${{HALL_PASSWORD}}_channel=1"}}
rules:
  fire: {{see: [a fire with flames and smoke], hear: [a fire alarm is ringing]}}
media: {{reserve_mb: 0}}
"""
SECRETS = {
    "YARD_PASSWORD": "hush-yard/7%41",
    "GATE_PASSWORD": "hush-gate wrong",
    "SHED_TOKEN": "hush-shed-token",
    "BARN_PASSWORD": "hush-barn",
    "HALL_PASSWORD": "hush-hall",
    "REDIS": "hush-redis",
    "CONSOLE": "hush-console",
}
#: Breaks where a library would: with an error that repeats what it was told to open.
SITECUSTOMIZE = """
import sys
if "pipeline.worker" in " ".join(sys.orig_argv):
    import av
    really = av.open
    def opened(address, *given, **more):
        if "/breaks" in str(address):
            raise RuntimeError(f"cannot open {address}")
        return really(address, *given, **more)
    av.open = opened
"""


def environment(folder: Path, server: RedisProcess) -> dict[str, str]:
    """The passwords as an address wants them, and a library that breaks."""
    (folder / "broken").mkdir()
    (folder / "broken" / "sitecustomize.py").write_text(SITECUSTOMIZE)
    told = {name: quote(value, safe="") for name, value in SECRETS.items()}
    return {
        **told,
        "REDIS_URL": f"unix://hearsight:{told['REDIS']}@{server.socket}",
        "CONSOLE_URL": f"unix://console:{told['CONSOLE']}@{server.socket}",
        "PYTHONPATH": str(folder / "broken"),
    }


@pytest.fixture
def server(make_redis: Callable[..., RedisProcess], one_binary: Path, short_tmp: Path) -> Any:
    users = short_tmp / "users.acl"
    users.write_text(
        f"user default on nopass ~* &* +@all\nuser hearsight on >{SECRETS['REDIS']} ~* &* +@all\n"
        f"user console on >{SECRETS['CONSOLE']} ~* &* +@all\n"
    )
    return make_redis(one_binary, "--aclfile", str(users))


def until(condition: Callable[[], object], what: str, timeout_s: float = 120.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def states(home: str) -> dict[str, tuple[str, str]]:
    """By camera, its state and what is said of it."""
    try:
        cameras = httpx.get(f"{home}/readiness", timeout=30).json()["cameras"]
    except httpx.TransportError:
        return {}
    return {name: (told["state"], told["detail"]) for name, told in cameras.items()}


async def _asked(state_dir: Path) -> list[str]:
    async with LineClient(state_dir) as line:
        return [json.dumps(await line.site()), json.dumps(await line.state())]


def pages(home: str, state_dir: Path) -> Iterator[tuple[str, str]]:
    """Everything that a running site shows, and where."""
    for path in ("/healthz", "/readiness", "/metrics"):
        yield path, httpx.get(home + path, timeout=30).text
    for path, text in zip(("site", "state"), asyncio.run(_asked(state_dir)), strict=True):
        yield f"control socket: {path}", text


def command_lines(pid: int) -> Iterator[tuple[str, str]]:
    """What `ps` shows of a process and all that it started."""
    for process in (one := psutil.Process(pid), *one.children(recursive=True)):
        yield f"ps: {process.pid}", " ".join(process.cmdline())


def forms(secrets: Mapping[str, str]) -> list[str]:
    """What is searched for: each as it is meant and as addresses carry it."""
    return [form for s in secrets.values() for form in (s, quote(s, safe=""), quote(s))]


@pytest.mark.long
@pytest.mark.integration
@pytest.mark.timeout(420)
@pytest.mark.promise("security 11", "security 12", "security 9")
def test_no_password_leaves_it_and_its_files_are_its_own(
    short_tmp: Path, server: RedisProcess, record_property: Callable[[str, object], None]
) -> None:
    clip = make_clip(short_tmp / "yard.mp4", seconds=10)
    port = _free_port()
    home = f"http://127.0.0.1:{port}"
    state_dir = short_tmp / "data"
    shown: list[tuple[str, str]] = []
    # As on most machines: others may read what somebody writes.
    before = os.umask(0o022)
    try:
        with serve({"yard": clip}, user="viewer", password=SECRETS["YARD_PASSWORD"]) as camera:
            site = short_tmp / "site.yaml"
            rtsp = camera.url("yard").rsplit(":", 1)[1].partition("/")[0]
            site.write_text(SITE.format(folder=short_tmp, port=port, rtsp=rtsp))
            environ = environment(short_tmp, server)
            with running(short_tmp / "run.log", "run", str(site), environ=environ) as line:
                until(lambda: states(home).get("yard", ("",))[0] == "online", "yard is not online")
                until(lambda: states(home)["gate"][0] == "refused", "gate is not refused")
                until(lambda: "RuntimeError" in states(home)["barn"][1], "barn has not broken")
                until(lambda: all(s != "connecting" for s, _ in states(home).values()), "connects")
                with running(
                    short_tmp / "console.log", "console", str(site), environ=environ
                ) as console:
                    address = line_of(console, r"console: (\S+)")
                    shown.append(("console: login", httpx.get(f"{address}login").text))
                    shown += pages(home, state_dir)
                    shown += [*command_lines(line.pid), *command_lines(console.pid)]
                    shown += environments(line.pid)
                told = states(home)
            for name in ("check", "doctor"):
                words = ["--no-cameras"] if name == "doctor" else []
                log = short_tmp / f"{name}.log"
                with running(log, name, str(site), *words, environ=environ) as command:
                    assert command.stdout is not None
                    shown.append((name, command.stdout.read()))
    finally:
        os.umask(before)
    shown += [(log.name, log.read_text()) for log in short_tmp.glob("*.log")]
    for key in server.do("KEYS", "*"):
        shown.append((f"stream {key.decode()}", repr(server.do("XRANGE", key, "-", "+"))))

    # It was said why each camera fails, and where the address was quoted there is a mask.
    assert "cannot open rtsp://viewer:***@" in told["barn"][1]
    log = dict(shown)["run.log"]
    assert "Traceback" in log
    assert "RuntimeError: cannot open rtsp://viewer:***@" in log
    assert [where for where, _ in shown if where.startswith("stream hearsight:health")]
    wanted = forms(SECRETS)
    leaks = [(where, form) for where, text in shown for form in wanted if form in text]
    assert leaks == []
    kept = [path for path in state_dir.rglob("*") if path.is_file()]
    leaks = [(str(p), f) for p in kept for f in wanted if f.encode() in p.read_bytes()]
    assert leaks == []

    open_to_others = [
        f"{stat.filemode(path.lstat().st_mode)} {path.relative_to(short_tmp)}"
        for path in (state_dir, *state_dir.rglob("*"))
        if not path.is_symlink() and path.stat().st_mode & 0o077
    ]
    assert open_to_others == []
    assert len(kept) > 5
    record_property(
        "measured", f"{len(shown)} texts and {len(kept)} files, {len(wanted)} forms: none found"
    )


def environments(pid: int) -> list[tuple[str, str]]:
    """The environments of the processes that a site starts, without our own and the site's."""
    children = psutil.Process(pid).children(recursive=True)
    assert len(children) >= 5
    return [(f"environment of {c.pid}", repr(c.environ())) for c in children]


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
