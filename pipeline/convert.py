"""Converts one clip to what every browser plays, as a process of its own: a decoder may die of it.

``python -m pipeline.convert SOURCE TARGET MAX_S`` is started by `pipeline.playable`; its last line
on standard error is the reason of a failure.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import av
from av.error import FFmpegError

from pipeline.confined import confine
from pipeline.media_folder import MediaError, atomic, same_age
from pipeline.recode import add_h264, recode, refuse_longer, sound_of

#: Pictures are scaled to fit: the clip itself stays as it is, this one is only looked at.
_WIDTH, _HEIGHT = 1280, 720
#: Seconds of a CPU, and bytes of memory, after which the process ends whatever it does.
_CPU_S, _MEMORY = 300, 4 << 30
#: A file leads to no other file and to no server.
_OPTIONS = {"protocol_whitelist": "file"}


def convert(source: Path, target: Path, max_s: float) -> None:
    """Write ``source`` to ``target`` as H.264 in MP4, its AAC copied; made whole or not at all.

    It is as old as its source, so that looking at a clip does not lengthen its life.

    Args:
        source: a clip as `pipeline.media` writes it.
        target: its folder is there.
        max_s: a longer clip is refused, in seconds.

    Raises:
        MediaError: it cannot be converted, and why.
        DiskFull: the disk has no room.
    """
    try:
        with av.logging.Capture(), av.open(str(source), options=_OPTIONS) as clip:
            refuse_longer(clip, max_s)
            if not clip.streams.video:
                raise MediaError("it has no picture")
            written_at = source.stat().st_mtime
            with same_age(target.parent):
                with (
                    atomic(target) as partial,
                    av.open(
                        str(partial), "w", format="mp4", options={"movflags": "+faststart"}
                    ) as written,
                ):
                    _copy(clip, written)
                os.utime(target, (written_at, written_at))
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"it cannot be read or written: {error}") from error


def _copy(clip: av.container.InputContainer, written: av.container.OutputContainer) -> None:
    seen = clip.streams.video[0]
    width, height = _fitting(seen.codec_context.width, seen.codec_context.height)
    shown = add_h264(written, width, height, seen.time_base, threads=2)
    recode(clip, written, shown, lambda picture: picture, sound_of(clip))


def _fitting(width: int, height: int) -> tuple[int, int]:
    """A size of even numbers within 1280 by 720 of the same shape; a small one is kept."""
    share = min(1.0, _WIDTH / max(1, width), _HEIGHT / max(1, height))
    return max(2, round(width * share / 2) * 2), max(2, round(height * share / 2) * 2)


def main() -> None:
    """Entry of the process."""
    source, target, max_s = sys.argv[1:]
    folder = Path(target).parent
    # Below the site's folder: media, a camera, an incident.
    site = folder.resolve().parents[2]
    # What is limited is: the line's own processes say in the log what is not.
    confine(site, readable=[Path(source)], writable=[folder], cpu_s=_CPU_S, memory=_MEMORY)
    try:
        convert(Path(source), Path(target), float(max_s))
    except MediaError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
