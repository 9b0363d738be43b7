"""A camera that wastes a connection's time: each attempt ends within five seconds."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from pipeline.config import Camera
from pipeline.simulate import Fault, HostedCamera, serve
from pipeline.sources import CameraSilent, Packets, SourceError, SourcePlan, open_source
from tests.pipeline.simulate.clips import make_clip

#: What is promised of an attempt; a busy machine may wake a thread late.
LIMIT_S, LATE_S = 5.0, 3.0


class Attempt(threading.Thread):
    """One connection to a mount: how long it took from the last thing that came to its end."""

    def __init__(self, camera: HostedCamera, mount: str, transport: str = "tcp") -> None:
        super().__init__(name=f"attempt {mount}")
        settings = {"url": camera.url(mount), "audio": "record", "transport": transport}
        plan = SourcePlan(mount, Camera.model_validate(settings), (16, 16), sound=True)
        self._source = open_source(plan)
        #: Set once media came.
        self.plays = threading.Event()
        #: The error's name and what it says: the error itself would hold all that it came through.
        self.ended_by = ("", "")
        self.took_s = 0.0

    def run(self) -> None:
        last = time.monotonic()
        try:
            for item in self._source.run():
                if isinstance(item, Packets):
                    self.plays.set()
                    last = time.monotonic()
        except SourceError as error:
            self.ended_by = (type(error).__name__, str(error))
        self.took_s = time.monotonic() - last


def drips_and_stalls(camera: HostedCamera, mount: str) -> None:
    """Its description takes nearly all the time that there is for it; no media follows."""
    camera.set_fault(mount, Fault.DRIP)
    threading.Timer(2.6, camera.set_fault, (mount, Fault.NO_MEDIA)).start()


@pytest.mark.promise("fault 1")
def test_no_attempt_lasts_longer_than_five_seconds_and_nothing_is_left_of_it(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    clip = make_clip(tmp_path / "yard.mp4")
    before: dict[str, Fault | Callable[[HostedCamera, str], None]] = {
        "silent": Fault.SILENT,
        "drips": Fault.DRIP,
        "reports only": Fault.NO_MEDIA,
        "nothing after PLAY": Fault.STALL,
        "drips, then nothing": drips_and_stalls,
    }
    later = {
        "falls silent": Fault.SILENT,
        "begins to drip": Fault.DRIP,
        "goes on with reports": Fault.NO_MEDIA,
    }
    process = psutil.Process()
    gc.collect()
    threads, descriptors = process.num_threads(), process.num_fds()
    mounts = {name.replace(" ", "-").replace(",", ""): name for name in (*before, *later)}
    with serve(dict.fromkeys(mounts, clip)) as camera:
        attempts = {mount: Attempt(camera, mount) for mount in mounts}
        udp = Attempt(camera, "falls-silent", "udp")
        for mount, name in mounts.items():
            if (how := before.get(name)) is None:
                attempts[mount].start()
            elif callable(how):
                how(camera, mount)
            else:
                camera.set_fault(mount, how)
        udp.start()
        for mount, name in mounts.items():
            if name in before:
                attempts[mount].start()
            else:
                assert attempts[mount].plays.wait(30)
        assert udp.plays.wait(30)
        for mount, name in mounts.items():
            if name in later:
                camera.set_fault(mount, later[name])
        every = [*attempts.values(), udp]
        for attempt in every:
            attempt.join(30)
            assert not attempt.is_alive(), attempt.name
    for attempt in every:
        assert attempt.ended_by[0] == CameraSilent.__name__, (attempt.name, attempt.ended_by)
        assert attempt.took_s < LIMIT_S + LATE_S, (attempt.name, attempt.took_s)
    # A thread that was joined is the kernel's for a moment more. Python looks for circles of
    # objects so seldom that nothing may wait for it.
    gone_by = time.monotonic() + 1
    while process.num_threads() > threads and time.monotonic() < gone_by:
        time.sleep(0.01)
    assert process.num_threads() == threads
    assert process.num_fds() == descriptors
    longest = max(every, key=lambda attempt: attempt.took_s)
    record_property(
        "measured",
        f"{len(every)} ways, the longest attempt ended after {longest.took_s:.1f} s; no thread and "
        "no descriptor left",
    )
