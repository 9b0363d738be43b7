"""Makes the media of one export, as a process of its own: a decoder may die of a clip.

``python -m pipeline.exports.child FOLDER`` is started by `pipeline.exports.make`. It reads a `Wish`
from standard input and ``clip.mp4`` and ``thumb.jpg`` from the folder's ``in``, writes what may be
handed on into ``out``, and a `Told` on standard output.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import msgspec

from pipeline.confined import confine
from pipeline.exports.film import export_film, export_still, jpeg_of, picture_of
from pipeline.exports.finders import FinderMissing
from pipeline.exports.wish import Blur, Told, Wish
from pipeline.media_folder import MediaError

#: Seconds of a CPU, and bytes of memory, after which the process ends whatever it does.
CPU_S, MEMORY = 900, 6 << 30
CLIP, THUMB = "clip.mp4", "thumb.jpg"
#: Pictures that are handed on only where nothing is to be hidden: nobody looks into them.
_AS_THEY_ARE = ("heat.jpg", "nearest.jpg")


def make(folder: Path, wish: Wish) -> Told:
    """Make what may be handed on of what lies in ``folder/in``.

    What cannot be made is left out and told: no picture goes out as it was because of an error.

    Raises:
        FinderMissing: this machine cannot look for faces.
    """
    told, left_out = Told(), []
    given, made = folder / "in", folder / "out"
    moment = None
    if (given / CLIP).is_file():
        try:
            thumb = given / THUMB
            picture = picture_of(thumb.read_bytes()) if thumb.is_file() else None
            told, moment = export_film(given / CLIP, made / CLIP, wish, picture)
        except MediaError as error:
            (made / CLIP).unlink(missing_ok=True)
            left_out.append(f"{CLIP}: {error}")
    if moment is not None:
        (made / THUMB).write_bytes(jpeg_of(moment))
    elif (given / THUMB).is_file():
        try:
            data, found = export_still((given / THUMB).read_bytes(), wish)
            (made / THUMB).write_bytes(data)
            if found is not None and told.found is None:
                told = msgspec.structs.replace(told, found=found)
        except MediaError as error:
            left_out.append(f"{THUMB}: {error}")
    for name in _AS_THEY_ARE:
        if not (given / name).is_file():
            continue
        if wish.blur is Blur.NONE and not wish.masks:
            (made / name).write_bytes(jpeg_of(picture_of((given / name).read_bytes())))
        else:
            left_out.append(f"{name}: nobody can say what is to be hidden in it")
    return msgspec.structs.replace(
        told,
        files=tuple(sorted(path.name for path in made.iterdir())),
        left_out=(*told.left_out, *left_out),
    )


def main() -> None:
    """Entry of the process; the last line on standard error is the reason of a failure."""
    cv2.setNumThreads(1)
    wish = msgspec.json.decode(sys.stdin.buffer.read(), type=Wish)
    work = Path(sys.argv[1])
    # Below the site's folder: exports, this one.
    site = work.resolve().parents[1]
    given, made = work / "in", work / "out"
    if missing := confine(site, readable=[given], writable=[made], cpu_s=CPU_S, memory=MEMORY):
        sys.stderr.write(f"not limited: {missing}\n")
    try:
        told = make(work, wish)
    except (FinderMissing, MediaError, OSError) as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(msgspec.json.encode(told))


if __name__ == "__main__":
    main()
