"""How large a picture may be: known before memory for it is taken."""

from __future__ import annotations

MAX_SIDE = 8192
#: A decoder keeps up to 17 of a stream's pictures. 8K has 33 million pixels.
MAX_PIXELS = 36_000_000
#: FFmpeg's words for a picture beyond its own limits or ours.
_SAID = "Picture size "


def is_too_large(width: int, height: int) -> bool:
    """Whether a picture of so many pixels is refused."""
    return max(width, height) > MAX_SIDE or width * height > MAX_PIXELS


def too_large(camera: str, size: str) -> str:
    """What to say of a picture that is refused; ``size`` is like 640x480."""
    return (
        f"{camera}: a picture of {size} is larger than {MAX_SIDE} pixels across or "
        f"{MAX_PIXELS // 1_000_000} million in all: choose a smaller stream of the camera"
    )


def refused_by_decoder(messages: list[tuple[int, str, str]]) -> str | None:
    """The size, like 16384x16384, of a picture for which the decoder took no memory."""
    for _, _, text in messages:
        if text.startswith(_SAID):
            return text.removeprefix(_SAID).split(" ", 1)[0]
    return None
