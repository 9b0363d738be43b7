"""The part of a site file about cameras: where they are, what of them is looked at and heard."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from pipeline.config.addresses import SourceUrl
from pipeline.config.names import Name
from pipeline.config.part import Part
from pipeline.config.units import Fraction
from pipeline.records import WHOLE_VIEW

Point = tuple[Fraction, Fraction]


class AudioUse(StrEnum):
    """What may be done with a camera's sound; listening is opt-in."""

    OFF = "off"
    SCORE = "score"
    RECORD = "record"


def _audio(value: object) -> object:
    # YAML 1.1 reads a bare `off` as false.
    return "off" if value is False else value


class Decode(StrEnum):
    """What is decoded of a camera's picture."""

    #: Chosen by the pace, and by whether movement is measured.
    AUTO = "auto"
    KEYFRAMES = "keyframes"
    #: From each keyframe on as far as the last sample of its group.
    SAMPLES = "samples"
    ALL = "all"


class Region(Part):
    """A crop of the picture that is looked at on its own, as a view with the region's name."""

    left: Fraction
    top: Fraction
    width: Annotated[float, Field(gt=0, le=1)]
    height: Annotated[float, Field(gt=0, le=1)]

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.left + self.width > 1 + 1e-9 or self.top + self.height > 1 + 1e-9:
            raise ValueError("the region leaves the picture: left + width, top + height end at 1")
        return self


class Camera(Part):
    """One camera: where it is, what of it is looked at and listened to."""

    url: SourceUrl = Field(description="rtsp://, rtsps://, file:PATH or images:FOLDER")
    analysis_url: SourceUrl | None = Field(
        default=None,
        description="a second, smaller stream of the same camera: scored instead of url",
    )
    transport: Literal["tcp", "udp"] = "tcp"
    pace: Literal["live", "fast"] = Field(
        default="live", description="for files: at live pace, or as fast as they can be read"
    )
    loop: bool = Field(default=False, description="for files: begin again at the end")
    video: bool = Field(default=True, description="false: a camera of which only sound is used")
    audio: Annotated[AudioUse, BeforeValidator(_audio)] = AudioUse.OFF
    sample_fps: Annotated[float, Field(gt=0, le=30)] = 2.0
    decode: Decode = Field(
        default=Decode.AUTO,
        description="auto, or: keyframes alone; samples: up to the last sample of each group of "
        "pictures; all",
    )
    gate: bool = Field(
        default=True,
        description="of a still scene, which the sizes of its packets tell, one picture in fifteen "
        "seconds is decoded",
    )
    masks: tuple[tuple[Point, ...], ...] = Field(
        default=(), description="polygons, in fractions of width and height, blacked out at once"
    )
    regions: dict[Name, Region] = Field(default_factory=dict)
    space: Name | None = Field(
        default=None,
        description="cameras of one space hear for one another: one without sound is lent a "
        "neighbour's microphone",
    )
    groups: tuple[Name, ...] = Field(
        default=(), description="to arm them together, and to let people see them; any names"
    )
    rules: tuple[Name, ...] | None = Field(default=None, description="default: every rule")

    @field_validator("masks")
    @classmethod
    def _polygons(cls, masks: tuple[tuple[Point, ...], ...]) -> tuple[tuple[Point, ...], ...]:
        if any(len(mask) < 3 for mask in masks):
            raise ValueError("a mask is a polygon of at least three points")
        return masks

    @property
    def plays_fast(self) -> bool:
        """Whether it is read as fast as the line takes it, as only files can be."""
        address = self.url.get_secret_value()
        return self.pace == "fast" and address.startswith(("file:", "images:"))

    @model_validator(mode="after")
    def _something_used(self) -> Self:
        if not self.video and self.audio is AudioUse.OFF:
            raise ValueError("video: false and audio: off leave nothing of the camera to use")
        if WHOLE_VIEW in self.regions:
            raise ValueError(f"a region cannot be named {WHOLE_VIEW!r}: that is the whole picture")
        return self
