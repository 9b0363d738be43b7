"""What FFmpeg says of a connection's RTP packets; their numbers themselves it keeps to itself."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.sources.base import CameraSilent

#: Its words where the numbers have a gap (libavformat/rtpdec.c, rtsp.c).
_LOST = ("RTP: missed", "RTP: PT=", "max delay reached", "jitter buffer full")
#: And where it throws packets away because their numbers lie behind those that came.
_OLD = "RTP: dropping old packet"
#: So many of them without a picture between: the camera began to count anew.
_MOST_OLD = 200


class Losses:
    """Listens for lost packets on one connection.

    Args:
        camera: its name.
    """

    def __init__(self, camera: str) -> None:
        self._camera = camera
        self._old = 0

    def told(self, messages: Sequence[tuple[int, str, str]]) -> bool:
        """Whether some of FFmpeg's messages tell of lost packets.

        Raises:
            CameraSilent: no packet of the camera's is taken any more.
        """
        texts = [text for _, _, text in messages]
        self._old += sum(text.startswith(_OLD) for text in texts)
        if self._old > _MOST_OLD:
            raise CameraSilent(
                f"{self._camera}: the camera began to count its packets anew: it is connected to "
                "again; if this comes often, restart it, or look for a newer firmware"
            )
        return any(text.startswith(_LOST) for text in texts)

    def came(self) -> None:
        """A packet was taken."""
        self._old = 0
