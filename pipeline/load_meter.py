"""How busy a process is: what the sampling budget (`pipeline.budget`) is steered by."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.metrics import Recorder

_NOTHING: Mapping[str, float] = {}


class LoadMeter:
    """Adds up the time that each stage worked, and tells it as a share of the time that passed.

    Args:
        stages: their names, as in ``hearsight_load``.
        now: the clock that `tell` goes by, in seconds.
    """

    def __init__(self, stages: tuple[str, ...], now: float) -> None:
        self._worked = dict.fromkeys(stages, 0.0)
        self._since = now
        self._told: dict[tuple[str, str], float] = {}

    def worked(self, stage: str, seconds: float) -> None:
        """A stage was at work for so long."""
        self._worked[stage] += seconds

    def tell(
        self, recorder: Recorder, now: float, waiting_s: Mapping[str, float] = _NOTHING
    ) -> None:
        """Set the gauges of each stage that have changed, and begin anew.

        Args:
            recorder: of the process.
            now: seconds.
            waiting_s: by stage, for how long the oldest sample has waited for it.
        """
        passed = now - self._since
        for stage, worked in self._worked.items():
            share = worked / passed if passed > 0 else 0.0
            self._set(recorder, "hearsight_load", stage, min(1.0, share))
            waiting = waiting_s.get(stage, 0.0)
            self._set(recorder, "hearsight_waiting_seconds", stage, waiting)
        self._worked = dict.fromkeys(self._worked, 0.0)
        self._since = now

    def _set(self, recorder: Recorder, name: str, stage: str, value: float) -> None:
        if self._told.get((name, stage), 0.0) != value:
            self._told[name, stage] = value
            recorder.set(name, value, stage=stage)
