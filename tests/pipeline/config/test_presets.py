"""Presets: rules that come with the program, and a site's own beside or in place of them."""

from __future__ import annotations

import pytest

from pipeline.config import SiteFileError, parse_site
from pipeline.config.packaged import preset_names
from pipeline.prompts import never_met
from pipeline.records import Severity

CAMERAS = 'cameras: {yard: {url: "rtsp://127.0.0.1/a", audio: score}}\n'


def test_the_promised_presets_are_there() -> None:
    assert preset_names() == ["care", "fire", "machine-hall", "security", "traffic"]


@pytest.mark.parametrize("preset", preset_names())
def test_a_preset_is_enough_for_a_site_and_every_word_of_it_was_trained(preset: str) -> None:
    site = parse_site(f"{CAMERAS}presets: [{preset}]\n", name="site.yaml")
    assert len(site.rules) >= 3
    assert never_met(site) == []


def test_a_rule_of_the_site_takes_the_place_of_its_namesake() -> None:
    text = (
        f"{CAMERAS}presets: [fire, security]\n"
        "rules: {fire: {see: [flames], severity: info}, gate: {see: [a car]}}\n"
    )
    site = parse_site(text, name="site.yaml")
    assert site.rules["fire"].see == ("flames",)
    assert site.rules["fire"].severity is Severity.INFO
    assert {"smoke", "glass", "gate"} <= set(site.rules)


def test_an_unknown_preset_is_named_with_its_line_and_with_those_there_are() -> None:
    with pytest.raises(SiteFileError, match=r"site.yaml:3: .*'sport'.*care, fire") as caught:
        parse_site(f"{CAMERAS}presets:\n  - sport\n", name="site.yaml")
    assert "security" in str(caught.value)


def test_presets_that_are_no_list_are_refused_like_any_value() -> None:
    with pytest.raises(SiteFileError, match=r"site.yaml:2: presets"):
        parse_site(f"{CAMERAS}presets: fire\n", name="site.yaml")
