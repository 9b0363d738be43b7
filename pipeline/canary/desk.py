"""The judge's part: holds a canary against what it was at first, and makes an alert of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from pipeline.alert_desk import AlertDesk
from pipeline.canary.card import CAMERA, CARD, RULE, canary_id
from pipeline.channel import Channel
from pipeline.messages import CanaryCame
from pipeline.metrics import Recorder
from pipeline.records import Alert, AlertType, Embedding, Modality, Severity
from pipeline.statefile import StateDamaged, load_state, save_state

log = structlog.get_logger()

#: The same picture differs by the order of sums, and by the device's precision: a cosine of 0.999
#: and more. Another picture lies far below.
LEAST_COSINE = 0.98


class CanaryDesk:
    """Takes a canary's embeddings and nothing of any camera.

    Args:
        models: identity of the model by modality: a canary is whole with an embedding of each.
        path: the file in which what it looked like at first is kept.
        desk: takes its alert.
        channel: to the supervisor.
        recorder: this process's counts.
    """

    def __init__(
        self,
        models: Mapping[Modality, str],
        path: Path,
        desk: AlertDesk,
        channel: Channel,
        recorder: Recorder,
    ) -> None:
        self._models = models
        self._path = path
        self._desk = desk
        self._channel = channel
        self._recorder = recorder
        #: The parts of the newest canary, by modality.
        self._parts: dict[Modality, Embedding] = {}
        self._first: dict[str, Any] = {}

    def resume(self) -> None:
        """Take over what it looked like at first."""
        try:
            self._first = load_state(self._path)
        except StateDamaged as error:
            log.error("the next canary is the measure of those to come", error=str(error))

    def take(self, embedding: Embedding) -> None:
        """Judge one part; with the last one the canary is judged."""
        self._recorder.count("hearsight_received_total", stage="judge")
        if any(part.captured_at != embedding.captured_at for part in self._parts.values()):
            log.warning("a canary came in part", parts=[str(m) for m in self._parts])
            self._parts = {}
        self._parts[embedding.modality] = embedding
        if self._parts.keys() >= self._models.keys():
            parts, self._parts = self._parts, {}
            self._judge(parts, embedding.captured_at)

    def _judge(self, parts: Mapping[Modality, Embedding], sent_at: float) -> None:
        cosines = {modality: self._cosine(part) for modality, part in parts.items()}
        wrong = {m: cosine for m, cosine in cosines.items() if not cosine >= LEAST_COSINE}
        if wrong:
            told = ", ".join(f"{m} {cosine:.2f}" for m, cosine in wrong.items())
            error = (
                f"the encoder makes something else of the canary than at first (cosine {told}; "
                f"{LEAST_COSINE} and more is right): what it makes of cameras is wrong too. "
                "Restart the site and look at the device, its driver and its memory; if the first "
                f"one was the wrong one, delete {self._path}"
            )
            self._recorder.count("hearsight_errors_total", stage="judge", reason="canary_wrong")
            self._channel.send(CanaryCame(sent_at, error), timeout_s=1.0)
            return
        alert = Alert(
            id=canary_id(sent_at),
            revision=0,
            # One revision says it all: nothing is left open.
            type=AlertType.END,
            camera=CAMERA,
            rule=RULE,
            severity=Severity.INFO,
            start_time=sent_at,
            end_time=sent_at,
            captured_at=sent_at,
            data={
                "canary": True,
                "model_versions": {str(m): part.model for m, part in parts.items()},
                "cosines": {str(m): round(cosine, 4) for m, cosine in cosines.items()},
            },
        )
        self._desk.submit(alert)

    def _cosine(self, part: Embedding) -> float:
        """To the first one of this model; the first one is its own measure. NaN if it is none."""
        vector = np.asarray(part.vector, np.float32)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length == 0.0:
            return float("nan")
        key = f"{part.modality}/{part.model}/{CARD}"
        first: NDArray[np.float32] | None = self._first.get(key)
        if first is None:
            first = self._first[key] = vector
            self._save()
        if first.shape != vector.shape:
            return float("nan")
        return float(first @ vector) / (float(np.linalg.norm(first)) * length)

    def _save(self) -> None:
        try:
            save_state(self._path, self._first)
        except OSError as error:
            log.error(
                "what the canary looked like is not saved: make room on the disk",
                error=error.strerror,
            )
