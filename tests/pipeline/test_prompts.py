"""Prompts of a site: each once, against what, and with which words the embedded pair is lost."""

from __future__ import annotations

from pipeline.config.loading import parse_site
from pipeline.prompts import never_met, prompts_of

SITE = """
site: home
cameras: {{yard: {{url: "rtsp://127.0.0.1/a", audio: score}}}}
models: {{sight: {sight}}}
rules:
  beast:
    see: [a quokka in the yard]
    hear: [a dog barking]
    normal: {{see: [an empty yard]}}
  fire:
    see: [a fire]
    normal: {{see: [an empty yard]}}
"""


def test_a_text_that_two_rules_share_is_embedded_once() -> None:
    see, hear = prompts_of(parse_site(SITE.format(sight="embedded"), name="site"))
    assert see == ["a quokka in the yard", "an empty yard", "a fire"]
    assert hear[0] == "a dog barking"


def test_a_word_the_embedded_pair_never_met_is_named_with_its_rule() -> None:
    (line,) = never_met(parse_site(SITE.format(sight="embedded"), name="site"))
    assert line.startswith("rule beast: the embedded sight model never met quokka:")


def test_a_hub_model_reads_any_word() -> None:
    assert never_met(parse_site(SITE.format(sight="ViT-B-32/laion2b_s34b_b79k"), name="s")) == []
