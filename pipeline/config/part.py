"""What all parts of a site file have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FaultAt(ValueError):
    """A fault that shows where parts meet, with the place of the value that is wrong.

    Args:
        told: what is wrong, and what to do.
        at: keys and indices that lead to the value, from the part that finds the fault.
    """

    def __init__(self, told: str, *at: str | int) -> None:
        super().__init__(told)
        self.at = at


class Part(BaseModel):
    """A part of a site file: unknown keys are refused, and so is what is no finite number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
