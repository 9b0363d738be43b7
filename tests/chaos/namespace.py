"""A network namespace with a camera in it, at the far end of a cable that can be pulled."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

_NUMBERS = itertools.count(1)


class Namespace:
    """Two ends of a virtual cable: ours, and that of the cameras.

    Where the system does not let tests make one, they skip and say why.
    """

    def __init__(self) -> None:
        number = next(_NUMBERS)
        self.name = f"hs-{os.getpid()}-{number}"
        self._ours, self._theirs = f"hs{os.getpid() % 100_000}a{number}", "eth0"
        # RFC 5737 and its like are for examples; 198.18/15 is for tests (RFC 2544).
        block = 4 * (os.getpid() * 16 + number) % 65_536
        net = f"198.18.{block // 256}"
        self._our_address = f"{net}.{block % 256 + 1}"
        self.address = f"{net}.{block % 256 + 2}"

    def __enter__(self) -> Self:
        if shutil.which("ip") is None:
            pytest.skip("no network namespaces here: install iproute2")
        made = self._ip("netns", "add", self.name, check=False)
        if made.returncode:
            pytest.skip(f"no network namespaces here (as root): {made.stderr.strip()}")
        try:
            pair = ("type", "veth", "peer", "name", self._theirs, "netns", self.name)
            self._ip("link", "add", self._ours, *pair)
            self._ip("addr", "add", f"{self._our_address}/30", "dev", self._ours)
            self._ip("link", "set", self._ours, "up")
            inside = ("-n", self.name)
            self._ip(*inside, "addr", "add", f"{self.address}/30", "dev", self._theirs)
            self._ip(*inside, "link", "set", self._theirs, "up")
            self._ip(*inside, "link", "set", "lo", "up")
        except subprocess.CalledProcessError as error:
            self._remove()
            pytest.skip(f"no virtual cable here: {error.stderr.strip()}")
        return self

    def __exit__(self, *exc: object) -> None:
        self._remove()

    def _remove(self) -> None:
        # Its end of the cable goes with it, and with that ours.
        self._ip("netns", "delete", self.name, check=False)
        self._ip("link", "delete", self._ours, check=False)

    def cut(self) -> None:
        """Pull the cable: what is sent from either end is lost without a word."""
        self._ip("-n", self.name, "link", "set", self._theirs, "down")

    def mend(self) -> None:
        """Put it back."""
        self._ip("-n", self.name, "link", "set", self._theirs, "up")

    @contextlib.contextmanager
    def camera(self, film: Path) -> Iterator[str]:
        """Serve a film there as a camera; yields its address."""
        command = ["ip", "netns", "exec", self.name, sys.executable, "-m", "pipeline.simulate"]
        command += [str(film), "--host", self.address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                yield process.stdout.readline().strip()
            finally:
                process.terminate()

    @staticmethod
    def _ip(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True)
