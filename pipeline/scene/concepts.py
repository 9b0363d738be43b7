"""The vocabulary of the generated world: keys that label its pictures and its sounds."""

from __future__ import annotations

#: What a picture may show. Places come first, then what happens in them.
SIGHT_CONCEPTS: tuple[str, ...] = (
    "yard",
    "street",
    "car_park",
    "room",
    "corridor",
    "hall",
    "empty_scene",
    "person_standing",
    "person_walking",
    "person_running",
    "person_bending",
    "person_sitting",
    "person_lying",
    "person_falling",
    "people_group",
    "people_fighting",
    "fire",
    "smoke",
    "car",
    "dog",
    "night",
    "rain",
    "sunset",
    "headlights",
    "bright_light_change",
    "covered_lens",
)

#: Sight that an operator sees on a quiet day.
NORMAL_SIGHT: frozenset[str] = frozenset(SIGHT_CONCEPTS) - {
    "person_running",
    "person_lying",
    "person_falling",
    "people_fighting",
    "fire",
    "smoke",
    "covered_lens",
}

#: What a stretch of sound may hold.
SOUND_CONCEPTS: tuple[str, ...] = (
    "fire_alarm",
    "siren",
    "glass_breaking",
    "scream",
    "gunshot",
    "speech",
    "crowd",
    "footsteps",
    "dog_bark",
    "bird_song",
    "wind",
    "rain",
    "car_engine",
    "car_horn",
    "door_slam",
    "dishes",
    "keys_jingling",
    "phone_ring",
    "hum",
    "silence",
    "music",
    "hammering",
)

#: Sound that an operator hears on a quiet day.
NORMAL_SOUND: frozenset[str] = frozenset(SOUND_CONCEPTS) - {
    "fire_alarm",
    "siren",
    "glass_breaking",
    "scream",
    "gunshot",
}
