"""The part of a site file about rules: what an operator wants to know of."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from pipeline.config.arming import Armed, is_armed
from pipeline.config.names import Name
from pipeline.config.part import Part
from pipeline.config.units import Duration, Rate
from pipeline.records import WHOLE_VIEW, Modality, Severity

Prompt = Annotated[str, Field(min_length=2, max_length=300)]


class NormalPrompts(Part):
    """What is ordinary, in words. Replaces the defaults for the modality it names."""

    see: tuple[Prompt, ...] = ()
    hear: tuple[Prompt, ...] = ()


class Learn(Part):
    """The camera's own normal: what differs from it is told, though nobody named it."""

    model_config = ConfigDict(serialize_by_alias=True)

    senses: tuple[Modality, ...] = Field(
        default=(Modality.VIDEO, Modality.AUDIO), alias="from", min_length=1
    )
    after: Duration = Field(default=86400.0, description="how long is watched before it judges")
    by: Literal["hour_of_day", "all_day"] = Field(
        default="hour_of_day", description="hours differ once each was seen often enough"
    )

    @field_validator("senses")
    @classmethod
    def _once(cls, senses: tuple[Modality, ...]) -> tuple[Modality, ...]:
        if len(set(senses)) != len(senses):
            raise ValueError("a sense is named twice")
        return tuple(m for m in Modality if m in senses)

    @field_validator("after")
    @classmethod
    def _enough(cls, after: float) -> float:
        if not 10 <= after <= 60 * 86400:
            raise ValueError("a normal is learned from 10 s to 60 days")
        return after


class Concept(Part):
    """Something that can be both seen and heard."""

    see: Prompt
    hear: Prompt


class Contradiction(Part):
    """What one sense says and the other denies."""

    concepts: dict[Name, Concept] = Field(
        default_factory=dict, description="default: those that come with Hearsight"
    )


class Rule(Part):
    """What an operator wants to know of: in plain words, or what is not normal at a camera."""

    see: tuple[Prompt, ...] = ()
    hear: tuple[Prompt, ...] = ()
    normal: NormalPrompts = NormalPrompts()
    learn: Learn | None = Field(
        default=None, description="in place of prompts: tell what is not normal at this camera"
    )
    contradiction: Contradiction | None = Field(
        default=None,
        description="in place of prompts: tell what is heard and not seen, or seen and not heard",
    )
    view: Name = WHOLE_VIEW
    severity: Severity = Severity.WARNING
    false_alarms: Rate = Field(
        default=1 / 7, description="incidents a camera, such as '1 per week'"
    )
    margin: Annotated[float, Field(ge=0, le=20)] = Field(
        default=0.5, description="lead over the best normal prompt that is required, in logits"
    )
    min_length: Duration = Field(default=1.0, description="an incident must last so long to alert")
    exit_after: Duration = Field(default=5.0, description="ordinary for so long: the incident ends")
    cooldown: Duration = Field(default=60.0, description="no new incident for so long after one")
    armed: Armed = Field(
        default=("all",), description="modes in which it alerts; or all, or always (disarmed too)"
    )

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        kinds = [bool(self.see or self.hear), self.learn is not None]
        kinds.append(self.contradiction is not None)
        if not any(kinds):
            raise ValueError(
                "the rule asks for nothing: give it see: or hear: prompts, learn: or contradiction:"
            )
        if sum(kinds) > 1:
            raise ValueError("a rule has prompts, or learn:, or contradiction: make a rule of each")
        if not kinds[0] and (self.normal.see or self.normal.hear):
            raise ValueError("normal: prompts belong to a rule with see: or hear:")
        return self

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The senses that the rule needs, in the order video, audio."""
        if self.learn is not None:
            return self.learn.senses
        if self.contradiction is not None:
            return (Modality.VIDEO, Modality.AUDIO)
        wanted = ((Modality.VIDEO, self.see), (Modality.AUDIO, self.hear))
        return tuple(modality for modality, prompts in wanted if prompts)

    def view_of(self, modality: Modality) -> str:
        """The view whose embeddings are judged: a microphone hears all of a camera's views."""
        return self.view if modality is Modality.VIDEO else WHOLE_VIEW

    def armed_in(self, mode: str) -> bool:
        """Whether the rule alerts while ``mode`` is in force."""
        return is_armed(self.armed, mode)

    @property
    def version(self) -> str:
        """Twelve hex digits that change when the meaning of the rule's scores does."""
        meaning: list[object] = [self.see, self.hear, self.normal.see, self.normal.hear, self.view]
        if self.learn is not None:
            # How long it learns changes nothing of what it knows by then.
            meaning.append(["learn", self.learn.senses, self.learn.by])
        if self.contradiction is not None:
            meaning.append(["contradiction", self.contradiction.model_dump(mode="json")])
        return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()[:12]
