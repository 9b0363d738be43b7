"""Finds what decodes pictures here: ``python -m pipeline.measure_decoders DECODER FOLDER``.

A process of its own, enclosed as a worker is: a driver that crashes or hangs takes nothing along,
and one that does not work where a worker has to live counts as one that does not work. Prints the
decoder that the wish comes to; what was measured goes to the log.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from pipeline.decoding_devices import DecoderUnusable
from pipeline.enclosure import EnclosureMissing, enclose
from pipeline.logs import configure
from pipeline.sources.hardware import choose
from pipeline.sources.reach import ReachUnlimited, limit


def main() -> None:
    """Measure, and print the decoder, or why it does not work, with status 1."""
    wanted, folder = sys.argv[1], Path(sys.argv[2])
    configure(process="decoders", human=sys.stderr.isatty())
    # A worker says so itself.
    with contextlib.suppress(EnclosureMissing):
        enclose(folder, readable=[], writable=[], ports=[], device=True)
    with contextlib.suppress(ReachUnlimited):
        limit(folder, device=True)
    try:
        sys.stdout.write(choose(wanted) + "\n")
    except DecoderUnusable as error:
        sys.stdout.write(f"{error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
