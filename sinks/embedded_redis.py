"""A real redis-server of our own, for a site that names none.

It listens on a Unix socket in a private folder and nowhere else, syncs every write to its
append-only file, and dies with the thread that started it (``PR_SET_PDEATHSIG``, see prctl(2)).
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import redis

from sinks.redis_binary import (
    EmbeddedRedisBusy,
    EmbeddedRedisError,
    RedisBinary,
    find_redis_server,
)
from sinks.redis_client import GONE, open_client

_log = logging.getLogger(__name__)

#: Room in sockaddr_un.sun_path, less the closing zero.
_LONGEST_SOCKET_PATH = 107
_START_S = 60.0
_POLL_S = 0.01
#: A disk with less room than this counts as full.
_FULL_BYTES = 1 << 20

# A program of its own instead of preexec_fn, which is not safe beside threads. The signal is asked
# for before the check, so that a parent that is gone by then is noticed in any case.
_LAUNCHER = """
import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(1, int(signal.SIGTERM), 0, 0, 0) != 0:
    sys.exit("prctl: " + os.strerror(ctypes.get_errno()))
if os.getppid() != int(sys.argv[1]):
    sys.exit("the starting program is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


class EmbeddedRedis:
    """The server of one data folder. Start it from the main thread: it dies with its starter.

    Args:
        data_dir: where its data, socket, lock and log lie; made private (0700).
        server: which binary; default ``find_redis_server()``.
        stop_s: how long each way of stopping may take before the next, harder one.
    """

    def __init__(
        self, data_dir: Path, server: RedisBinary | None = None, *, stop_s: float = 5.0
    ) -> None:
        self._dir = data_dir.absolute()
        self._stop_s = stop_s
        self._server = server
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._socket: Path | None = None

    @property
    def url(self) -> str:
        """Where it listens.

        Raises:
            EmbeddedRedisError: it was not started.
        """
        if self._socket is None:
            raise EmbeddedRedisError("the embedded Redis is not running: call start() first")
        return f"unix://{quote(str(self._socket))}"

    @property
    def pid(self) -> int | None:
        """The server's process, while it was not stopped."""
        return self._process.pid if self._process is not None else None

    def alive(self) -> bool:
        """Whether the process that was started still runs."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it has loaded its data and answers.

        Raises:
            NoRedisServer: there is no binary to start.
            EmbeddedRedisBusy: another program of ours has it running: see ``attach``.
            EmbeddedRedisError: it ended, or did not answer; the text has the end of its log.
        """
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedRedisError(
                "start the embedded Redis from the main thread: it ends with it"
            )
        if self.alive() and self._socket is not None:
            self._await_answer(self._socket)
            return
        self.stop()
        binary = self._server = self._server or find_redis_server()
        with self._named_errors():
            self._dir.mkdir(parents=True, exist_ok=True)
            self._dir.chmod(0o700)
        if binary.version < (7, 0, 0) and (self._dir / "appendonlydir").exists():
            raise EmbeddedRedisError(
                f"the data in {self._dir} were written by Redis 7 or newer, {binary.path} is "
                f"{'.'.join(map(str, binary.version))} and would not see them: install that "
                "version again, or move the folder away"
            )
        try:
            with self._named_errors():
                self._take_lock()
                self._socket = self._choose_socket()
                self._launch(binary, self._socket)
            self._await_answer(self._socket)
        except BaseException:
            self.stop()
            raise

    def restart(self) -> None:
        """Start a server that ended by itself again, and do not wait until it answers.

        Raises:
            EmbeddedRedisError: it was never started, or its program cannot be run.
        """
        if self._server is None or self._socket is None:
            raise EmbeddedRedisError("the embedded Redis was not started: call start() first")
        if self.alive():
            return
        with self._named_errors():
            self._launch(self._server, self._socket)

    def last_words(self) -> str:
        """Why the server ended, as far as its log and its disk tell."""
        with contextlib.suppress(OSError):
            if shutil.disk_usage(self._dir).free < _FULL_BYTES:
                return f"the disk of {self._dir} is full: make room there"
        return f"its log {self._dir / 'redis.log'} ends: {self._log_end()}"

    @contextlib.contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EmbeddedRedisError(
                f"the embedded Redis cannot be started in {self._dir}: {error.strerror}: free its "
                "disk, or set another data_dir, or name a Redis under redis.url in the site file"
            ) from error

    def stop(self) -> None:
        """Stop the server: SHUTDOWN, then SIGTERM, then SIGKILL. Its data stay."""
        if self._process is not None:
            self._end(self._process)
            self._process = None
        if self._socket is not None:
            self._forget_socket(self._socket)
            self._socket = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None and self._socket is not None:
            client: Any = open_client(self.url, timeout_s=self._stop_s)
            # The server hangs up instead of replying; where it cannot shut down, signals follow.
            with contextlib.suppress(redis.RedisError, OSError):
                client.execute_command("SHUTDOWN", "NOSAVE")
            client.close()
        steps: tuple[Callable[[], None] | None, ...] = (None, process.terminate, process.kill)
        for step in steps:
            if step is not None:
                step()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=self._stop_s)
                return

    def _take_lock(self) -> None:
        """Hold the folder's lock; the server inherits it, so that it lasts until both are gone."""
        handle = os.open(self._dir / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + 10
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                owner = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
                # Without its owner the server is about to end by itself.
                if time.monotonic() > deadline or (owner.isdigit() and _exists(int(owner))):
                    os.close(handle)
                    raise EmbeddedRedisBusy(
                        f"process {owner or '?'} already runs the embedded Redis in {self._dir}: "
                        "stop it, or give this site another data_dir"
                    ) from None
            time.sleep(_POLL_S)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        self._lock = handle

    def _choose_socket(self) -> Path:
        path = self._dir / "redis.sock"
        if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
            path = self._earlier_socket() or (
                Path(tempfile.mkdtemp(prefix="hearsight-")) / "redis.sock"
            )
        (self._dir / "socket").write_text(str(path))
        return path

    def _earlier_socket(self) -> Path | None:
        """The short path of an earlier life that was killed, if its folder is still ours alone."""
        try:
            path = Path((self._dir / "socket").read_text())
            folder = path.parent.lstat()
        except OSError:
            return None
        private = stat.S_ISDIR(folder.st_mode) and stat.S_IMODE(folder.st_mode) == 0o700
        short = len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH
        return path if private and short and folder.st_uid == os.getuid() else None

    def _forget_socket(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        if path.parent != self._dir:
            shutil.rmtree(path.parent, ignore_errors=True)

    def _launch(self, binary: RedisBinary, socket: Path) -> None:
        options = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "dir": str(self._dir),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "logfile": str(self._dir / "redis.log"),
        }
        settings = [part for key, value in options.items() for part in (f"--{key}", value)]
        assert self._lock is not None
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), binary.path, *settings],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(self._lock,),
            # Ctrl-C in a terminal is for us alone; we stop the server when its data are in.
            start_new_session=True,
        )

    def _await_answer(self, socket: Path) -> None:
        deadline = time.monotonic() + _START_S
        while not _answers(socket):
            assert self._process is not None
            code = self._process.poll()
            if code is not None or time.monotonic() > deadline:
                what = "does not answer" if code is None else f"ended with status {code}"
                raise EmbeddedRedisError(f"the embedded Redis {what}; {self.last_words()}")
            time.sleep(_POLL_S)

    def _log_end(self) -> str:
        try:
            return (self._dir / "redis.log").read_text(errors="replace")[-600:].strip()
        except OSError:
            return "(no log)"


def attach(data_dir: Path) -> str:
    """The url of the embedded Redis that another program of ours runs in ``data_dir``.

    Raises:
        EmbeddedRedisError: none runs there.
    """
    try:
        socket = Path((data_dir / "socket").read_text())
        ours = stat.S_ISSOCK(socket.stat().st_mode)
    except OSError:
        ours = False
    if not ours or not _answers(socket):
        raise EmbeddedRedisError(
            f"no embedded Redis runs in {data_dir}: start the site with `hearsight run`, or name "
            "its Redis under redis.url in the site file"
        )
    return f"unix://{quote(str(socket))}"


def _answers(socket: Path) -> bool:
    if not socket.exists():
        return False
    client: Any = open_client(f"unix://{quote(str(socket))}", timeout_s=2)
    try:
        client.execute_command("PING")
    except (*GONE, redis.RedisError):
        return False
    finally:
        client.close()
    return True


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
