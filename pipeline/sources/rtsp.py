"""A live camera over RTSP or RTSPS: picture and sound from one connection."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import av
from av.error import (
    ExitError,
    FFmpegError,
    HTTPForbiddenError,
    HTTPNotFoundError,
    HTTPUnauthorizedError,
    InvalidDataError,
)

from pipeline.sources.accepted import AUDIO_CODECS, VIDEO_CODECS
from pipeline.sources.address import masked, port_of
from pipeline.sources.base import (
    MAX_STREAMS,
    CameraElsewhere,
    CameraRefused,
    CameraSilent,
    CameraUnreachable,
    Item,
    SourceError,
    SourcePlan,
    StreamEnded,
    UnsupportedStream,
)
from pipeline.sources.clock import LiveClock
from pipeline.sources.hardware import acceleration
from pipeline.sources.reach import Reach, reaching
from pipeline.sources.reader import Reader, quiet_libav
from pipeline.sources.resolve import LeadsInside, Unresolved, addresses_of
from pipeline.sources.sizes import MAX_PIXELS

#: Longest wait, in seconds, for a camera's description and for its first media, for all until its
#: first packet, and longest silence of one that is read. FFmpeg's own options end neither a camera
#: that drips bytes nor one that sends reports only: the library's interrupt callback, behind PyAV's
#: ``timeout``, does.
OPEN_TIMEOUT_S, ATTEMPT_S = 3.0, 4.7
READ_TIMEOUT_S = 4.5
#: Seconds between two readings of a camera: to wake up ten times a second instead of five costs as
#: much as to read what came.
BREATH_S = 0.2
#: The same at a camera that sleeps: with the fifth of a second that its gate averages over it wakes
#: within half a second.
ASLEEP_S = 0.3
#: Nothing that reads files or speaks HTTP.
_PROTOCOLS = "rtsp,rtsps,rtp,rtcp,tcp,udp,tls"
_CODECS = ",".join(sorted(VIDEO_CODECS | AUDIO_CODECS))
#: Datagrams overtake each other: one that is missing is waited for, in microseconds. Over TCP none
#: does; yet only where FFmpeg keeps an order does it tell of a gap in the packets' numbers.
_ORDER = {"udp": {"max_delay": "300000"}, "tcp": {"reorder_queue_size": "2"}}
#: What FFmpeg says of a host name that it cannot look up; the error itself tells nothing.
_UNRESOLVED = "Failed to resolve hostname"


class _Patience:
    """How long one wait of an attempt may last; PyAV asks for it before each, as for a number.

    Together the first waits take what an attempt may take: that for the description, that for
    enough media to know the streams, and that for the first packet. Those that follow stand alone.

    Args:
        limit_s: of each wait.
        until: when the attempt is over (monotonic, seconds).
        waits: how many of these belong to the attempt.
    """

    def __init__(self, limit_s: float, until: float, *, waits: int) -> None:
        self._limit_s = limit_s
        self._until = until
        self._waits = waits

    def __float__(self) -> float:
        self._waits -= 1
        if self._waits < 0:
            return self._limit_s
        return max(0.0, min(self._limit_s, self._until - time.monotonic()))


class RtspSource:
    """Reads one camera until its stream ends.

    Attributes:
        container: the camera's stream, once it is open.
        clock: what its time stamps are set by.
    """

    def __init__(self, plan: SourcePlan) -> None:
        self.container: av.container.InputContainer | None = None
        self.clock = LiveClock()
        self._plan = plan
        self._reach = Reach(frozenset(), 0)
        #: When the attempt began (monotonic, seconds).
        self._began = 0.0

    def run(self) -> Iterator[Item]:
        """Connect and yield items.

        Raises:
            CameraUnreachable, CameraElsewhere, CameraRefused, CameraSilent, StreamEnded,
            UnsupportedStream.
        """
        quiet_libav()
        address = self._plan.address
        host = urlsplit(address).hostname or ""
        with reaching(self._resolve(host), port_of(address) or 0) as self._reach:
            yield from self._watch()
        raise StreamEnded(f"{self._where}: the camera ended the stream")

    def _resolve(self, host: str) -> frozenset[str]:
        try:
            return addresses_of(host)
        except Unresolved:
            raise self._unknown() from None
        except LeadsInside as error:
            raise CameraElsewhere(
                f"{self._where}: that name leads to {error}, which is no camera's: check the name "
                "server, or write the camera's IP address"
            ) from None

    def _watch(self) -> Iterator[Item]:
        container = self.container = self._open()
        try:
            # Datagrams wait in a buffer that is soon full.
            tcp = self._plan.settings.transport == "tcp"
            reader = Reader(
                container,
                self._plan,
                self.clock,
                patience_s=READ_TIMEOUT_S,
                breath_s=BREATH_S if tcp else 0.0,
                asleep_s=ASLEEP_S if tcp else 0.0,
                first_apart=True,
            )
            yield reader.opened
            yield from self._read(reader)
        finally:
            container.close()

    @property
    def _where(self) -> str:
        return f"{self._plan.camera} at {masked(self._plan.address)}"

    def _options(self) -> dict[str, str]:
        plan = self._plan
        wanted = [
            kind for kind, on in (("video", plan.wants_video), ("audio", plan.wants_audio)) if on
        ]
        return {
            "rtsp_transport": plan.settings.transport,
            # Datagrams from any other sender than the camera's port are left unread.
            "rtsp_flags": "filter_src",
            "protocol_whitelist": _PROTOCOLS,
            # A stream is looked into before we choose: by no other decoder than those we accept,
            # and by no other demultiplexer than that of RTSP, which may carry some.
            "codec_whitelist": _CODECS,
            "format_whitelist": "rtsp",
            # What is not wanted is not even set up: sound that is off never leaves the camera.
            "allowed_media_types": "+".join(wanted),
            "analyzeduration": "1500000",
            "fpsprobesize": "0",
            "max_pixels": str(MAX_PIXELS),
            # Stamps that wrap are put right by FFmpeg's RTP. What lies before the beginning is a
            # camera whose clock was set back: sound and picture go back together, each by its own
            # 2^32 ticks otherwise.
            "correct_ts_overflow": "0",
            # Of a description of more, no more are made: one too many tells.
            "max_streams": str(MAX_STREAMS + 1),
            "threads": "1",
        } | _ORDER[plan.settings.transport]

    def _open(self) -> av.container.InputContainer:
        began = self._began = time.monotonic()
        try:
            with av.logging.Capture() as said:
                container = av.open(
                    self._plan.address,
                    options=self._options(),
                    timeout=(
                        _Patience(OPEN_TIMEOUT_S, began + ATTEMPT_S, waits=2),
                        _Patience(READ_TIMEOUT_S, began + ATTEMPT_S, waits=1),
                    ),
                    hwaccel=acceleration(self._plan.decoder),
                )
        except (FFmpegError, OSError, ValueError) as error:
            if self._reach.refused and isinstance(error, PermissionError):
                raise self._led_on(*self._reach.refused[-1]) from None
            unresolved = any(text.startswith(_UNRESOLVED) for _, _, text in said)
            raise self._classify(error, time.monotonic() - began, unresolved) from None
        if len(container.streams) > MAX_STREAMS:
            container.close()
            raise UnsupportedStream(
                f"{self._where}: the camera describes more than {MAX_STREAMS} streams: check that "
                "it is the camera"
            )
        return container

    def _led_on(self, host: str, port: int) -> CameraElsewhere:
        return CameraElsewhere(
            f"{self._where}: a redirect or a changed name leads to {host} port {port}, and is not "
            "followed: if the camera's stream is there, write that address in its url"
        )

    def _unknown(self) -> CameraUnreachable:
        return CameraUnreachable(
            f"{self._where}: nobody knows a host of that name: correct it, or write the "
            "camera's IP address"
        )

    def _no_media(self, elapsed: float) -> CameraSilent:
        way = self._plan.settings.transport
        # Some cameras send from another port than they name: that could be anybody.
        hint = " (from the camera's own port; else set transport: tcp)" if way == "udp" else ""
        return CameraSilent(
            f"{self._where}: no media within {elapsed:.0f} s: check that the camera streams, "
            f"that this is its address, and that {way} is let through{hint}"
        )

    def _classify(self, error: Exception, elapsed: float, unresolved: bool) -> SourceError:
        if isinstance(error, (HTTPUnauthorizedError, HTTPForbiddenError)):
            return CameraRefused(
                f"{self._where}: the camera refuses the user or password: correct them in its url"
            )
        if isinstance(error, HTTPNotFoundError):
            return CameraUnreachable(
                f"{self._where}: the camera knows no such path: look up its stream's path"
            )
        if unresolved:
            return self._unknown()
        if isinstance(error, ConnectionRefusedError):
            return CameraUnreachable(
                f"{self._where}: nothing listens at that port: correct it, or switch RTSP on in "
                "the camera"
            )
        if isinstance(error, (ExitError, TimeoutError)) or elapsed >= OPEN_TIMEOUT_S:
            return self._no_media(elapsed)
        if isinstance(error, InvalidDataError):
            return CameraUnreachable(
                f"{self._where}: what answers there hangs up, or does not speak RTSP: restart the "
                "camera, or correct the port (most use 554)"
            )
        return CameraUnreachable(
            f"{self._where}: cannot be opened ({_reason(error)}): check its address, power and "
            "network"
        )

    def _read(self, reader: Reader) -> Iterator[Item]:
        items, came = reader.items(), False
        while True:
            try:
                item = next(items)
            except StopIteration:
                return
            except (ExitError, TimeoutError):
                if not came:
                    raise self._no_media(time.monotonic() - self._began) from None
                raise CameraSilent(reader.silence()) from None
            except FFmpegError as error:
                raise StreamEnded(
                    f"{self._where}: the connection broke ({type(error).__name__})"
                ) from None
            came = True
            yield item


def _reason(error: Exception) -> str:
    """The system's words for an error; FFmpeg's own message would repeat the address."""
    return getattr(error, "strerror", None) or type(error).__name__
