"""From what each modality scored in a window to one calibrated verdict on it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.calibration import (
    Background,
    BackgroundSettings,
    Calibrated,
    CalibrationError,
    PriorBank,
)
from pipeline.calibration.reading import SECONDS_PER_DAY
from pipeline.records import NS_PER_S, FusedWindow, Modality, ModalityReading
from pipeline.windows import ModalityStatistic, ScoreWindow

#: A modality whose p-value is below this makes its window suspect to the backgrounds.
_SUSPECT_P = 1e-3
#: p-values above it are a sense's usual, and say nothing.
_USUAL = 0.1
#: Variance of the logarithm by which Bonferroni's bound misses the joint rate: where senses agree
#: that is lower by e squared with ease.
_BOUND_VARIANCE = 4.0
_STATE_VERSION = 1


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """What fusion needs to know of a camera's rule. Times in nanoseconds."""

    camera: str
    rule: str
    #: Identity of what the scores mean: the rule's version and the models behind its modalities.
    identity: str
    modalities: tuple[Modality, ...]
    window_ns: int
    hop_ns: int
    exit_after_ns: int


class FusionEngine:
    """Calibrates and fuses the windows of one camera and one rule, and learns from them.

    *Each modality* is read against its own background (`pipeline.calibration.Background`). One
    that is not eligible, whose prompts do not beat its normal prompts, counts with p = 1: a rare
    score that does not look like what was asked for is no evidence. A window is eligible if one of
    its modalities is; its evidence then rests on eligible modalities alone.

    *Before the joint background suffices* the fused reading is Bonferroni's: the smallest p-value
    times the number of modalities present, and the same for the rates. It holds however the
    modalities depend on one another, and an event that is only seen, or only heard, costs no more
    than a factor of two against a rule that asks for one sense.

    *Afterwards* one statistic of all, `tfisher`, is itself calibrated on windows in which the same
    modalities were present: whatever their dependence is at this camera, it is in there, and
    evidence that agrees becomes rarer than either part, while a sense that hears or sees its usual
    adds no noise to the other. Its history and Bonferroni's reading are
    pooled by how well each knows (`pipeline.calibration.pool`). It begins only when each modality
    has an hour of history: p-values of a prior that does not fit the camera would teach it a wrong
    normal. The background learns the sum over all modalities and is asked for the sum
    over the eligible ones, which is not larger: ineligible ones can only make a window commoner.

    A window with one modality present is read on that modality's calibration alone.
    """

    def __init__(
        self, settings: FusionSettings, priors: Mapping[Modality, PriorBank] | None = None
    ) -> None:
        self._settings = settings
        self._priors = dict(priors or {})
        self._calibration = BackgroundSettings(
            window_s=settings.window_ns / NS_PER_S,
            hop_s=settings.hop_ns / NS_PER_S,
            gap_s=(settings.window_ns + settings.exit_after_ns) / NS_PER_S,
        )
        self._single = {m: self._background(m, self._priors.get(m)) for m in settings.modalities}
        self._joint: dict[tuple[Modality, ...], Background] = {}

    def _background(self, name: str, prior: PriorBank | None = None) -> Background:
        # The seed only decides which windows a bounded sample keeps.
        s = self._settings
        seed = zlib.crc32(f"{s.camera}/{s.rule}/{name}".encode())
        return Background(self._calibration, prior, seed=seed)

    def renew(self, modality: Modality, prior: PriorBank | None) -> None:
        """Forget what was learned of a modality: from now on its scores mean something else."""
        self._priors.pop(modality, None)
        if prior is not None:
            self._priors[modality] = prior
        self._single[modality] = self._background(modality, prior)
        self._joint = {p: b for p, b in self._joint.items() if modality not in p}

    def process(self, window: ScoreWindow, *, in_incident: bool = False) -> FusedWindow:
        """Return the verdict on ``window``, then learn from it.

        Args:
            window: the windows of a camera and rule come in the order of their ends.
            in_incident: an incident of this rule is open: the window is learned with doubt.
        """
        settings = self._settings
        if (window.camera, window.rule) != (settings.camera, settings.rule):
            raise ValueError(f"fusion of rule {settings.rule} was given a window of {window.rule}")
        present = tuple(m for m in settings.modalities if m in window.statistics)
        if not present:
            raise ValueError(f"rule {settings.rule}: a window holds none of its modalities")
        stats = {m: window.statistics[m] for m in present}
        readings = {m: self._single[m].reading(stats[m].raw) for m in present}
        counted = {m: readings[m] if stats[m].eligible else _ordinary(readings[m]) for m in present}
        fused = self._fuse(present, counted)
        eligible = any(s.eligible for s in stats.values())
        if not eligible:
            fused = _no_evidence(fused, self._always)
        result = self._record(window, stats, readings, counted, fused, eligible)
        self._learn(window, stats, readings, in_incident)
        return result

    @property
    def _always(self) -> float:
        return 2 * SECONDS_PER_DAY * NS_PER_S / self._settings.window_ns

    def _fuse(
        self, present: tuple[Modality, ...], counted: Mapping[Modality, Calibrated]
    ) -> Calibrated:
        rarest = min(counted.values(), key=lambda c: c.per_day)
        k = len(present)
        if k == 1:
            return rarest
        safe = Calibrated(
            min(1.0, k * min(c.p_value for c in counted.values())),
            min(self._always, k * rarest.per_day),
            rarest.extrapolated,
            rarest.variance + _BOUND_VARIANCE,
        )
        joint = self._joint.get(present)
        return joint.reading(_together(counted), prior=safe) if joint else safe

    def _learn(
        self,
        window: ScoreWindow,
        stats: Mapping[Modality, ModalityStatistic],
        readings: Mapping[Modality, Calibrated],
        in_incident: bool,
    ) -> None:
        suspect = in_incident or any(r.p_value < _SUSPECT_P for r in readings.values())
        present = tuple(stats)
        settled = all(self._single[m].settled for m in present)
        for modality, statistic in stats.items():
            doubt = in_incident or readings[modality].p_value < _SUSPECT_P
            self._single[modality].observe(statistic.raw, window.end_ns, suspect=doubt)
        if len(present) > 1 and settled:
            if present not in self._joint:
                self._joint[present] = self._background("+".join(present))
            self._joint[present].observe(_together(readings), window.end_ns, suspect=suspect)

    def _record(
        self,
        window: ScoreWindow,
        stats: Mapping[Modality, ModalityStatistic],
        readings: Mapping[Modality, Calibrated],
        counted: Mapping[Modality, Calibrated],
        fused: Calibrated,
        eligible: bool,
    ) -> FusedWindow:
        shares = _shares(counted)
        return FusedWindow(
            camera=window.camera,
            rule=window.rule,
            rule_version=window.rule_version,
            start_ns=window.start_ns,
            end_ns=window.end_ns,
            captured_at=window.captured_at,
            p_value=fused.p_value,
            score=max(0.0, -math.log10(fused.p_value)),
            per_day=fused.per_day,
            extrapolated=fused.extrapolated,
            eligible=eligible,
            readings={
                m: ModalityReading(
                    raw=s.raw,
                    p_value=readings[m].p_value,
                    extrapolated=readings[m].extrapolated,
                    share=shares[m],
                    eligible=s.eligible,
                    samples=s.samples,
                    prompts=s.prompts,
                    peak_ns=s.peak_ns,
                    unusual=s.unusual,
                )
                for m, s in stats.items()
            },
            missing=window.missing,
        )

    def to_state(self) -> dict[str, Any]:
        """Return all that was learned, as plain values and numpy arrays."""
        return {
            "version": _STATE_VERSION,
            "identity": self._settings.identity,
            "single": {str(m): b.to_state() for m, b in self._single.items()},
            "joint": {"+".join(p): b.to_state() for p, b in self._joint.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `to_state` gave.

        Raises:
            CalibrationError: it was learned for other words or models, or cannot be read. Nothing
                was taken over; the engine goes on with what it has.
        """
        identity = self._settings.identity
        single: dict[Modality, Background] = {}
        joint: dict[tuple[Modality, ...], Background] = {}
        try:
            if state["version"] != _STATE_VERSION or state["identity"] != identity:
                raise CalibrationError(
                    f"the background of camera {self._settings.camera}, rule "
                    f"{self._settings.rule} was learned for {state['identity']}, not {identity}: "
                    "it is learned anew"
                )
            for modality in self._settings.modalities:
                single[modality] = self._background(modality, self._priors.get(modality))
                single[modality].restore(state["single"][str(modality)])
            for name, saved in state["joint"].items():
                background = self._background(name)
                background.restore(saved)
                joint[tuple(Modality(m) for m in name.split("+"))] = background
        except (KeyError, TypeError, AttributeError) as error:
            raise CalibrationError(
                f"a saved background cannot be read ({error!r}): remove it, and it is learned anew"
            ) from error
        self._single, self._joint = single, joint


def _ordinary(reading: Calibrated) -> Calibrated:
    return _no_evidence(reading, SECONDS_PER_DAY)


def _no_evidence(reading: Calibrated, per_day: float) -> Calibrated:
    # Not by `dataclasses.replace`: it takes four times as long, for each window of each rule.
    return Calibrated(1.0, max(reading.per_day, per_day), reading.extrapolated, reading.variance)


def tfisher(surprises: Iterable[float]) -> float:
    """One statistic of several senses: the sum of what each exceeds its most usual by.

    Fisher's statistic, soft-thresholded (Zhang, Tong, Landers & Wu 2020, "TFisher"): a sense counts
    from the rarest tenth of its windows on. In Fisher's own sum a sense to which nothing happens
    drowns the one that notices.

    Args:
        surprises: -ln p of each sense.
    """
    return sum(max(0.0, surprise + math.log(_USUAL)) for surprise in surprises)


def _together(readings: Mapping[Modality, Calibrated]) -> float:
    return tfisher(-math.log(r.p_value) for r in readings.values())


def _shares(counted: Mapping[Modality, Calibrated]) -> dict[Modality, float]:
    """Return each modality's part of the sum of -ln p; equal parts where there is no evidence."""
    surprises = {m: -math.log(c.p_value) for m, c in counted.items()}
    total = sum(surprises.values())
    if total <= 0:
        return {m: 1.0 / len(counted) for m in counted}
    return {m: surprise / total for m, surprise in surprises.items()}
