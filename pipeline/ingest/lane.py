"""One camera within a worker: its connections, ring, gate and shared memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from zlib import crc32

from pipeline.config import Camera, Media
from pipeline.decoding_devices import SOFTWARE
from pipeline.gate import SoundGate
from pipeline.ingest.feed import Feed
from pipeline.ingest.flaws import FlawReport
from pipeline.ingest.live import LiveView
from pipeline.ingest.outlet import Meter, Outlet
from pipeline.ingest.samples import SampleWriter, open_store
from pipeline.ingest.thinning import Thinning
from pipeline.ingest.vitals import VitalsMeter
from pipeline.ingest.watch import CameraWatch
from pipeline.messages import CameraPlan, Seam, Vitals
from pipeline.records import NS_PER_S, Modality, Quiet
from pipeline.ring import Ring
from pipeline.sources import (
    SAMPLE_RATE,
    CameraRefused,
    Decoded,
    Discontinuity,
    Held,
    Item,
    Opened,
    Packets,
    Picture,
    Sound,
    Source,
    SourceError,
    SourcePlan,
    open_source,
)
from pipeline.sources.checks import Checks
from pipeline.sources.pace import Pace
from pipeline.sources.packet_gate import PacketGate, Trust

#: Seconds that what was read waits at most until it is handed on: a little more than a reading.
_LATEST_S = 5.0
#: The packet gate's trust as a number.
_TRUST = {Trust.BLIND: -1.0, Trust.UNPROVEN: 0.0, Trust.TRUSTED: 1.0}


class Lane:
    """Runs one camera.

    With an ``analysis_url`` two connections stand: pictures are sampled from it, while ``url``
    fills the ring and gives the sound. Each is mapped to the host's clock by its own arrivals, so
    they agree to within the difference of the two streams' delays in the camera.

    Args:
        plan: the camera as the supervisor describes it.
        media: how much is kept in the ring.
        outlet: where samples go.
        meter: where they are counted.
        decoder: what decodes pictures, see `pipeline.sources.hardware`.
        opener: makes a source of a plan; for tests.
    """

    def __init__(
        self,
        plan: CameraPlan,
        media: Media,
        outlet: Outlet,
        meter: Meter,
        *,
        decoder: str = SOFTWARE,
        opener: Callable[[SourcePlan], Source] = open_source,
    ) -> None:
        self.camera = plan.camera
        self.settings = Camera.model_validate_json(plan.settings)
        self.ring = Ring(media.ring)
        self._outlet = outlet
        self._meter = meter
        self._samples = SampleWriter(plan, self.settings, outlet)
        pictures, front = self._samples.shows, self._samples.front
        self._gate = SoundGate(
            plan.camera,
            window_s=front.window / SAMPLE_RATE if front is not None else 1.0,
            hop_s=plan.sound_hop_s if front is not None else 1.0,
        )
        self._thinning = Thinning()
        self._vitals = VitalsMeter(plan.camera, self.settings.masks)
        live = open_store(plan.live) if pictures else None
        self._live = (
            None
            if live is None
            else LiveView(plan.camera, self.settings.masks, live, outlet, meter)
        )
        self.watch = CameraWatch(
            plan.camera,
            video=pictures,
            audio=front is not None,
            sample_fps=self.settings.sample_fps,
        )
        self._flaws = FlawReport(plan.camera, meter, self.watch)
        self._newest: dict[Modality, int] = {}
        self._lag_ns = 0
        size = plan.frame_size if pictures else None
        measured = plan.movement or plan.change
        self._packets = PacketGate() if pictures and self.settings.gate else None
        #: How often its pictures are sampled at present.
        self.pace = Pace(self.settings.sample_fps, crc32(plan.camera.encode()) / 2**32)
        whole = SourcePlan(
            plan.camera,
            self.settings,
            size,
            front is not None,
            movement=measured,
            looker=self._live,
            pace=self.pace,
            gate=self._packets,
            checks=Checks(lossy=self.settings.transport == "udp"),
            hearer=self._gate,
            decoder=decoder,
        )
        self._feeds = self._make_feeds(whole, opener)

    def _make_feeds(self, whole: SourcePlan, opener: Callable[[SourcePlan], Source]) -> list[Feed]:
        smaller = self.settings.analysis_url
        if smaller is None or whole.frame_size is None:
            return [Feed(whole, opener, self, self._meter)]
        watched = replace(whole, sound=False, packets=False, url=smaller.get_secret_value())
        recorded = replace(whole, frame_size=None, looker=None)
        return [
            Feed(watched, opener, self, self._meter),
            Feed(recorded, opener, _Beside(self), self._meter),
        ]

    def start(self) -> None:
        """Start the camera's threads."""
        for feed in self._feeds:
            feed.start()

    def stop(self) -> None:
        """Ask the threads to end."""
        for feed in self._feeds:
            feed.stop()

    def join(self, timeout_s: float) -> None:
        """Wait for the threads to end, for at most ``timeout_s`` each."""
        for feed in self._feeds:
            feed.join(timeout_s)

    def look(self) -> None:
        """Somebody looks at the camera: live pictures are made for a while."""
        if self._live is not None:
            self._live.watch()

    def sample_at(self, per_second: float, sound_every: int) -> None:
        """Sample so many pictures a second from now on, and one window of sound in so many.

        Raises:
            ValueError: the rate is not above zero.
        """
        self.pace.set(per_second)
        self._thinning.every = sound_every
        self.watch.paced(per_second)

    def lag_s(self) -> float:
        """How far its stream was read behind its own time at worst, since this was asked last."""
        lag, self._lag_ns = self._lag_ns, 0
        # A file that is read as fast as it can be has no time to be behind of.
        return 0.0 if self.settings.plays_fast else lag / NS_PER_S

    @property
    def activity(self) -> float:
        """How much moves in its picture, from 0 to 1; 1 where nobody knows."""
        return 1.0 if self._packets is None else self._packets.activity

    def gate_told(self) -> dict[str, float]:
        """What the packet gate knows, by the metric's name; nothing where there is none."""
        gate = self._packets
        if gate is None:
            return {}
        return {
            "hearsight_gate_asleep": float(gate.asleep),
            "hearsight_gate_trust": _TRUST[gate.trust],
            "hearsight_gate_missed": float(gate.missed),
        }

    @property
    def progress(self) -> int:
        """Items taken so far."""
        return sum(feed.progress for feed in self._feeds)

    @property
    def fault(self) -> BaseException | None:
        """What ended a thread that was not meant to end."""
        return next((feed.fault for feed in self._feeds if feed.fault is not None), None)

    @property
    def expects_more(self) -> bool:
        """Whether the camera is connected, so that its ring will grow."""
        return self.watch.live

    # --- what the feed says -------------------------------------------------------------------

    def connecting(self) -> None:
        """An attempt begins."""
        self.watch.connecting(time.monotonic())

    def failed(self, error: SourceError) -> None:
        """The connection is lost."""
        refused = isinstance(error, CameraRefused)
        self.watch.failed(str(error), refused=refused)

    def ended(self) -> None:
        """A file is over: what the gate still holds goes out first."""
        if self._hears:
            self.sound_ends()
        self.watch.ended()

    @property
    def _hears(self) -> bool:
        """Whether the connection that gives the pictures gives the sound, too."""
        return len(self._feeds) == 1

    def sound_begins(self) -> None:
        """The connection that gives the sound begins anew; told by its own thread."""
        self._gate.reset()

    def sound_ends(self) -> None:
        """It is over: what the gate still holds goes out."""
        for chunk in self._gate.flush(time.time()):
            self._samples.sound(chunk)

    def take(self, item: Item) -> None:
        """Hand an item on."""
        match item:
            case Packets(packets):
                self.ring.put(packets)
                self.watch.packet(_when(item.captured_at))
                self._see_lag(packets[0].pts_ns)
                for packet in packets:
                    if packet.modality is Modality.VIDEO:
                        self._newest[Modality.VIDEO] = packet.pts_ns
            case Picture():
                self._see_lag(item.pts_ns)
                self._take_picture(item)
            case Held():
                self._take_held(item)
            case Sound():
                self._take_sound(item)
            case Decoded():
                self._flaws.decoded(item)
            case Discontinuity():
                # Another thread may be in the middle of the sound of another connection.
                if self._hears:
                    self.sound_begins()
                self._outlet.control(Seam(self.camera, item.pts_ns))
                self._flaws.jumped(item.reason)
            case Opened():
                if item.video is not None and item.video.height:
                    self._samples.aspect = item.video.width / item.video.height
                if self._hears:
                    self.sound_begins()
                self.watch.opened(time.monotonic(), item.notes)

    def _see_lag(self, pts_ns: int) -> None:
        # Stream time runs on this clock, beginning with the arrival of the quickest packets.
        self._lag_ns = max(self._lag_ns, time.monotonic_ns() - pts_ns)

    def _take_picture(self, picture: Picture) -> None:
        self._arrived(Modality.VIDEO, picture.captured_at)
        self.watch.sampled(Modality.VIDEO, _when(picture.captured_at))
        self._tell_vitals(self._vitals.see(picture))
        self._meter.count("hearsight_frames_total", camera=self.camera, step="sampled")
        self._samples.picture(picture)

    def _take_held(self, held: Held) -> None:
        self._arrived(Modality.VIDEO, held.captured_at)
        self.watch.sampled(Modality.VIDEO, _when(held.captured_at))
        self._meter.count("hearsight_frames_total", camera=self.camera, step="held")
        self._samples.held(held)

    def _tell_vitals(self, vitals: Vitals | None) -> None:
        if vitals is not None:
            self._outlet.aside(vitals, patience_s=self._samples.patience_s)

    def _take_sound(self, sound: Sound) -> None:
        self._newest[Modality.AUDIO] = sound.pts_ns + sound.samples.size * NS_PER_S // SAMPLE_RATE
        self._arrived(Modality.AUDIO, sound.captured_at)
        self.watch.sampled(Modality.AUDIO, _when(sound.captured_at))
        self._tell_vitals(self._vitals.hear(sound))
        if sound.cleaned:
            self._meter.count(
                "hearsight_dropped_total",
                sound.cleaned,
                stage="worker",
                reason="sound_not_finite",
            )
        for made in self._gate.push(sound):
            if isinstance(made, Quiet):
                self._thinning.quiet()
                self._samples.quiet(made)
            elif self._thinning.passes():
                self._samples.sound(made)

    def _arrived(self, modality: Modality, captured_at: float) -> None:
        self._meter.set(
            "hearsight_last_frame_timestamp_seconds",
            captured_at,
            camera=self.camera,
            modality=modality.value,
        )
        # Sound is decoded a window at a time: when a picture comes, the newest sound is an old one.
        if modality is Modality.AUDIO and Modality.VIDEO in self._newest:
            skew = self._newest[Modality.VIDEO] - self._newest[Modality.AUDIO]
            self._meter.set("hearsight_av_skew_seconds", skew / NS_PER_S, camera=self.camera)


class _Beside:
    """Listens to the recorded connection of a camera that is watched through another."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    def take(self, item: Item) -> None:
        if isinstance(item, Opened | Discontinuity):
            self._lane.sound_begins()
        if not isinstance(item, Opened):
            self._lane.take(item)

    def connecting(self) -> None:
        """The watched connection speaks for the camera's state."""

    def failed(self, error: SourceError) -> None:
        """A loss shows as missing sound and in the log."""

    def ended(self) -> None:
        """What is still held of its sound goes out."""
        self._lane.sound_ends()


def _when(captured_at: float) -> float:
    """When something came, on the monotonic clock.

    A reading that waits for more in vain hands on what it holds when it is given up: by then it is
    old, and no sign of life. A step of the host's clock says no more than a reading may last.
    """
    return time.monotonic() - min(max(0.0, time.time() - captured_at), _LATEST_S)
