"""What workers are told of their cameras: above all, which of them anybody listens to."""

from __future__ import annotations

from pipeline.first_messages import FirstMessages
from pipeline.messages import ModelInfo, ModelsReady
from pipeline.stores import Stores
from tests.pipeline.config.sites import site
from tests.pipeline.encoders.fakes import FRONT

HEARING = ModelInfo("clap@1", 4, 10.0, (0, 0), 1.0, "", "", [], front=FRONT)
MODELS = ModelsReady(None, HEARING, "cpu")
SITE = """
cameras:
  door: {url: images:a, space: hall, rules: [scream]}
  desk: {url: images:b, space: hall, audio: score, rules: [fire]}
  yard: {url: images:c, audio: record, rules: [fire]}
  roof: {url: images:d, audio: score, rules: [usual]}
  gate: {url: images:e, rules: [scream]}
rules:
  fire: {see: [a fire]}
  scream: {hear: [a scream]}
  usual: {learn: {from: [audio]}}
"""


def told_to_listen(messages: FirstMessages, *cameras: str) -> list[str]:
    plans = messages.worker(cameras, MODELS).cameras
    assert {plan.sound_front for plan in plans} <= {FRONT, None}
    return [plan.camera for plan in plans if plan.sound_front is not None]


def test_sound_is_listened_to_where_a_rule_or_a_normal_of_the_camera_or_a_neighbour_needs_it() -> (
    None
):
    here = site(SITE)
    with Stores(here.cameras) as stores:
        heard = told_to_listen(FirstMessages(here, stores), *here.cameras)
    # The desk hears for the door; nobody asks what the yard sounds like, though clips keep it.
    assert heard == ["desk", "roof"]


def test_a_rule_that_comes_to_listen_is_told_to_the_workers_that_do_not() -> None:
    here = site(SITE)
    with Stores(here.cameras) as stores:
        messages = FirstMessages(here, stores)
        messages.worker(["yard", "roof"], MODELS)
        messages.worker(["gate"], MODELS)
        assert messages.to_be_heard() == []
        louder = SITE.replace("fire: {see: [a fire]}", "fire: {see: [a fire], hear: [crackling]}")
        messages.judged = site(louder)
        assert messages.to_be_heard() == ["yard"]
        assert told_to_listen(messages, "yard", "roof") == ["yard", "roof"]
        assert messages.to_be_heard() == []
        # A rule that is switched off may be switched on again: nobody reconnects for that.
        messages.judged = here
        assert messages.to_be_heard() == []
        messages.judged = site(SITE.replace("rules: [usual]", "rules: [fire]"))
        assert told_to_listen(messages, "roof") == ["roof"]
