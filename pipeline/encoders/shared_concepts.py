"""What can be both seen and heard, in words: where sight and sound may contradict each other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SharedConcept:
    """Something that happens, as it looks and as it sounds; of several prompts any suffices."""

    see: tuple[str, ...]
    hear: tuple[str, ...]


#: In the words of the embedded pair. What belongs together is one concept: smoke without a bang is
#: no contradiction where an alarm rings. What is ordinary is not among them, such as a dog that
#: barks or a car that passes: at any camera it is heard without being seen, and seen without being
#: heard, and it hides what matters.
SHARED_CONCEPTS: dict[str, SharedConcept] = {
    "violence": SharedConcept(
        ("people fighting", "people in panic", "people running away"),
        ("people shouting and screaming", "a person screaming", "a gunshot"),
    ),
    "fire": SharedConcept(
        ("a fire with flames and smoke", "thick smoke"),
        ("a fire alarm is ringing", "fire crackling", "an explosion"),
    ),
    "breaking-glass": SharedConcept(("a broken window",), ("glass breaking",)),
    "car-crash": SharedConcept(("a broken car",), ("a car crash",)),
    "emergency-vehicle": SharedConcept(("a police car",), ("a siren",)),
}
