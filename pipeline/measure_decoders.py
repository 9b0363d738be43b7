"""``python -m pipeline.measure_decoders``: prints the decoder that ``auto`` comes to here.

A process of its own: a driver that crashes or hangs takes nothing along. What was measured goes to
the log.
"""

from __future__ import annotations

import sys

from pipeline.logs import configure
from pipeline.sources.hardware import choose

if __name__ == "__main__":
    configure(process="decoders", human=sys.stderr.isatty())
    sys.stdout.write(choose("auto") + "\n")
