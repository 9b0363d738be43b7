"""What all parts of a site file have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of a site file: unknown keys are refused, and so is what is no finite number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
