"""Whether a stream still carries the pictures that it was opened for.

A camera that is set to another codec should end its streams. Some go on under the old description:
their packets are dropped unseen, or are no pictures to the decoder that was chosen, while sound or
reports keep the connection alive. Then it has to be opened anew.
"""

from __future__ import annotations

from pipeline.records import NS_PER_S

#: Without a picture for so long, and for so many times the usual distance of two, it carries none.
_GONE_NS, _GONE_INTERVALS = 3 * NS_PER_S // 2, 5
#: What stands before the first slice of a picture is shorter than this.
_HEAD = 4096
#: ITU-T H.264, table 7-1: coded slices. Cameras send no data partitions (2 to 4).
_H264_SLICES = frozenset({1, 5})
#: ITU-T H.265, table 7-1: what every stream has in its lowest layer.
_HEVC_SLICES = frozenset({0, 1, *range(16, 22)})


class PicturePresence:
    """Follows one connection by stream time.

    Args:
        codec: FFmpeg's name of what the pictures are encoded in.
    """

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._first_ns: int | None = None
        self._newest_ns = 0
        self._intervals = 0
        #: Whether pictures came once, and do so no more.
        self.gone = False

    def picture(self, data: memoryview, pts_ns: int) -> None:
        """A packet of the picture's stream came; one that holds none of its pictures is none."""
        if not has_slice(bytes(data[:_HEAD]), self._codec):
            self.other(pts_ns)
            return
        if self._first_ns is None:
            self._first_ns = pts_ns
        else:
            self._intervals += 1
        self._newest_ns = max(self._newest_ns, pts_ns)

    def other(self, pts_ns: int) -> None:
        """Something else of the stream came."""
        if self._first_ns is None or not self._intervals:
            return
        usual_ns = (self._newest_ns - self._first_ns) // self._intervals
        self.gone = pts_ns - self._newest_ns > max(_GONE_NS, _GONE_INTERVALS * usual_ns)

    def reset(self) -> None:
        """Stream time began anew."""
        self._first_ns, self._newest_ns, self._intervals, self.gone = None, 0, 0, False


def has_slice(data: bytes, codec: str) -> bool:
    """Whether an access unit in Annex B holds a part of a picture of its codec.

    Of other codecs than H.264 and H.265 nobody knows: True.
    """
    if codec not in ("h264", "hevc"):
        return True
    position = data.find(b"\x00\x00\x01")
    while 0 <= position < len(data) - 4:
        first, second = data[position + 3], data[position + 4]
        if codec == "h264":
            found = first & 0x9F in _H264_SLICES
        else:
            # Forbidden bit and layer are zero, the temporal layer is not.
            known = first >> 1 & 63 in _HEVC_SLICES
            found = known and not first & 0x81 and second >> 3 == 0 and second & 7 != 0
        if found:
            return True
        position = data.find(b"\x00\x00\x01", position + 3)
    return False
