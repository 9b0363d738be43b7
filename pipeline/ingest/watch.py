"""What is to be said of a camera: a state machine fed with what happened and when."""

from __future__ import annotations

import threading

from pipeline.messages import CameraState
from pipeline.records import Modality

#: Without a sample for so long (seconds), or for so many sampling intervals, a camera is stalled,
#: and later offline.
STALLED_S, STALLED_INTERVALS = 3.5, 2.5
OFFLINE_S, OFFLINE_INTERVALS = 8.0, 5.0
#: However seldom a camera is sampled, its packets come all the time: without any for so long
#: (seconds), or for so many of their intervals, it is the same.
_PACKET_INTERVALS = 3.0
#: A modality that once came, or was promised, and does not come.
MISSING_S = 10.0
#: Packets arrive and yet there is no picture.
KEYFRAME_S = 6.0
#: So long after damage it is still told, lest a bad network be told anew every second.
DAMAGE_S = 30.0


class CameraWatch:
    """One camera's state. All times are seconds on one monotonic clock; thread-safe.

    Args:
        camera: its name.
        video: whether pictures are sampled.
        audio: whether sound is scored.
        sample_fps: pictures wanted a second: a slow camera is not a stalled one.
    """

    def __init__(self, camera: str, *, video: bool, audio: bool, sample_fps: float) -> None:
        self._camera = camera
        self._wanted = {Modality.VIDEO: video, Modality.AUDIO: audio}
        self._set_limits(sample_fps)
        self._newest: dict[Modality, float] = {}
        self._connected_at: float | None = None
        self._began: float | None = None
        self._packet_at: float | None = None
        self._damaged_at: float | None = None
        self._given_up: list[str] = []
        #: When anything came, and how long after what had come before; None: nothing came yet.
        self._heard_at: float | None = None
        self._heard_gap_s: float | None = None
        self._trouble = ""
        self._refused = False
        self._ended = False
        self._failed = False
        self._notes: tuple[str, ...] = ()
        self._said: tuple[str, str, bool, bool] | None = None
        self._lock = threading.Lock()

    def paced(self, sample_fps: float) -> None:
        """The camera's pictures are wanted so often from now on."""
        with self._lock:
            self._set_limits(sample_fps)

    def _set_limits(self, sample_fps: float) -> None:
        interval = 1 / sample_fps if self._wanted[Modality.VIDEO] else 0.0
        self._stalled_s = max(STALLED_S, STALLED_INTERVALS * interval)
        self._offline_s = max(OFFLINE_S, OFFLINE_INTERVALS * interval)

    def connecting(self, now: float) -> None:
        """An attempt begins."""
        with self._lock:
            self._began = now if self._began is None else self._began

    def opened(self, now: float, notes: tuple[str, ...]) -> None:
        """A connection stands; media is yet to come."""
        with self._lock:
            self._connected_at, self._packet_at, self._notes = now, None, notes

    def packet(self, now: float) -> None:
        """An encoded packet came."""
        with self._lock:
            if self._packet_at is not None:
                self._heard_gap_s = now - self._packet_at
            self._packet_at = self._heard_at = now

    def damaged(self, now: float) -> bool:
        """Damage was found in the stream; returns whether that is news."""
        with self._lock:
            before, self._damaged_at = self._damaged_at, now
        return before is None or now - before >= DAMAGE_S

    def gave_up(self, check: str) -> None:
        """A check of the stream is not believed any more."""
        with self._lock:
            self._given_up.append(check)

    def sampled(self, modality: Modality, now: float) -> None:
        """A picture or a stretch of sound came, or what stands for one."""
        with self._lock:
            self._newest[modality] = self._heard_at = now
            self._refused = self._failed = self._ended = False
            self._trouble = ""

    def failed(self, trouble: str, *, refused: bool = False) -> None:
        """An attempt or a connection ended with an error."""
        with self._lock:
            self._connected_at = None
            self._trouble, self._refused, self._failed = trouble, refused, True

    def ended(self) -> None:
        """The source came to its end and will not be opened again."""
        with self._lock:
            self._ended = True

    @property
    def live(self) -> bool:
        """Whether more is to be expected of this camera at present."""
        with self._lock:
            return self._connected_at is not None and not self._ended

    def look(self, now: float, wall: float) -> CameraState | None:
        """Return the camera's state if it differs from what was last returned."""
        with self._lock:
            state, detail = self._state(now)
            video, audio = (self._fresh(m, now) for m in (Modality.VIDEO, Modality.AUDIO))
            if state not in ("online", "stalled"):
                video = audio = False
            if (said := (state, detail, video, audio)) == self._said:
                return None
            self._said = said
        return CameraState(self._camera, state, detail, video, audio, wall)

    def _fresh(self, modality: Modality, now: float) -> bool:
        newest = self._newest.get(modality)
        return newest is not None and now - newest < max(MISSING_S, self._offline_s)

    def _state(self, now: float) -> tuple[str, str]:
        if self._ended:
            return "ended", ""
        if self._refused:
            return "refused", self._trouble
        if not self._newest:
            # An attempt that failed, or that goes on for too long, is not "connecting".
            late = self._began is not None and now - self._began >= self._offline_s
            state = "offline" if self._failed or late else "connecting"
            return state, self._trouble or self._waiting(now) or (self._silence() if late else "")
        age = now - max(self._newest.values())
        if age >= self._offline_s or self._silent(now, OFFLINE_S):
            return "offline", self._trouble or self._waiting(now) or "no media comes any more"
        if age >= self._stalled_s or self._silent(now, STALLED_S):
            return "stalled", self._trouble or self._waiting(now)
        return "online", self._remark(now)

    def _silent(self, now: float, limit_s: float) -> bool:
        """Whether nothing at all has come for so long, of a camera that used to send packets."""
        if self._heard_at is None or self._heard_gap_s is None:
            return False
        return now - self._heard_at >= max(limit_s, _PACKET_INTERVALS * self._heard_gap_s)

    def _silence(self) -> str:
        if self._connected_at is None:
            return "the camera does not answer: check its address and the network"
        return "connected, but no media comes: check the camera's stream"

    def _waiting(self, now: float) -> str:
        waits = (
            self._wanted[Modality.VIDEO]
            and self._packet_at is not None
            and self._connected_at is not None
            and now - self._packet_at < STALLED_S
            and now - self._connected_at > KEYFRAME_S
        )
        return "waiting for keyframe" if waits else ""

    def _remark(self, now: float) -> str:
        remarks = list(self._notes)
        if self._damaged_at is not None and now - self._damaged_at < DAMAGE_S:
            remarks.append("damaged pictures are withheld")
        remarks += [f"its {check} check is off: it alone saw damage" for check in self._given_up]
        for modality, wanted in self._wanted.items():
            since = self._newest.get(modality, self._connected_at)
            if wanted and since is not None and now - since >= max(MISSING_S, self._stalled_s):
                remarks.append(f"{modality} missing")
        return "; ".join(remarks)
