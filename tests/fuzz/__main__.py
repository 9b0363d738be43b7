"""Fuzzes the parsers at length: ``python -m tests.fuzz [--runs N] [TARGET...]``.

Each target is tried twice, each time in a process of its own: Atheris ends its process, and what
crashes takes only itself along. Atheris (made for Linux on x86-64; elsewhere it is passed over)
looks for inputs that reach new lines of ours; where a library in C does the parsing it sees none,
and the cases that `mutate` makes from the corpus reach further.
"""

from __future__ import annotations

import argparse
import atexit
import importlib.util
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.mutate import Make, cases
from tests.fuzz.targets import CORPUS, TARGETS, maker, opened, seeds

#: Of one case, seconds and megabytes: more is a defect too.
_SLOWEST_S, _LARGEST_MB = 20, 3000
_LONGEST = 64 << 10
#: So many cases are made by the target's own maker, where it has one.
_MADE = 0.7
#: What is ours: the parsers, and what they are made of.
_OURS = ("pipeline", "sinks", "detectors")


def main() -> int:
    """Run the targets that are named, or all; the exit status is the number that broke."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    asked.add_argument("--runs", type=int, default=10_000, help="cases for each target")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--plain", action="store_true", help="without Atheris")
    asked.add_argument("--inside", help=argparse.SUPPRESS)
    asked.add_argument("targets", nargs="*", default=[], metavar="TARGET")
    given = asked.parse_args()
    with_atheris = not given.plain and importlib.util.find_spec("atheris") is not None
    if given.inside:
        inside = _by_atheris if with_atheris else _by_ourselves
        return inside(given.inside, given.runs, given.seed)
    if not with_atheris and not given.plain:
        print("Atheris is not installed here: cases are made from the corpus alone")
    broken = 0
    for name in given.targets or TARGETS:
        for guided in (True, False) if with_atheris else (False,):
            broken += not _run(name, given.runs, given.seed, guided)
    return broken


def _run(name: str, runs: int, seed: int, guided: bool) -> bool:
    """Fuzz one target in a process; say how it went."""
    command = [sys.executable, "-m", "tests.fuzz", "--inside", name, "--runs", str(runs)]
    command += ["--seed", str(seed), *([] if guided else ["--plain"])]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    how = "guided" if guided else "mutated"
    told = re.search(r"Done (\d+) (?:runs )?in", done.stderr + done.stdout)
    count = told[1] if told else "?"
    state = "held" if done.returncode == 0 else f"BROKE (status {done.returncode})"
    print(
        f"{name:16} {count:>7} cases, {how}, {time.monotonic() - began:6.1f} s: {state}", flush=True
    )
    if done.returncode:
        print((done.stdout + done.stderr)[-4000:])
    return done.returncode == 0


def _by_ourselves(name: str, runs: int, seed: int) -> int:
    began = time.monotonic()
    with opened(name) as try_one:
        for data in cases(seeds(name), runs, seed, maker(try_one)):
            try:
                try_one(data)
            except Exception:  # noqa: BLE001 - that is what is looked for
                kept = _keep(name, data)
                traceback.print_exc()
                print(f"the case is in {kept}", file=sys.stderr)
                return 1
    print(f"Done {runs} in {time.monotonic() - began:.0f} second(s)")
    return 0


def _keep(name: str, data: bytes) -> Path:
    folder = Path("build/fuzz") / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"crash-{hash(data) & 0xFFFFFFFF:08x}"
    path.write_bytes(data)
    return path


def _by_atheris(name: str, runs: int, seed: int) -> int:
    import atheris

    found = Path("build/fuzz") / name
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-corpus-") as grown:
        with atheris.instrument_imports(include=[*_OURS]):
            target = opened(name)
            try_one = target.__enter__()
        _watch_others(name)
        options = [
            sys.argv[0],
            f"-atheris_runs={runs}",
            f"-seed={seed}",
            f"-max_len={_LONGEST}",
            f"-timeout={_SLOWEST_S}",
            f"-rss_limit_mb={_LARGEST_MB}",
            f"-artifact_prefix={found}{os.sep}",
            grown,
        ]
        if (CORPUS / name).is_dir():
            options.append(str(CORPUS / name))
        make = maker(try_one)
        if make is None:
            atheris.Setup(options, try_one)
        else:
            atheris.Setup([*options, "-len_control=0"], try_one, custom_mutator=_mutator(make))
        # It ends the process: its alarm clock would go on until that is over, and the target be
        # closed when no other thread runs any more.
        atexit.register(target.__exit__, None, None, None)
        atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)
        atheris.Fuzz()
    return 0


def _mutator(make: Make) -> Callable[[bytes, int, int], bytes]:
    """Changes a case as the target does, or as the library would."""
    import atheris

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        rng = random.Random(seed)
        made = make(data, rng) if rng.random() < _MADE else b""
        return made if 0 < len(made) <= longest else bytes(atheris.Mutate(data, longest))

    return mutate


def _watch_others(name: str) -> None:
    """Guide by others' parsers too, where they are written in Python."""
    import atheris

    if name == "models":
        from torch._weights_only_unpickler import Unpickler

        Unpickler.load = atheris.instrument_func(Unpickler.load)  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main())
