"""Write the shipped banks: ordinary embeddings by the shipped weights.

Run ``python -m pipeline.training.bank`` after the weights changed.
"""

from __future__ import annotations

from pipeline.encoders import open_sight, open_sound
from pipeline.encoders.background import build_background, write_bank
from pipeline.encoders.words import EMBEDDED

#: Rows of each bank.
ROWS = 1500


def main() -> None:
    """Embed ordinary pictures and sounds and write both files."""
    for encoder in (open_sight(), open_sound()):
        rows = build_background(encoder, n=ROWS)
        name = encoder.model_id.partition("@")[0]
        write_bank(EMBEDDED / f"{name}.background.npz", encoder.model_id, rows)


if __name__ == "__main__":
    main()
