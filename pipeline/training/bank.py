"""Write the shipped banks: ordinary embeddings by the shipped weights.

Run ``python -m pipeline.training.bank`` after the weights changed; ``--only sound`` or ``--only
sight`` after one of them did.
"""

from __future__ import annotations

import argparse
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders import SightEncoder, open_sight, open_sound
from pipeline.encoders.background import SEED, build_background, ordinary_pictures, write_bank
from pipeline.encoders.base import in_parts
from pipeline.encoders.words import EMBEDDED
from pipeline.training.movement_items import joined, quiet_moments

#: Rows of each bank.
ROWS = 4000
#: Films of quiet cameras that half of sight's bank is of.
_FILMS = 105


def sight_bank(encoder: SightEncoder, rows: int = ROWS, films: int = _FILMS) -> NDArray[np.float32]:
    """Ordinary sights with how they moved: float32 unit rows (rows, dim).

    Half are moments of quiet films. The rest are pictures of far more places and hours, each with
    the movement of one of those moments: what moves tells little of where.
    """
    moments = joined([quiet_moments(SEED + k) for k in range(films)])
    rng = np.random.default_rng(SEED)
    own = rng.permutation(len(moments))[: rows // 2]
    drawn = rng.integers(0, len(moments), rows - len(own))
    stills = np.stack(list(islice(ordinary_pictures(SEED, encoder.image_size), len(drawn))))
    pictures = np.concatenate([moments.pictures[own], stills])
    readings = moments.readings[np.concatenate([own, drawn])]
    return encoder.with_movement(in_parts(encoder.encode_images, pictures), readings)


def main(arguments: list[str] | None = None) -> None:
    """Embed ordinary sights and sounds and write their files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("sight", "sound"), help="leave the other bank alone")
    only = parser.parse_args(arguments).only
    if only != "sound":
        sight = open_sight()
        _write(sight.model_id, sight_bank(sight))
    if only != "sight":
        sound = open_sound()
        _write(sound.model_id, build_background(sound, n=ROWS))


def _write(model_id: str, rows: NDArray[np.float32]) -> None:
    write_bank(EMBEDDED / f"{model_id.partition('@')[0]}.background.npz", model_id, rows)


if __name__ == "__main__":
    main()
