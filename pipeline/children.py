"""One child process as the supervisor sees it: started, fed, watched, replaced."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import psutil
import structlog

from pipeline.backlog import Backlog
from pipeline.channel import Channel
from pipeline.messages import (
    AnyMessage,
    CutMedia,
    Failed,
    FollowCameras,
    FollowSite,
    Heartbeat,
    LeaveCamera,
    MediaReady,
    ModelsReady,
    Ready,
    Stop,
    encode,
)
from pipeline.rounds import Rounds
from pipeline.talk import Talk

log = structlog.get_logger()

#: Messages that are never dropped for want of room.
_KEPT = (Stop, CutMedia, MediaReady, ModelsReady, FollowCameras, FollowSite, LeaveCamera)
_BACKOFF_FIRST_S = 0.2
_BACKOFF_CAP_S = 30.0
#: A process that lived so long is taken for healthy: its next backoff begins anew. Short, so that
#: what is killed now and then is back within seconds each time; long beside what a start costs, so
#: that one that crashes again and again takes little of the processor.
_HEALTHY_S = 10.0
#: A secret of so many characters is looked for inside a variable, too.
_LONG = 6
#: A silence that is near its end is waited for no shorter than this.
_LEAST_S = 0.02
#: What each child's environment has beside ours. numpy's threads cost small matrices more than they
#: gain, many times over beside other processes. torch has its own.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What a child is and how it is watched."""

    name: str
    module: str
    #: Makes the first message; called at every start. None: what it is to be told is not known yet,
    #: see `Child.tell`.
    start: Callable[[], AnyMessage | None]
    #: Asked at every start, too.
    fds: Callable[[], Sequence[int]] = tuple
    #: Silence after which a running child is killed and replaced.
    heartbeat_timeout_s: float = 10.0
    #: The same while it starts: models are loaded then.
    start_timeout_s: float = 60.0
    #: Messages held for a child that is behind, before the oldest is dropped.
    queue_bound: int = 512
    #: Whether what it says is taken in together with what others say (`pipeline.rounds`).
    in_rounds: bool = False
    #: It is not started again more often than so many times in so many seconds; None: whenever.
    most_restarts: tuple[int, float] | None = None
    #: Passwords that stand in our environment: what it needs of them it is told.
    secrets: Sequence[str] = ()


def environment(secrets: Sequence[str]) -> dict[str, str]:
    """The environment of this process without variables that hold one of ``secrets``.

    A short one must be all that a variable holds: else half of them would be gone by chance.
    """
    known = set(secrets)
    long = [secret for secret in secrets if len(secret) >= _LONG]
    return {
        name: value
        for name, value in os.environ.items()
        if value not in known and not any(secret in value for secret in long)
    }


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[asyncio.Event]:
    """An event that is set once the process has ended; the loop is not woken before."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    descriptor = os.pidfd_open(process.pid)
    loop.add_reader(descriptor, ended.set)
    try:
        yield ended
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


class Child:
    """Keeps one process running. All methods belong to the event loop's thread.

    Args:
        spec: what to run.
        on_message: called with each message that is not about liveness.
        on_metrics: called with the samples of each heartbeat.
        on_drop: called with the type's name when a message had to go.
        on_exit: called with the reason when a process ended and will be replaced.
        rounds: those it is heard in; None: it is heard at once.
    """

    def __init__(
        self,
        spec: ChildSpec,
        *,
        on_message: Callable[[Child, AnyMessage], None],
        on_heartbeat: Callable[[Child, Heartbeat], None],
        on_drop: Callable[[Child, str], None],
        on_exit: Callable[[Child, str], None],
        rounds: Rounds | None = None,
    ) -> None:
        self.spec = spec
        self._on_message = on_message
        self._on_heartbeat = on_heartbeat
        self._on_drop = on_drop
        self._on_exit = on_exit
        self._rounds = rounds
        self._process: subprocess.Popen[bytes] | None = None
        self._measured: psutil.Process | None = None
        self._talk: Talk | None = None
        self._stopping = False
        #: What waits for the successor of a process that is being renewed; None: none is.
        self._held: Backlog | None = None
        self._started_at = 0.0
        self._heard_at = 0.0
        self._ready = False
        #: Whether it has its first message.
        self._told = False
        self._failures = 0
        self._reason = ""
        self.restarts = 0
        #: When it was started again, as often as is allowed.
        self._restarted_at: deque[float] = deque(
            maxlen=None if spec.most_restarts is None else spec.most_restarts[0]
        )
        #: How long it is waited with the next start, seconds; known when ``on_exit`` is called.
        self.waits_s = 0.0

    @property
    def running(self) -> bool:
        """Whether a process is there at all."""
        return self._process is not None

    @property
    def alive(self) -> bool:
        """Whether a process is there and has spoken within its time."""
        return (
            self.running
            and self._ready
            and time.monotonic() - self._heard_at < (self.spec.heartbeat_timeout_s)
        )

    @property
    def pid(self) -> int | None:
        """Process id, while one runs."""
        return self._process.pid if self._process else None

    def resident_bytes(self) -> int:
        """Resident memory; 0 where no process runs."""
        try:
            return int(self._measured.memory_info().rss) if self._measured else 0
        except psutil.NoSuchProcess:
            return 0

    async def keep_running(self) -> None:
        """Start the process, and again whenever it ends, until `stop` is called."""
        while not self._stopping:
            self._spawn()
            try:
                reason = await self._watch()
            finally:
                self._clean_up()
            if self._stopping:
                return
            if self._held is not None:
                continue  # at once: its successor is wanted
            lived = time.monotonic() - self._started_at
            self._failures = 0 if lived > _HEALTHY_S else self._failures + 1
            self.restarts += 1
            self.waits_s = self._next_wait_s()
            self._on_exit(self, self._reason or reason)
            if self._stopping:
                return
            await asyncio.sleep(self.waits_s)
            if self.spec.most_restarts is not None:
                self._restarted_at.append(time.monotonic())

    def _next_wait_s(self) -> float:
        ceiling = min(_BACKOFF_CAP_S, _BACKOFF_FIRST_S * 2**self._failures)
        wait_s = random.uniform(ceiling / 2, ceiling)  # noqa: S311
        if self.spec.most_restarts is not None:
            most, within_s = self.spec.most_restarts
            if len(self._restarted_at) == most:
                wait_s = max(wait_s, self._restarted_at[0] + within_s - time.monotonic())
        return wait_s

    def _spawn(self) -> None:
        ours, theirs = Channel.pair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", self.spec.module),
                    *("--fd", str(theirs.fileno()), "--name", self.spec.name),
                ],
                pass_fds=[theirs.fileno(), *self.spec.fds()],
                stdin=subprocess.DEVNULL,
                env=environment(self.spec.secrets) | ENVIRONMENT,
            )
        self._measured = psutil.Process(self._process.pid)
        self._ready, self._reason = False, ""
        self._started_at = self._heard_at = time.monotonic()
        self._talk = Talk(
            Channel(ours),
            self.spec.name,
            self.spec.queue_bound,
            heard=self._hear,
            dropped=self._dropped,
            rounds=self._rounds,
        )
        held, self._held = self._held, None
        first = self.spec.start()
        self._told = first is not None
        if first is not None:
            self.send(first)
        for kept, message in held or ():
            self._talk.write(message, kept=kept)

    def tell(self) -> None:
        """Send a running process the first message that was not known when it was started.

        Meanwhile it loaded its libraries, which takes a second. A process that is started later is
        told at its start.
        """
        if self._talk is None or self._told or (first := self.spec.start()) is None:
            return
        self._told, self._heard_at = True, time.monotonic()
        self.send(first)

    async def _watch(self) -> str:
        assert self._process is not None
        process, spec = self._process, self.spec
        with _ended(process) as ended:
            while (code := process.poll()) is None:
                limit = spec.heartbeat_timeout_s if self._ready else spec.start_timeout_s
                silent = time.monotonic() - self._heard_at
                if silent > limit and self._told and not self._stopping:
                    process.kill()
                    await ended.wait()
                    process.wait()
                    return f"gave no sign of life for {silent:.0f} s"
                # While it starts it may get ready, and is given less time from then on.
                patience = spec.heartbeat_timeout_s
                if self._told:
                    patience = max(_LEAST_S, min(limit - silent, patience))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), patience)
        return f"killed by signal {-code}" if code < 0 else f"exited with status {code}"

    def _clean_up(self) -> None:
        if self._talk is not None:
            self._talk.close()
        self._process = self._measured = self._talk = None

    def send(self, message: AnyMessage) -> None:
        """Queue ``message``; without a process that has been told, it is dropped, and counted."""
        kept, data = isinstance(message, _KEPT), encode(message)
        if self._held is not None:
            self._dropped(self._held.add(data, kept=kept))
            return
        # What a process is told first tells it what to do with all others.
        if self._talk is None or not (self._told or isinstance(message, Stop)):
            self._on_drop(self, "no_process")
            return
        self._talk.write(data, kept=kept)

    def _dropped(self, messages: int) -> None:
        for _ in range(messages):
            self._on_drop(self, "queue_full")

    def _hear(self, messages: Sequence[AnyMessage]) -> None:
        self._heard_at = time.monotonic()
        for message in messages:
            self._handle(message)

    def _handle(self, message: AnyMessage) -> None:
        if isinstance(message, Heartbeat):
            self._ready = True
            self._on_heartbeat(self, message)
        elif isinstance(message, Failed):
            self._reason = message.reason
        else:
            if isinstance(message, (Ready, ModelsReady)):
                self._ready = True
            self._on_message(self, message)

    async def renew(self, reason: str, *, timeout_s: float) -> None:
        """Replace the process by one that is told the newest first message.

        What is sent to it meanwhile waits for the new one. Nothing where none runs: the next start
        is told anyway.

        Args:
            reason: told to the process.
            timeout_s: after this long it is ended.

        Returns:
            Once the new one is ready; or, where that lasts too long, without it.
        """
        old = self._process
        if old is None or self._stopping or self._held is not None:
            return
        self.send(Stop(reason))
        self._held = Backlog(self.spec.queue_bound)
        await self._end(old, timeout_s)
        deadline = time.monotonic() + self.spec.start_timeout_s
        while not self._stopping and time.monotonic() < deadline:
            if self._process is not old and self.alive:
                return
            await asyncio.sleep(0.05)

    def retire(self) -> None:
        """Start it no more once it has ended."""
        self._stopping = True

    async def stop(self, *, timeout_s: float) -> None:
        """Ask the process to finish; after ``timeout_s`` end it."""
        self._stopping = True
        process = self._process
        if process is None:
            return
        self._held = None
        self.send(Stop())
        await self._end(process, timeout_s)

    async def _end(self, process: subprocess.Popen[bytes], timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        for end in (None, process.terminate, process.kill):
            if end is not None:
                log.warning("process did not finish in time", process=self.spec.name)
                end()
                deadline = time.monotonic() + 2.0
            while process.poll() is None and time.monotonic() < deadline:
                await asyncio.sleep(0.02)
            if process.poll() is not None:
                if self._talk is not None:
                    self._talk.read()  # what it said last, before others are told to stop
                return
