"""The ingest worker: one camera, or a few, from connection to samples in shared memory.

A crash inside a decoder ends this process and no other. It imports no deep-learning library.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import cv2
import structlog

from pipeline.channel import Channel
from pipeline.config import Camera, Media
from pipeline.enclosure import NET_SINCE, EnclosureMissing, enclose
from pipeline.ingest.desk import MediaDesk
from pipeline.ingest.lane import Lane
from pipeline.ingest.outlet import Meter, Outlet
from pipeline.media_folder import MediaFolder
from pipeline.messages import (
    CutMedia,
    Heartbeat,
    LeaveCamera,
    Ready,
    SampleRate,
    StartWorker,
    Stop,
    Watch,
)
from pipeline.process import HEARTBEAT_S, Sweep, child_main
from pipeline.sources.address import needs_of
from pipeline.sources.hardware import choose, devices_of
from pipeline.sources.reach import ReachUnlimited, limit

log = structlog.get_logger()

#: Clips that are under way at `Stop` get so long, seconds.
_STOP_S = 2.0
_LOOK_S = 0.25


class LaneDied(RuntimeError):
    """A camera's thread ended by an error that is none of the source's."""


class Worker:
    """Runs lanes and media desk, and speaks for them.

    Args:
        channel: the socket to the supervisor.
        start: what to run.

    Raises:
        DecoderUnusable: the site asks for a decoder that does not work here.
    """

    def __init__(self, channel: Channel, start: StartWorker) -> None:
        media = Media.model_validate_json(start.media)
        self._channel = channel
        self._meter = Meter()
        self._outlet = Outlet(channel, self._meter)
        decoder = choose(start.decoder)
        self._lanes = {
            plan.camera: Lane(plan, media, self._outlet, self._meter, decoder=decoder)
            for plan in start.cameras
        }
        self._desk = MediaDesk(
            self._lanes,
            MediaFolder(Path(start.media_dir), media.reserve_mb),
            self._outlet.control,
            max_clip_s=media.max_clip,
        )
        self._beat_at = 0.0
        self._sweep = Sweep()

    def run(self) -> None:
        """Work until told to stop.

        Raises:
            ChannelClosed: the supervisor is gone.
            LaneDied: a thread ended by a fault.
        """
        self._outlet.control(Ready())
        self._desk.start()
        for lane in self._lanes.values():
            lane.start()
        while True:
            match self._channel.receive(timeout_s=_LOOK_S):
                case Stop():
                    break
                case CutMedia() as message:
                    self._desk.ask(message)
                case Watch(camera) if camera in self._lanes:
                    self._lanes[camera].look()
                case SampleRate(camera, per_second, every) if camera in self._lanes:
                    self._lanes[camera].sample_at(per_second, every)
                case LeaveCamera(camera) if camera in self._lanes:
                    # Its threads end by themselves; what is asked of it is answered with what is.
                    self._lanes.pop(camera).stop()
                case None:
                    pass
                case other:
                    log.error("unexpected message", type=type(other).__name__)
            self._look()
        self._stop()

    def _look(self) -> None:
        now = time.monotonic()
        for lane in self._lanes.values():
            if lane.fault is not None:
                raise LaneDied(f"{lane.camera}: {lane.fault!r}") from lane.fault
            if (state := lane.watch.look(now, time.time())) is not None:
                self._outlet.control(state)
        if self._desk.fault is not None:
            raise LaneDied(f"media: {self._desk.fault!r}") from self._desk.fault
        self._outlet.flush()
        if now - self._beat_at >= HEARTBEAT_S:
            self._beat_at = now
            self._sweep.look(now)
            for camera, lane in self._lanes.items():
                self._meter.set("hearsight_decode_lag_seconds", lane.lag_s(), camera=camera)
                self._meter.set("hearsight_activity", lane.activity, camera=camera)
                for name, value in lane.gate_told().items():
                    self._meter.set(name, value, camera=camera)
            progress = sum(lane.progress for lane in self._lanes.values())
            self._outlet.control(Heartbeat(progress, self._meter.drain()))

    def _stop(self) -> None:
        for lane in self._lanes.values():
            lane.stop()
        self._desk.stop()
        deadline = time.monotonic() + _STOP_S
        self._desk.join(max(0.0, deadline - time.monotonic()))
        for lane in self._lanes.values():
            lane.join(max(0.0, deadline - time.monotonic()))
        self._outlet.flush()


def _enclose(start: StartWorker) -> None:
    """Leave this process what its cameras need, and no more."""
    films, ports = needs_of(Camera.model_validate_json(plan.settings) for plan in start.cameras)
    media = Path(start.media_dir)
    try:
        version = enclose(
            media.parent,
            readable=films,
            writable=[media],
            ports=ports,
            device=bool(devices_of(start.decoder)),
        )
    except EnclosureMissing as error:
        log.warning(
            "decoders can read and write what this user can: allow the Landlock system calls, or "
            "run the site as a user of its own",
            reason=str(error),
        )
        return
    if version < NET_SINCE:
        log.info("ports of decoders are not Landlock's to limit here: that takes Linux 6.7")


def run(channel: Channel, start: StartWorker) -> None:
    """Run a worker; returns when it was told to stop."""
    # Cameras share the cores among themselves: what OpenCV does here is too little to be split.
    cv2.setNumThreads(1)
    _enclose(start)
    try:
        limit(Path(start.media_dir).parent, device=bool(devices_of(start.decoder)))
    except ReachUnlimited as error:
        log.warning(
            "cameras are not kept from leading connections elsewhere: allow the system call "
            "seccomp, or let a firewall do it",
            reason=str(error),
        )
    Worker(channel, start).run()
    if threading.active_count() > 1:
        # A thread inside a decoder or a dead connection cannot be ended: its process can.
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    child_main("worker", StartWorker, run)
