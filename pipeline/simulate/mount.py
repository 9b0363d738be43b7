"""One camera: a film's clock, and the clients who watch it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable

from pipeline.simulate.faults import Fault
from pipeline.simulate.media import Film, MediaSource, MediaUnit, Start
from pipeline.simulate.network import Network
from pipeline.simulate.push import Push
from pipeline.simulate.rtp import RtpSender

NS_PER_S = 1_000_000_000
#: A film this late (the process was stopped, say) skips on rather than send all at once.
_LATE_S = 2.0
#: Nothing of a film is sent while these are on.
_MUTE = frozenset({Fault.SILENT, Fault.STALL, Fault.DROP})
#: A lossy network loses one packet in so many.
_ONE_IN = 20

Send = Callable[[bytes], None]


class TrackOut:
    """One track on its way to one client."""

    def __init__(self, sender: RtpSender, send_rtp: Send, send_rtcp: Send) -> None:
        self.sender = sender
        self.send_rtp = send_rtp
        self.send_rtcp = send_rtcp


class Player:
    """One client that plays. ``tracks`` is keyed by position in the film."""

    def __init__(
        self, tracks: dict[int, TrackOut], end: Callable[[], None], report_every_s: float
    ) -> None:
        self.tracks = tracks
        #: Called once the film is over.
        self.end = end
        self._report_every_ns = round(report_every_s * NS_PER_S)
        self._next_report_ns: int | None = None
        self._begun = False
        self._wants_keyframe = True

    def interrupt(self) -> None:
        """Pictures were left out: go on with a keyframe."""
        self._wants_keyframe = True

    def without_picture(self) -> None:
        """No picture comes: the sound does not wait for one."""
        self._wants_keyframe = self._begun = True

    def report(self, at_ns: int) -> None:
        """Send sender reports for all tracks if they are due, and before anything else."""
        if self._next_report_ns is None or at_ns >= self._next_report_ns:
            self._next_report_ns = at_ns + self._report_every_ns
            for track in self.tracks.values():
                track.send_rtcp(track.sender.report(at_ns))

    def deliver(self, unit: MediaUnit, at_ns: int, *, lossy: bool = False) -> None:
        """Send one unit with time stamp ``at_ns``, unless the client first needs a keyframe.

        ``lossy`` leaves packets out.
        """
        if unit.is_video and unit.keyframe:
            self._wants_keyframe = False
            self._begun = True
        track = self.tracks.get(unit.track)
        if track is None or (unit.is_video and self._wants_keyframe):
            return
        if not self._begun and self._has_picture(unit):
            return
        last = len(unit.payloads) - 1
        for position, payload in enumerate(unit.payloads):
            marker = unit.marker and position == last
            packet = track.sender.packet(payload, at_ns, marker=marker)
            if not lossy or secrets.randbelow(_ONE_IN):
                track.send_rtp(packet)

    def _has_picture(self, sound: MediaUnit) -> bool:
        """Sound waits for the first picture, so that both begin together."""
        return any(position != sound.track for position in self.tracks)

    def goodbye(self, at_ns: int) -> None:
        """Send BYE on all tracks, and end."""
        for track in self.tracks.values():
            track.send_rtcp(track.sender.goodbye(at_ns))
        self.end()


class Mount:
    """Plays one film by the clock, whether or not anybody watches."""

    def __init__(self, name: str, source: MediaSource, film: Film) -> None:
        self.name = name
        self.film = film
        self.fault = Fault.NONE
        #: What its media go through; None: straight to the client.
        self.network: Network | None = None
        #: Where `Fault.REDIRECT` leads to.
        self.elsewhere = ""
        #: What it sends where it pushes.
        self.push = Push(film)
        self.players: set[Player] = set()
        self.ended = asyncio.Event()
        #: Loop time (the host's monotonic clock, seconds) at which the film began.
        self.started_at: float | None = None
        #: Wall clock of the film's start, nanoseconds since the epoch.
        self.epoch_ns = 0
        self.source = source
        self._begin = asyncio.Event()
        self._still = next((u for u in film.units if u.is_video and u.keyframe), None)
        self._frozen = False
        #: What is played from the next unit on.
        self._next: tuple[MediaSource, Film] | None = None
        #: How far off the next picture's time stamp is.
        self._astray_ns = 0
        if source.start is Start.SERVER:
            self.begin()

    def begin(self) -> None:
        """Start the film's clock; later calls change nothing."""
        if self.started_at is None:
            self.started_at = asyncio.get_running_loop().time()
            self.epoch_ns = time.time_ns()
            self._begin.set()

    def position_ns(self) -> int:
        """Media time now: it goes on over loops; 0 before the start."""
        if self.started_at is None:
            return 0
        return round((asyncio.get_running_loop().time() - self.started_at) * NS_PER_S)

    def change(self, source: MediaSource, film: Film) -> None:
        """Play another film in mid-stream, to those who watch already as well.

        They are not told: a stream goes on under the number and in the session that it was set up
        with, whatever its codec is now.
        """
        self._next = source, film

    def send_astray(self, by_ns: int) -> None:
        """Stamp the next picture so far off, and it alone."""
        self._astray_ns = by_ns

    def jump(self, by_ns: int) -> None:
        """Stamp everything so far off from now on; the reports go along."""
        for track in self._tracks():
            track.sender.jump(by_ns * track.sender.clock_rate // NS_PER_S)

    def step_clock(self, by_ns: int) -> None:
        """Set the clock that the reports tell; time stamps go on."""
        self.epoch_ns += by_ns
        for track in self._tracks():
            track.sender.epoch_ns += by_ns

    def _tracks(self) -> list[TrackOut]:
        return [track for player in self.players for track in player.tracks.values()]

    async def run(self) -> None:
        """Send the film, once or for ever."""
        await self._begin.wait()
        base_ns = 0
        while True:
            for unit in self.film.units:
                await self._play(unit, base_ns + unit.at_ns)
                if self._next is not None:
                    break
            if self._next is not None:
                self._change(*self._next)
                base_ns = self.position_ns()
                continue
            base_ns += self.film.duration_ns
            if not self.source.loop:
                break
        await self._sleep_until(base_ns)
        self.ended.set()
        for player in tuple(self.players):
            if self.fault not in _MUTE:
                player.goodbye(base_ns)

    def _change(self, source: MediaSource, film: Film) -> None:
        self.source, self.film, self._next = source, film, None
        self._still = next((u for u in film.units if u.is_video and u.keyframe), None)
        for player in self.players:
            for position, track in player.tracks.items():
                if position < len(film.tracks):
                    track.sender.payload_type = film.tracks[position].payload_type

    async def _play(self, unit: MediaUnit, at_ns: int) -> None:
        late_s = await self._sleep_until(at_ns)
        if late_s > _LATE_S:
            self._interrupt()
        else:
            self._send(unit, at_ns)

    async def _sleep_until(self, at_ns: int) -> float:
        assert self.started_at is not None
        due = self.started_at + at_ns / NS_PER_S
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, due - now))
        return now - due

    def _send(self, unit: MediaUnit, at_ns: int) -> None:
        if self.fault in _MUTE:
            self._interrupt()
            return
        for player in tuple(self.players):
            player.report(at_ns)
        if self.fault is Fault.NO_MEDIA:
            self._interrupt()
            return
        if not unit.is_video:
            if self.fault is Fault.NO_SOUND:
                return
        else:
            if self.fault is Fault.NO_PICTURE:
                for player in self.players:
                    player.without_picture()
                return
            unit = self._hold(unit)
            at_ns, self._astray_ns = at_ns + self._astray_ns, 0
        for player in tuple(self.players):
            player.deliver(unit, at_ns, lossy=self.fault is Fault.LOSSY)

    def _hold(self, unit: MediaUnit) -> MediaUnit:
        """The picture to show: while frozen, and then until the next keyframe, the one held."""
        if self.fault is Fault.FROZEN:
            self._frozen = True
        elif unit.keyframe:
            self._frozen = False
            self._still = unit
        return self._still if self._frozen and self._still is not None else unit

    def _interrupt(self) -> None:
        for player in self.players:
            player.interrupt()
