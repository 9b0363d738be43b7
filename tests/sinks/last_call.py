"""A process that the kernel ends at a system call, in the middle of what a library does, or whose
disk fails: the kernel answers its calls with an error from then on."""

from __future__ import annotations

import ctypes
import errno
import os
import platform

#: By machine, the numbers of the calls that do the same.
_CALLS = {
    "x86_64": {"write": (18,), "fsync": (74, 75), "send": (44, 46)},
    "aarch64": {"write": (68,), "fsync": (82, 83), "send": (206, 211)},
}
# linux/filter.h, linux/seccomp.h, linux/prctl.h
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_KILL_PROCESS, _ERROR, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_NR = 0
_SET_SECCOMP, _SET_NO_NEW_PRIVS, _FILTER = 22, 38, 2


class _Step(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step)))


def die_at_call(kind: str) -> None:
    """Let this process end, before it is done, at its next call that writes to a place in a file
    (``write``), waits for the disk (``fsync``) or sends (``send``)."""
    _answer(_KILL_PROCESS, kind)


def fail_calls(*kinds: str) -> None:
    """Let such calls of this process fail for good, with EIO, as those to a broken disk do."""
    for kind in kinds:
        _answer(_ERROR | errno.EIO, kind)


def _answer(answer: int, kind: str) -> None:
    numbers = _CALLS[platform.machine()][kind]
    steps = [(_LOAD, 0, 0, _NR)]
    for left, number in zip(range(len(numbers), 0, -1), numbers, strict=True):
        steps.append((_EQUAL, left, 0, number))
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, answer)]
    made = (_Step * len(steps))(*(_Step(*step) for step in steps))
    program = _Program(len(steps), made)
    libc = ctypes.CDLL(None, use_errno=True)
    for call in (
        (_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0),
    ):
        if libc.prctl(*call):
            raise OSError(ctypes.get_errno(), f"no seccomp here: {os.strerror(ctypes.get_errno())}")
