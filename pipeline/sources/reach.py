"""Where this process may connect: to the camera it was told to read, and nowhere else.

FFmpeg follows an RTSP redirect to whatever host the camera names, sends datagrams to whatever
``source`` it answers with, and looks a name up by itself: checking an address beforehand decides
nothing. The kernel asks us instead, at the very system call: a seccomp filter hands each `connect`
and each `sendto` with an address to a thread of this process (seccomp_unotify(2), Linux 5.5), which
looks at the address and lets it pass or answers EACCES.

A process that decodes on a device is asked only about addresses as long as the internet's, which is
how every library writes them: CUDA's driver connects to its daemons on this machine while it holds
Python's lock, without which the thread could not answer, and the worker would hang. There, a
program that had taken the worker over could reach what listens on this machine.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import platform
import re
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

Address = tuple[str, int]

#: By machine: the audit architecture, and the numbers of seccomp, connect and sendto.
_MACHINES = {
    "x86_64": (0xC000003E, 317, 42, 44),
    "aarch64": (0xC00000B7, 277, 203, 206),
}
# linux/filter.h, linux/seccomp.h, linux/prctl.h
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
#: Lengths of a sockaddr_in and a sockaddr_in6.
_IPV4, _IPV6 = 16, 28
_ALLOW, _ASK, _DENY = 0x7FFF0000, 0x7FC00000, 0x00050000 | errno.EACCES
_NR, _ARCH, _ARGS = 0, 4, 16
_SET_NO_NEW_PRIVS, _SET_MODE_FILTER = 38, 1
#: A listener is wanted; and no slower processor, which older kernels impose on filtered threads.
_FLAGS = 1 << 3 | 1 << 2
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTICE, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")
_GO_ON = 1
#: Longest address of a socket (RFC 3493's sockaddr_storage).
_MOST_ADDRESS = 128
_DNS = 53
#: Linux that lets a call go on which it had asked about.
_SINCE = (5, 5)


class ReachUnlimited(Exception):
    """This system cannot limit where the process connects; the text says why."""


@dataclass(slots=True, eq=False)
class Reach:
    """What one thread may connect to, and what it was kept from."""

    hosts: frozenset[str]
    port: int
    refused: list[Address] = field(default_factory=list)


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


#: By a thread's id in the kernel; a thread may read several cameras.
_reaches: dict[int, list[Reach]] = {}
_limited = False
_hidden: Path | None = None


@contextlib.contextmanager
def reaching(hosts: frozenset[str], port: int) -> Iterator[Reach]:
    """Let the calling thread connect to ``port`` of ``hosts`` (numeric), and tell what it tried.

    Where nothing is limited, nothing is told.
    """
    thread, reach = threading.get_native_id(), Reach(hosts, port)
    _reaches.setdefault(thread, []).append(reach)
    try:
        yield reach
    finally:
        _reaches[thread].remove(reach)
        if not _reaches[thread]:
            del _reaches[thread]


def limit(hidden: Path | None = None, *, device: bool = False) -> None:
    """Limit this process for good, before it starts threads; children are limited to nothing.

    Args:
        hidden: a folder whose sockets it may not connect to either; they are the site's own.
        device: whether it decodes on one, whose driver has sockets of this machine to itself:
            nothing is asked about them, those in ``hidden`` included.

    Raises:
        ReachUnlimited: the kernel, the machine or a container's policy does not allow it.
    """
    global _limited, _hidden  # noqa: PLW0603
    if _limited:
        return
    _hidden = None if hidden is None else hidden.resolve()
    listener = _install(_ALLOW if device else _ASK)
    threading.Thread(target=_decide, args=(listener,), name="reach", daemon=True).start()
    _limited = True


def _install(others: int) -> int:
    """Set the filter; return the descriptor at which it asks.

    Args:
        others: the answer to addresses of another length than the internet's.
    """
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in _MACHINES:
        raise ReachUnlimited(f"not supported on {platform.system()} {machine}")
    # A filter stays for good: whether it can be answered must be known before.
    if _kernel(platform.release()) < _SINCE:
        raise ReachUnlimited(f"Linux {platform.release()} is too old: it needs 5.5")
    arch, seccomp, connect, sendto = _MACHINES[machine]
    to, length, to_length = _ARGS + 4 * 8, _ARGS + 2 * 8, _ARGS + 5 * 8
    steps = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 0, 15, arch),
        (_LOAD, 0, 0, _NR),
        (_EQUAL, 8, 0, connect),
        (_EQUAL, 0, 11, sendto),
        # An address, in two halves: none where the socket is connected.
        (_LOAD, 0, 0, to),
        (_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, to + 4),
        (_EQUAL, 7, 0, 0),
        (_LOAD, 0, 0, to_length),
        (_EQUAL, 7, 0, _IPV4),
        (_EQUAL, 6, 3, _IPV6),
        (_LOAD, 0, 0, length),
        (_EQUAL, 4, 0, _IPV4),
        (_EQUAL, 3, 0, _IPV6),
        (_RETURN, 0, 0, others),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
        (_RETURN, 0, 0, _ASK),
    ]
    program = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise ReachUnlimited(os.strerror(ctypes.get_errno()))
    descriptor: int = libc.syscall(
        seccomp,
        _SET_MODE_FILTER,
        ctypes.c_ulong(_FLAGS),
        ctypes.byref(_Program(len(steps), program)),
    )
    if descriptor < 0:
        raise ReachUnlimited(f"seccomp: {os.strerror(ctypes.get_errno())}")
    return descriptor


def _kernel(release: str) -> tuple[int, ...]:
    """The numbers with which a kernel's name begins."""
    found = re.match(r"(\d+)\.(\d+)", release)
    return tuple(map(int, found.groups())) if found else ()


def _decide(listener: int) -> None:
    """Answer the kernel, call by call, as long as the process lives."""
    sendto = _MACHINES[platform.machine()][3]
    try:
        while True:
            # The thread that asked may be gone by now, or by the time it is answered.
            with contextlib.suppress(InterruptedError, FileNotFoundError):
                _decide_one(listener, sendto)
    finally:
        # Without an answer every connection would wait for ever; so it fails.
        os.close(listener)


def _decide_one(listener: int, sendto: int) -> None:
    notice = bytearray(_NOTICE.size)
    fcntl.ioctl(listener, _RECEIVE, notice)
    asked, thread, _, call, _, _, *arguments = _NOTICE.unpack(notice)
    place, length = arguments[4:6] if call == sendto else arguments[1:3]
    # A descriptor that is none: the call would have failed as well.
    passes = False
    with contextlib.suppress(OSError):
        passes = _passes(thread, arguments[0], place, length)
    error, flags = (0, _GO_ON) if passes else (-errno.EACCES, 0)
    fcntl.ioctl(listener, _SEND, bytearray(_ANSWER.pack(asked, 0, error, flags)))


def _passes(thread: int, descriptor: int, place: int, length: int) -> bool:
    if not Path(f"/proc/self/task/{thread}").exists():
        return False  # a child's address lies in its own memory
    raw = ctypes.string_at(place, min(length, _MOST_ADDRESS))
    family, address = _address(raw)
    if address is None:
        if family == socket.AF_UNIX:
            return not _is_hidden(raw[2:])
        # `AF_UNSPEC` only undoes a connection.
        return family not in (socket.AF_INET, socket.AF_INET6)
    host, port = address
    reaches = _reaches.get(thread, ())
    datagrams = _is_datagram(descriptor)
    if any(host in one.hosts and (datagrams or port == one.port) for one in reaches):
        return True
    if port == _DNS and host in _resolvers():
        return True
    # To connect a datagram socket sends nothing: that is how the resolver ranks addresses.
    if not datagrams:
        for one in reaches:
            one.refused.append(address)
    return False


def _address(raw: bytes) -> tuple[int, Address | None]:
    """Family, numeric host and port of a ``sockaddr``."""
    if len(raw) < 2:
        return -1, None
    (family,) = struct.unpack_from("=H", raw)
    if family == socket.AF_INET and len(raw) >= 8:
        port, four = struct.unpack_from("!H4s", raw, 2)
        return family, (str(ip_address(four)), port)
    if family == socket.AF_INET6 and len(raw) >= 24:
        port, _, sixteen = struct.unpack_from("!HI16s", raw, 2)
        return family, (plain(str(ip_address(sixteen))), port)
    return family, None


def _is_hidden(name: bytes) -> bool:
    """Whether a socket of this machine is one of the site's own; the resolver's, say, is not."""
    path = name.split(b"\0", 1)[0]
    if _hidden is None or not path:
        return False  # abstract ones lie in no folder
    return Path(os.fsdecode(path)).resolve().is_relative_to(_hidden)


def plain(host: str) -> str:
    """A numeric host as this module writes it: without a scope, and IPv4 as such."""
    found = ip_address(host.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def _is_datagram(descriptor: int) -> bool:
    with socket.socket(fileno=os.dup(descriptor)) as one:
        return one.type == socket.SOCK_DGRAM


def _resolvers() -> frozenset[str]:
    """Name servers of this machine; a file of a few lines that may change at any time."""
    try:
        lines = Path("/etc/resolv.conf").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    found = [
        words[1] for line in lines if (words := line.split())[:1] == ["nameserver"] and words[1:]
    ]
    hosts = set()
    for host in found:
        try:
            hosts.add(plain(host))
        except ValueError:
            continue
    return frozenset(hosts or {"127.0.0.1"})
