"""The parts of a site file about what is kept: evidence of incidents, and days past."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from pipeline.config.part import Part
from pipeline.config.units import Duration


class Media(Part):
    """Evidence: what is kept of an incident, and for how long."""

    pre_roll: Duration = 5.0
    post_roll: Duration = 5.0
    max_clip: Duration = 60.0
    ring: Duration = Field(default=30.0, description="encoded seconds held per camera")
    retention: Duration = Field(default=30 * 86400.0, description="clips and thumbnails are kept")
    reserve_mb: Annotated[int, Field(ge=0)] = Field(
        default=200, description="disk space left to alerts: clips stop before it is touched"
    )


class Archive(Part):
    """What is remembered of days past, to rehearse a rule over: embeddings, no film."""

    enabled: bool = Field(default=True, description="keep embeddings: 50 to 90 MB a camera and day")
    retention: Duration = Field(default=14 * 86400.0, description="embeddings are kept")
    thumbnails: bool = Field(
        default=True, description="and a picture of 120 lines when the view changes, or a minute"
    )

    @field_validator("retention")
    @classmethod
    def _some_hours(cls, retention: float) -> float:
        if retention < 3600:
            raise ValueError(
                "an archive reaches back an hour at least: set enabled: false for none"
            )
        return retention
