"""How much the ways of hiding persons miss, as measured, for whoever chooses one.

``hearsight evaluate blur --data DATA/video`` measures it anew (deploy/blur.json): faces that were
marked by hand in real clips, none of which a finder was made from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.exports.wish import Blur

#: Of the normal distribution, for 95 %.
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Missed:
    """Of so many faces that can be made out, so many stayed visible."""

    missed: int
    of: int
    #: Mean part of the picture that was covered, in [0, 1].
    covered: float


#: By what is hidden, over all clips together.
MEASURED: dict[Blur, Missed] = {
    Blur.FACES: Missed(17, 43, 0.14),
    Blur.PERSONS: Missed(0, 43, 0.74),
}
#: The same in half a line.
RATES = "Faces missed, as measured: " + ", ".join(
    f"{blur} {found.missed} of {found.of}" for blur, found in MEASURED.items()
)
#: What is told beside every export.
ADVICE = (
    "Look at what you hand on. “persons” is recommended; “faces” misses many, and only “all” hides "
    "everybody for certain."
)


def words_of(blur: Blur) -> str:
    """What is to be known of a choice, in one sentence."""
    if blur is Blur.ALL:
        return "the whole picture is hidden: nobody can be made out, nor what they do"
    if blur is Blur.NONE:
        return "nothing is hidden: everybody can be recognised"
    found = MEASURED[blur]
    what = {
        Blur.FACES: "faces that a detector finds are hidden",
        Blur.PERSONS: "persons that a detector finds, faces and all that moves are hidden",
    }[blur]
    low, high = wilson(found.missed, found.of)
    return (
        f"{what}: on real clips {found.missed} of {found.of} faces stayed visible "
        f"({found.missed / found.of:.0%}; 95 % interval {low:.0%} to {high:.0%}), and "
        f"{found.covered:.0%} of the picture was covered"
    )


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); all of [0, 1] of nothing."""
    if of == 0:
        return 0.0, 1.0
    p = count / of
    middle = (p + _Z * _Z / (2 * of)) / (1 + _Z * _Z / of)
    half = _Z / (1 + _Z * _Z / of) * math.sqrt(p * (1 - p) / of + _Z * _Z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
