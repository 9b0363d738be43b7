"""What a process that decodes may touch, once it is at work: as little as its work needs.

A camera's stream may take a decoder over. What is then left to it the kernel decides, by Landlock
(landlock(7), Linux 5.13), which needs no privilege and holds for good: it starts no program, writes
nowhere but where evidence goes, cannot read what else the site keeps (accounts, alerts, what was
learned), listens to nobody, connects by TCP to its cameras' ports alone (from Linux 6.7 on), and
sends no signal to other processes (6.12). To which hosts `pipeline.sources.reach` decides.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

# linux/landlock.h; the numbers of its calls are the same on every machine.
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_BENEATH, _PORT = 1, 2
_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL = 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_FILE, _MOVE = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 13
_CONNECT_TCP, _BOTH_TCP = 1 << 1, 1 << 0 | 1 << 1
_ABSTRACT_SOCKETS_AND_SIGNALS = 1 << 0 | 1 << 1
#: Everything that can be done to files, by the version that learned it: executing among the first.
_FILES = {1: (1 << 13) - 1, 2: _MOVE, 3: _TRUNCATE, 5: _IOCTL}
NET_SINCE, _SCOPE_SINCE = 4, 6
_READ = _READ_FILE | _READ_DIR
_USE = _READ | _WRITE_FILE | _TRUNCATE | _IOCTL
#: No links, devices or sockets.
_KEEP = _READ | _WRITE_FILE | _TRUNCATE | _MOVE
_KEEP |= _MAKE_FILE | _MAKE_DIR | _REMOVE_FILE | _REMOVE_DIR
_O_PATH = 0o10000000
_SET_NO_NEW_PRIVS = 38
#: linux/capability.h: version 3, this process; what a superuser may do to files whoever owns them.
_CAPABILITIES = struct.pack("=Ii", 0x20080522, 0)
_FILES_OF_OTHERS = 1 << 1 | 1 << 2
_CAPSET = {"x86_64": 126, "aarch64": 91}

#: The program itself may lie in what is hidden.
_OURSELVES = (Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[1])


class EnclosureMissing(Exception):
    """This system cannot enclose a process; the text says why."""


def enclose(
    hidden: Path,
    *,
    readable: Iterable[Path],
    writable: Iterable[Path],
    ports: Iterable[int],
    device: bool = False,
) -> int:
    """Enclose this process for good, before it starts threads; its children are, too.

    Args:
        hidden: a folder of which nothing can be read but what is named.
        readable: files and folders.
        writable: folders in which files can be made, changed and removed.
        ports: of other machines, or this one, to which TCP connections can be made.
        device: whether it decodes on one: its driver gives threads of this process their names.

    Returns:
        The version of Landlock: below `NET_SINCE` TCP is not limited, below 6 signals are not.

    Raises:
        EnclosureMissing: the kernel, the machine or a container's policy does not allow it.
    """
    if platform.system() != "Linux" or platform.machine() not in _CAPSET:
        raise EnclosureMissing(f"not supported on {platform.system()} {platform.machine()}")
    libc = ctypes.CDLL(None, use_errno=True)
    version: int = libc.syscall(_CREATE, None, 0, _ASK_VERSION)
    if version < 1:
        raise EnclosureMissing(f"Landlock: {os.strerror(ctypes.get_errno())}")
    files = sum(rights for since, rights in _FILES.items() if since <= version)
    rules = _Rules(libc, files, version)
    try:
        for path in _around(hidden.resolve()):
            # Devices are what it decodes with; the files there have rights of their own.
            rules.allow(path, _USE if path == Path("/dev") else _READ)
        for path in (*readable, *_OURSELVES):
            rules.allow(path.resolve(), _READ)
        for path in writable:
            rules.allow(path.resolve(), _KEEP)
        if device:
            # CUDA names its threads by writing to a file of each; where it may not, it gives up.
            threads = Path(f"/proc/{os.getpid()}/task")
            # A rule is about what the kernel holds of a folder, which in /proc it may let go of and
            # make anew: kept open, it stays.
            os.open(threads, _O_PATH | os.O_CLOEXEC)
            rules.allow(threads, _USE)
        if version >= NET_SINCE:
            for port in ports:
                rules.connect(port)
        rules.restrict()
    finally:
        rules.close()
    _drop_privileges(libc)
    return version


class _Rules:
    """What a process may do that is allowed nothing else.

    Args:
        libc: the C library.
        files: every right to files that this kernel knows.
        version: of Landlock.
    """

    def __init__(self, libc: ctypes.CDLL, files: int, version: int) -> None:
        self._libc = libc
        self._files = files
        net = _BOTH_TCP if version >= NET_SINCE else 0
        scoped = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= _SCOPE_SINCE else 0
        handled = struct.pack("=QQQ", files, net, scoped)
        # An older kernel takes no field that it does not know.
        size = 8 if version < NET_SINCE else 16 if version < _SCOPE_SINCE else 24
        self._rules = self._call(_CREATE, handled, size, 0)

    def allow(self, path: Path, rights: int) -> None:
        """Allow rights to a file, or to all below a folder; what is gone is passed over."""
        # A link beside the way is no place of its own: where it leads has its own folders' rights.
        with contextlib.suppress(FileNotFoundError, PermissionError):
            fd = os.open(path, _O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if not path.is_dir():
                    rights &= _USE & ~_READ_DIR
                if not path.is_symlink():
                    rights &= self._files
                    self._call(_ADD, self._rules, _BENEATH, struct.pack("=Qi", rights, fd), 0)
            finally:
                os.close(fd)

    def connect(self, port: int) -> None:
        """Allow TCP connections to a port."""
        self._call(_ADD, self._rules, _PORT, struct.pack("=QQ", _CONNECT_TCP, port), 0)

    def restrict(self) -> None:
        """Hold this process to the rules."""
        if self._libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise EnclosureMissing(os.strerror(ctypes.get_errno()))
        self._call(_RESTRICT, self._rules, 0)

    def close(self) -> None:
        """Forget the rules: the process keeps to them."""
        os.close(self._rules)

    def _call(self, number: int, *given: int | bytes) -> int:
        done: int = self._libc.syscall(number, *given)
        if done < 0:
            raise EnclosureMissing(f"Landlock: {os.strerror(ctypes.get_errno())}")
        return done


def _around(hidden: Path) -> Iterator[Path]:
    """All there is beside a folder: what lies in each folder on the way to it, but the way."""
    folder = Path(hidden.anchor)
    for part in hidden.parts[1:]:
        with contextlib.suppress(OSError):
            yield from (one for one in folder.iterdir() if one.name != part)
        folder /= part


def _drop_privileges(libc: ctypes.CDLL) -> None:
    """Where a superuser started it: keep nothing but the right to files that others own.

    Those that it may touch at all, it may touch whoever owns them: a site may be tried as root.
    """
    if os.geteuid() != 0:
        return
    kept = struct.pack("=IIIIII", _FILES_OF_OTHERS, _FILES_OF_OTHERS, 0, 0, 0, 0)
    if libc.syscall(_CAPSET[platform.machine()], _CAPABILITIES, kept) < 0:
        # A container that gave it fewer: then it has no others either.
        if ctypes.get_errno() != errno.EPERM:
            raise EnclosureMissing(f"capset: {os.strerror(ctypes.get_errno())}")
        none = struct.pack("=IIIIII", 0, 0, 0, 0, 0, 0)
        libc.syscall(_CAPSET[platform.machine()], _CAPABILITIES, none)
