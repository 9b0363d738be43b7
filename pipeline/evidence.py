"""The evidence card: why an alert was raised, in numbers and in plain sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.incidents import Transition
from pipeline.records import (
    NS_PER_S,
    FusedWindow,
    Modality,
    ModalityReading,
    PromptMargin,
    Unusual,
)

#: Points of a line over time; longer incidents are thinned out.
_MAX_POINTS = 120
#: A modality with this part of the evidence carried the alert.
_CARRIES = 0.2


def evidence_card(
    transition: Transition,
    *,
    false_alarms_per_day: float,
    margin: float,
    min_length_s: float,
    contradicts: bool = False,
    ear: str | None = None,
    neighbours: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return what stands under ``data.fusion`` of an alert; it can be written as JSON.

    The numbers are those of the incident's rarest window so far. ``score`` is -log10 of the
    p-value; ``similarity`` is a cosine, ``margin`` the lead over the best normal prompt in logits,
    of which ``taught`` comes from a lesson (left out where it is 0);
    ``series`` are pairs of seconds since the incident's start and -log10 of a p-value, of each
    modality and of both together. ``nearest`` is, for each modality, the normal prompt that came
    closest. ``unusual`` is what learned detectors say of a modality's peak: their standard scores,
    0 being usual here, a sentence, and the time of the normal moment that it was compared with.
    ``consistency`` is what each modality says and the other denies: a sentence, and for the
    foremost concepts how much more they disagree than is usual here, in spreads.

    Args:
        transition: the step of the incident that the alert reports.
        false_alarms_per_day: the rule's promise.
        margin: the rule's required lead, in logits.
        min_length_s: how long a rule's windows must hold, seconds.
        contradicts: whether the rule holds sight and sound against each other.
        ear: the neighbour whose microphone hears for this camera; None where it is its own.
        neighbours: what cameras of the same space noticed, see `pipeline.neighbours`.
    """
    peak = transition.peak
    windows = _thinned(transition.windows)
    carrying = _carrying(peak)
    return {
        "score": _rounded(peak.score),
        "p_value": peak.p_value,
        "per_day": peak.per_day,
        "promised_per_day": false_alarms_per_day,
        "extrapolated": peak.extrapolated,
        "window_s": (peak.end_ns - peak.start_ns) / NS_PER_S,
        "reason": transition.reason,
        "modalities": {
            str(m): {
                "p_value": r.p_value,
                "share": _rounded(r.share),
                "raw": _rounded(r.raw) if math.isfinite(r.raw) else None,
                "eligible": r.eligible,
                "extrapolated": r.extrapolated,
                "samples": r.samples,
                "prompts": [_prompt(p) for p in _winning(r)],
                "unusual": None if contradicts else _unusual(r.unusual),
                "series": [
                    [_since(transition, w), _rounded(-math.log10(w.readings[m].p_value))]
                    for w in windows
                    if m in w.readings
                ],
            }
            | ({"ear": ear} if ear and m is Modality.AUDIO else {})
            for m, r in peak.readings.items()
        },
        "series": [[_since(transition, w), _rounded(w.score)] for w in windows],
        "missing": [str(m) for m in peak.missing],
        "prompts": [p.prompt for m in carrying for p in _winning(peak.readings[m])[:1]],
        "nearest": {str(m): r.prompts[-1].prompt for m, r in peak.readings.items() if r.prompts},
        "consistency": {
            str(m): {"words": r.unusual.words, "concepts": dict(r.unusual.parts)}
            for m, r in peak.readings.items()
            if contradicts and r.unusual is not None
        },
        "neighbours": [dict(one) for one in neighbours],
        "would_not_fire_if": _counterfactuals(
            peak, carrying, false_alarms_per_day, margin, min_length_s
        ),
    }


def _counterfactuals(
    peak: FusedWindow,
    carrying: Sequence[Modality],
    promise: float,
    margin: float,
    min_length_s: float,
) -> list[str]:
    sentences = [
        f"the rule allowed fewer than {peak.per_day:.2g} false alarms a day "
        f"(it allows {promise:.2g})"
    ]
    led = []
    for modality in carrying:
        winning = _winning(peak.readings[modality])
        if winning:
            led.append(
                f"'{winning[0].prompt}' ({modality}) led the normal prompts by less than "
                f"{margin:.2g} (it led by {winning[0].margin:.2g})"
            )
    if led:
        sentences.append(" and ".join(led))
    if min_length_s > 0:
        sentences.append(f"it had lasted less than {min_length_s:.2g} s")
    return sentences


def _carrying(peak: FusedWindow) -> list[Modality]:
    """Return the eligible modalities with a part worth naming, the larger first."""
    eligible = [m for m, r in peak.readings.items() if r.eligible and r.share >= _CARRIES]
    return sorted(eligible, key=lambda m: -peak.readings[m].share)


def _winning(reading: ModalityReading) -> tuple[PromptMargin, ...]:
    # The last one is the best normal prompt, with a lead of 0 (see `detectors.prompts`).
    return tuple(p for p in reading.prompts[:-1] if p.margin > 0)


def _unusual(told: Unusual | None) -> dict[str, Any] | None:
    if told is None:
        return None
    return {
        "detectors": dict(told.parts),
        "words": told.words,
        "nearest_at": told.nearest.captured_at if told.nearest else None,
    }


def _prompt(margin: PromptMargin) -> dict[str, Any]:
    told: dict[str, Any] = {
        "prompt": margin.prompt,
        "similarity": _rounded(margin.similarity),
        "margin": _rounded(margin.margin),
    }
    return told | {"taught": _rounded(margin.taught)} if margin.taught else told


def _thinned(windows: Sequence[FusedWindow]) -> Sequence[FusedWindow]:
    every = math.ceil(len(windows) / _MAX_POINTS)
    return windows[::every] if every > 1 else windows


def _since(transition: Transition, window: FusedWindow) -> float:
    return round((window.end_ns - transition.start_ns) / NS_PER_S, 3)


def _rounded(value: float) -> float:
    return round(value, 4)
