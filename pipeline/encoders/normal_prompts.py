"""What a quiet camera sees and hears, in words: every rule's prompts are set against these."""

from __future__ import annotations

NORMAL_SEE: tuple[str, ...] = (
    "an empty yard",
    "an empty street",
    "an empty room",
    "nothing is happening",
    "a person standing",
    "a person walking",
    "people walking",
    "a person sitting",
    "a person bending down",
    "a group of people",
    "a parked car",
    "a car passing",
    "a dog",
    "a dark place at night",
    "rain",
    "a sunset",
    "car headlights",
    "a bright light",
)

NORMAL_HEAR: tuple[str, ...] = (
    "silence",
    "background noise",
    "wind",
    "rain",
    "birds singing",
    "people talking",
    "a crowd",
    "footsteps",
    "a dog barking",
    "a car passing",
    "a car horn",
    "a door slam",
    "dishes clinking",
    "keys jingling",
    "a phone ringing",
    "a humming machine",
    "music",
    "hammering",
)
