"""The part of a site file about how much is looked at when the machine cannot look at it all."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipeline.config.part import Part


class Sampling(Part):
    """What happens when cameras outrun the machine: see `pipeline.budget`."""

    adaptive: bool = Field(
        default=True,
        description="sample less while the machine is overloaded; false: samples are dropped",
    )
    floor: Annotated[float, Field(ge=0.2, le=30)] = Field(
        default=0.2, description="pictures a second that every camera keeps, whatever the load"
    )
