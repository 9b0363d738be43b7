"""Write the shipped banks: ordinary embeddings by the shipped weights.

Run ``python -m pipeline.training.bank`` after the weights changed; ``--only sound`` or ``--only
sight`` after one of them did.
"""

from __future__ import annotations

import argparse

from pipeline.encoders import SightEncoder, SoundEncoder, open_sight, open_sound
from pipeline.encoders.background import build_background, write_bank
from pipeline.encoders.words import EMBEDDED

#: Rows of each bank.
ROWS = 4000


def main(arguments: list[str] | None = None) -> None:
    """Embed ordinary pictures and sounds and write their files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("sight", "sound"), help="leave the other bank alone")
    only = parser.parse_args(arguments).only
    for name, opened in (("sight", open_sight), ("sound", open_sound)):
        if only in (None, name):
            encoder: SightEncoder | SoundEncoder = opened()
            rows = build_background(encoder, n=ROWS)
            kept = encoder.model_id.partition("@")[0]
            write_bank(EMBEDDED / f"{kept}.background.npz", encoder.model_id, rows)


if __name__ == "__main__":
    main()
