"""A camera's vital signs: a picture and a second of sound in a few numbers.

Workers take them about once a second (`pipeline.ingest.vitals`); what they say of the camera's
health is told by `detectors.camera_health`.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Side of the print, in pixels.
PRINT = 64
#: Levels, in dB of full scale, end here.
SILENCE_DB = -120.0


@dataclass(frozen=True, slots=True)
class PictureVitals:
    """One picture of the whole view in numbers; what masks hide is left out of all but ``changed``.

    The print holds the direction of edges and neither their strength nor their sign: it stays when
    light or exposure change, and moves when the camera does. This is the image that orientation
    correlation compares (Fitch, Kadyrov, Christmas and Kittler, "Orientation Correlation", BMVC
    2002), with the angle doubled: what is brighter than its surroundings by day may be darker by
    night.
    """

    #: Mean and standard deviation of grey, 0 to 255.
    luma: float
    contrast: float
    #: log2 of the energy of second differences over that of first ones, at the steepest places:
    #: how narrow edges are, however many there are and however strong.
    sharpness: float
    #: Mean difference between the largest and the smallest of a pixel's colours, 0 to 255: next to
    #: nothing where a camera sees by infrared.
    colour: float
    #: Share of all values that are not the same as in the picture measured before; 1 for the first.
    changed: float
    #: uint8 (PRINT, PRINT) row by row: 0 where there is no edge, else 1 plus its direction in
    #: steps of pi / 254.
    print: bytes


@dataclass(frozen=True, slots=True)
class SoundVitals:
    """One second of sound in numbers; an offset (DC) is no sound and is taken out."""

    #: Level in dB of full scale: of the whole, of its quietest and of its loudest tenth of a
    #: second.
    level_db: float
    quietest_db: float
    loudest_db: float
    #: Share of the samples at full scale.
    clipped: float
