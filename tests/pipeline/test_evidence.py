"""The whole way of one camera and rule, from embeddings to an evidence card."""

from __future__ import annotations

import json

import numpy as np
import pytest

from detectors import PromptDetector
from pipeline.calibration import PriorBank
from pipeline.evidence import evidence_card
from pipeline.fusion import FusionEngine, FusionSettings
from pipeline.incidents import IncidentSettings, IncidentTracker, Transition
from pipeline.records import AlertType, Embedding, Modality
from pipeline.windows import WindowAssembler, WindowSettings

S = 1_000_000_000
V, A = Modality.VIDEO, Modality.AUDIO
ALARMING, NORMAL = np.eye(8, dtype=np.float32)[:2]


def detector(modality: Modality, prompt: str, normal: str) -> PromptDetector:
    return PromptDetector(
        camera="yard",
        rule="fire",
        rule_version="v1",
        modality=modality,
        prompts=[prompt],
        prompt_vectors=ALARMING[np.newaxis],
        normal=[normal],
        normal_vectors=NORMAL[np.newaxis],
        logit_scale=10.0,
        margin=0.5,
    )


def run(seen: bool, heard: bool) -> list[Transition]:
    """Forty seconds of a yard in which something is seen or heard from 20 s to 28 s."""
    detectors = {V: detector(V, "flames", "a yard"), A: detector(A, "an alarm", "wind")}
    rng = np.random.default_rng(2)
    bank = NORMAL + 0.2 * rng.standard_normal((1500, 8))
    priors = {m: PriorBank(d.score_many(bank), window_s=3) for m, d in detectors.items()}
    cut = WindowSettings(3 * S, S // 2, 2 * S, (V, A))
    windows = WindowAssembler("yard", "fire", "v1", cut)
    fusion = FusionEngine(
        FusionSettings("yard", "fire", "v1:m", (V, A), 3 * S, S // 2, 5 * S), priors
    )
    incidents = IncidentTracker(IncidentSettings("home", "yard", "fire", 1 / 7, S, 5 * S, 60 * S))
    steps: list[Transition] = []
    for half_second in range(80):
        at = half_second / 2
        for modality, happens in ((V, seen), (A, heard)):
            about = ALARMING if happens and 20 <= at < 28 else NORMAL
            vector = (about + 0.1 * rng.standard_normal(8)).astype(np.float32)
            pts = int(at * S)
            embedding = Embedding("yard", "whole", modality, "m", pts, 0, 1e9 + at, vector)
            score = detectors[modality].score(embedding)
            assert score is not None
            for window in windows.add(score):
                fused = fusion.process(window, in_incident=incidents.open_id is not None)
                steps += incidents.process(fused)
    return steps


def card(step: Transition) -> dict:  # type: ignore[type-arg]
    return evidence_card(step, false_alarms_per_day=1 / 7, margin=0.5, min_length_s=1.0)


@pytest.mark.parametrize(
    ("seen", "heard", "prompts"),
    [
        (True, True, {"flames", "an alarm"}),
        (True, False, {"flames"}),
        (False, True, {"an alarm"}),
    ],
    ids=["seen and heard", "only seen", "only heard"],
)
def test_an_event_is_one_incident_and_its_card_says_why(
    seen: bool, heard: bool, prompts: set[str]
) -> None:
    steps = run(seen, heard)
    kinds = [s.type for s in steps]
    assert (kinds[0], kinds[-1]) == (AlertType.NEW, AlertType.END)
    assert set(kinds[1:-1]) <= {AlertType.UPDATE}
    assert 19 * S <= steps[0].start_ns <= 22 * S
    assert steps[0].windows[-1].end_ns <= 24 * S
    assert 27 * S <= (steps[-1].end_ns or 0) <= 31 * S
    said = json.loads(json.dumps(card(steps[-1]), allow_nan=False))
    assert set(said["prompts"]) == prompts
    assert said["per_day"] <= 1 / 7
    assert said["score"] > 4
    assert said["nearest"] == {"video": "a yard", "audio": "wind"}
    assert said["missing"] == []
    assert sum(m["share"] for m in said["modalities"].values()) == pytest.approx(1, abs=1e-3)
    times, values = zip(*said["series"], strict=True)
    assert list(times) == sorted(times)
    assert max(values) == pytest.approx(said["score"], abs=1e-3)


def test_a_quiet_yard_raises_nothing() -> None:
    assert run(seen=False, heard=False) == []


def test_the_card_says_in_sentences_what_would_have_kept_it_silent() -> None:
    said = card(run(seen=True, heard=False)[0])
    promise, lead, length = said["would_not_fire_if"]
    assert promise.startswith("the rule allowed fewer than")
    assert promise.endswith("(it allows 0.14)")
    assert lead.startswith("'flames' (video) led the normal prompts by less than 0.5 (it led by ")
    assert length == "it had lasted less than 1 s"
