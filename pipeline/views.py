"""What programs that ask are told of a running site, whole: `pipeline.doors` gives it out."""

from __future__ import annotations

import time
from typing import Any

from pipeline.overview import Overview, site_view
from pipeline.processes import Processes
from pipeline.readiness import Readiness
from pipeline.rule_desk import RuleDesk
from pipeline.sampling_desk import SamplingDesk


class Views:
    """Puts together what the parts of a supervisor know. Belongs to its event loop.

    Args:
        processes: which of them live.
        readiness: the cameras' states, and what troubles the site.
        overview: what shows over time.
        rules: the site as it is judged.
        sampling: how often cameras are sampled.
    """

    def __init__(
        self,
        processes: Processes,
        readiness: Readiness,
        overview: Overview,
        rules: RuleDesk,
        sampling: SamplingDesk,
    ) -> None:
        self._processes = processes
        self._readiness = readiness
        self._overview = overview
        self._rules = rules
        self._sampling = sampling

    def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Whether the site can do its work, and the details that ``/readiness`` shows."""
        return self._readiness.body(time.monotonic(), self._processes.checks())

    def site(self) -> dict[str, Any]:
        """What the site is, see `pipeline.overview`."""
        return site_view(self._rules.in_force.site, self._processes.models)

    def state(self) -> dict[str, Any]:
        """How the site is now, see `pipeline.overview`."""
        processes = self._processes
        told = self._overview.state(self.readiness()[1], processes.all, processes.models)
        return {
            **told,
            # Another number: the site's rules are others, see `site`; so is its file.
            "rules_revision": self._rules.revision_in_force,
            "file_revision": self._rules.file_revision,
            "sampling": self._sampling.view(),
        }
