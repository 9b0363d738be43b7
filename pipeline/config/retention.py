"""The part of a site file about how long data of persons stay that no other part speaks of."""

from __future__ import annotations

from pydantic import Field, field_validator

from pipeline.config.part import Part
from pipeline.config.units import Duration

_DAY = 86400.0
#: Less would delete what is still being worked with.
_LEAST_S = 600.0


class Retention(Part):
    """Ages after which data go that ``media``, ``archive`` and ``console`` do not speak of."""

    remembered: Duration = Field(
        default=30 * _DAY,
        description="embeddings of incidents, for verdicts that come late, and of ordinary moments",
    )
    taught: Duration = Field(
        default=365 * _DAY, description="embeddings that a verdict or `teach` has labelled"
    )
    normal: Duration = Field(
        default=30 * _DAY,
        description="small pictures of normal and doubtful moments, and all that was learned at a "
        "camera or for a rule that is no more",
    )
    alerts: Duration = Field(
        default=30 * _DAY,
        description="delivered alerts in the outbox, and alerts in Redis though a reader lags",
    )
    orders: Duration = Field(
        default=365 * _DAY, description="who ordered and judged what: the learning's journal"
    )
    rehearsals: Duration = Field(default=_DAY, description="pictures of rehearsals")
    exports: Duration = Field(
        default=3600.0, description="what an export that was cut short has left behind"
    )

    @field_validator("*")
    @classmethod
    def _some_minutes(cls, age: float) -> float:
        if age < _LEAST_S:
            raise ValueError("an age is ten minutes at least")
        return age
