"""A rule with contradiction:, from the site file to its alert; and an ear that is lent."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from detectors import ContradictionDetector, DetectorStateError
from pipeline.config import Site
from pipeline.config.advice import promised_per_day, warnings_of, watches
from pipeline.config.explain import explain
from pipeline.encoders.normal_prompts import NORMAL_HEAR, NORMAL_SEE
from pipeline.encoders.shared_concepts import SHARED_CONCEPTS
from pipeline.encoders.words import unknown_words
from pipeline.judge import Judge
from pipeline.line import RuleLine, usable_modalities
from pipeline.messages import AnyMessage
from pipeline.prompts import never_met, prompts_of, shared_concepts
from pipeline.records import NS_PER_S, WHOLE_VIEW, Alert, AlertType, Embedding, Modality, Quiet
from pipeline.text_space import TextSpace
from sinks.alert_json import decode_alert
from sinks.outbox import Outbox
from tests.pipeline.config.sites import site

V, A = Modality.VIDEO, Modality.AUDIO
#: The door has no sound of its own: it hears with the desk. The lift hears for itself.
HALL = """
cameras:
  door: {url: images:a, space: hall}
  desk: {url: images:b, space: hall, audio: score, rules: [%s]}
  lift: {url: images:c, space: hall, audio: score}
rules:
  odd: {contradiction: {concepts: {glass: {see: a broken window, hear: glass breaking}}},
        false_alarms: 20 per hour, min_length: 0.5, exit_after: 2}
"""
GLASS, CALM, BUSY = np.eye(4, dtype=np.float32)[:3]


def hall(desk: str = "") -> Site:
    return site(HALL % desk)


def spaces(a_site: Site) -> dict[Modality, TextSpace]:
    """Both models' spaces: glass points one way, what is ordinary the two others."""
    rng = np.random.default_rng(1)
    made = {}
    for modality, texts in zip((V, A), prompts_of(a_site), strict=True):
        normal = NORMAL_SEE if modality is V else NORMAL_HEAR
        at = {t: (CALM if normal.index(t) % 2 else BUSY) if t in normal else GLASS for t in texts}
        bank = np.where(rng.random((500, 1)) < 0.5, CALM, BUSY) + 0.1 * rng.standard_normal(
            (500, 4)
        )
        made[modality] = TextSpace(f"{modality}@1", 10.0, at, bank.astype(np.float32))
    return made


class Overheard:
    """Stands in for the channel to the supervisor."""

    def send(self, message: AnyMessage, *, timeout_s: float = 0.0) -> bool:
        return True

    def post(self, _message: AnyMessage) -> None:
        """Nobody watches the scores."""

    def flush(self, *, timeout_s: float = 0.0) -> int:
        return 0


class Scene:
    """A judge, and cameras that each show and hear what a test says."""

    def __init__(self, folder: Path, a_site: Site) -> None:
        self.outbox = Outbox(folder / "outbox.sqlite3").open()
        self.judge = Judge(a_site, spaces(a_site), self.outbox, Overheard(), folder / "b.state")  # type: ignore[arg-type]
        self._half_seconds = 0
        self._rng = np.random.default_rng(7)

    def play(self, seconds: float, **given: np.ndarray) -> None:
        """``door_video=CALM``: what each sense of a camera gets, two pictures a second."""
        for _ in range(round(2 * seconds)):
            self._half_seconds += 1
            for name, about in given.items():
                camera, modality = name.split("_")
                if modality == "audio" and self._half_seconds % 2:
                    continue
                self._take(camera, Modality(modality), about)

    def _take(self, camera: str, modality: Modality, about: np.ndarray) -> None:
        end = self._half_seconds * NS_PER_S // 2
        length = 5 * NS_PER_S if modality is A else 0
        vector = about + 0.1 * self._rng.standard_normal(4)
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        self.judge.take(
            Embedding(
                camera,
                WHOLE_VIEW,
                modality,
                f"{modality}@1",
                end - length,
                length,
                1e9 + end / NS_PER_S,
                vector,
            )
        )

    def alerts(self) -> list[Alert]:
        return [decode_alert(entry.document) for entry in self.outbox.pending("any")]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path, hall())
    yield scene
    scene.judge.finish("over")
    scene.outbox.close()


def test_the_borrowed_ear_hears_glass_that_the_door_does_not_see(scene: Scene) -> None:
    scene.play(20, door_video=CALM, desk_audio=CALM)
    scene.play(6, door_video=CALM, desk_audio=GLASS)
    scene.play(8, door_video=CALM, desk_audio=CALM)
    alerts = scene.alerts()
    assert {a.camera for a in alerts} == {"door"}
    assert (alerts[0].type, alerts[-1].type) == (AlertType.NEW, AlertType.END)
    card = json.loads(json.dumps(alerts[0].data["fusion"]))
    assert card["modalities"]["audio"]["ear"] == "desk"
    assert "ear" not in card["modalities"].get("video", {})
    assert card["prompts"] == ["glass breaking"]
    told = card["consistency"]["audio"]
    assert told["words"].startswith("sound says 'glass breaking' (leads by ")
    assert told["concepts"]["glass"] > 2
    assert card["modalities"]["audio"]["unusual"] is None


def test_what_is_seen_at_the_door_and_heard_at_the_desk_is_no_contradiction(scene: Scene) -> None:
    scene.play(20, door_video=CALM, desk_audio=CALM)
    scene.play(6, door_video=GLASS, desk_audio=GLASS)
    scene.play(8, door_video=CALM, desk_audio=CALM)
    assert scene.alerts() == []


def test_a_neighbour_s_microphone_joins_the_incident(scene: Scene) -> None:
    calm = {"door_video": CALM, "desk_audio": CALM, "lift_video": CALM, "lift_audio": CALM}
    scene.play(20, **calm)
    scene.play(6, **calm | {"desk_audio": GLASS, "lift_audio": GLASS})
    scene.play(8, **calm)
    last = {a.camera: a for a in scene.alerts()}
    (told,) = last["door"].data["fusion"]["neighbours"]
    assert (told["camera"], told["modality"], told["prompts"]) == (
        "lift",
        "audio",
        ["glass breaking"],
    )
    assert told["at"] == pytest.approx(1e9 + 25, abs=4)
    # The door's hearing is the desk's: the lift is told of no second witness.
    assert last["lift"].data["fusion"]["neighbours"] == []


def test_what_the_gate_found_quiet_denies_what_is_seen() -> None:
    line = RuleLine(hall(), "lift", "odd", spaces(hall()))
    seen = []
    for second in range(1, 91):
        end = second * NS_PER_S
        # A minute in which the microphone is heard to hear; then its gate finds nothing.
        heard = Embedding(
            "lift",
            WHOLE_VIEW,
            A,
            "audio@1",
            end - NS_PER_S,
            NS_PER_S,
            0.0,
            BUSY if second % 3 else CALM,
        )
        quiet = Quiet("lift", WHOLE_VIEW, A, end - NS_PER_S, end, 0.0)
        line.take(heard if second < 60 else quiet)
        shown = GLASS if second >= 80 else CALM
        picture = Embedding("lift", WHOLE_VIEW, V, "video@1", end, 0, 0.0, shown)
        for window, _ in line.take(picture):
            seen.append((window.end_ns / NS_PER_S, window.readings[V].eligible))
    assert [eligible for at, eligible in seen if 60 < at < 80] == [False] * 39
    assert all(eligible for at, eligible in seen if at > 84)


def test_what_the_detector_learned_is_in_the_line_s_state() -> None:
    line = RuleLine(hall(), "lift", "odd", spaces(hall()))
    state = line.to_state()
    again = RuleLine(hall(), "lift", "odd", spaces(hall()))
    again.restore(state)
    assert str(again.to_state()) == str(state)
    with pytest.raises(DetectorStateError):
        again.restore({k: v for k, v in state.items() if k != "detector"})


def test_one_detector_judges_both_senses_of_a_camera() -> None:
    line = RuleLine(hall(), "lift", "odd", spaces(hall()))
    assert line.modalities == (V, A)
    assert isinstance(line._detectors[V], ContradictionDetector)
    assert line._detectors[V] is line._detectors[A]


def test_it_takes_two_senses_to_contradict() -> None:
    deaf = site(
        "cameras: {yard: {url: images:a}, gate: {url: images:b, audio: score, video: false}}\n"
        "rules: {odd: {contradiction: {}}}\n"
    )
    for camera in deaf.cameras:
        assert usable_modalities(deaf, camera, deaf.rules["odd"]) == ()
    assert [w.modalities for w in watches(deaf)] == [(), ()]
    assert promised_per_day(deaf) == 0
    assert "rule odd uses sound, but audio is off at yard." in warnings_of(deaf)


def test_a_lent_ear_is_explained_and_is_not_sound_for_nobody() -> None:
    lent = site(HALL % "" + "  fire: {see: [flames]}\n")
    console = Console(file=io.StringIO(), width=200, force_terminal=False)
    console.print(explain(lent))
    assert isinstance(console.file, io.StringIO)
    assert "hears with desk" in console.file.getvalue()
    listens = [w for w in warnings_of(lent) if "no rule there listens" in w]
    assert listens == []
    alone = site(HALL.replace("door: {url: images:a, space: hall}", "door: {url: images:a}") % "")
    unheard = "camera desk: audio is score, but no rule there listens"
    assert any(warning.startswith(unheard) for warning in warnings_of(alone))


def test_the_site_file_s_concepts_take_the_place_of_those_that_come_with_hearsight() -> None:
    assert list(shared_concepts(hall().rules["odd"])) == ["glass"]
    see, hear = prompts_of(hall())
    assert see == ["a broken window", *NORMAL_SEE]
    assert hear == ["glass breaking", *NORMAL_HEAR]
    plain = site("cameras: {yard: {url: images:a}}\nrules: {odd: {contradiction: {}}}\n")
    assert shared_concepts(plain.rules["odd"]) is SHARED_CONCEPTS


def test_the_embedded_pair_knows_every_word_of_the_concepts_that_come_with_hearsight() -> None:
    for kind, texts in (
        ("sight", [t for c in SHARED_CONCEPTS.values() for t in c.see]),
        ("sound", [t for c in SHARED_CONCEPTS.values() for t in c.hear]),
    ):
        assert unknown_words(kind, texts) == []
    strange = site(HALL.replace("a broken window", "a shattered pane") % "")
    assert any("rule odd: the embedded sight model never met" in w for w in never_met(strange))
