"""What differs between a site that runs and its file as it is now."""

from __future__ import annotations

import pytest

from pipeline.config import Site, parse_site
from pipeline.config.difference import LIVE, Difference, difference

FILE = """
site: home
cameras:
  yard: {url: "rtsp://ann:secret@camera/yard", audio: score}
  gate: {url: "rtsp://camera/gate"}
rules:
  fire: {see: [a fire], false_alarms: 1 per week}
  theft: {see: [somebody steals]}
"""


def site(text: str = FILE) -> Site:
    return parse_site(text, name="site.yaml", environ={})


def changed(old: str, new: str) -> Difference:
    assert old in FILE
    return difference(site(), site(FILE.replace(old, new)))


def test_a_file_that_says_the_same_makes_no_difference() -> None:
    found = difference(site(), site("# a remark\n" + FILE))

    assert found == Difference()
    assert not found


def test_cameras_come_and_go() -> None:
    found = changed("gate: {url: ", "hall: {url: ")

    assert (found.added, found.removed, found.changed) == (("hall",), ("gate",), ())
    assert not found.judged


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('url: "rtsp://camera/gate"', 'url: "rtsp://camera/gate2"'),
        ('"rtsp://camera/gate"', '"rtsp://camera/gate", audio: "off", sample_fps: 1'),
        ('"rtsp://camera/gate"', '"rtsp://camera/gate", masks: [[[0, 0], [1, 0], [1, 1]]]'),
        ('"rtsp://camera/gate"', '"rtsp://camera/gate", transport: udp'),
    ],
)
def test_what_concerns_its_connection_connects_a_camera_anew(old: str, new: str) -> None:
    found = changed(old, new)

    assert found.changed == ("gate",)
    assert not found.judged


def test_a_password_is_compared_by_its_value() -> None:
    assert changed("ann:secret", "ann:other").changed == ("yard",)
    assert changed("ann:secret", "ann:secret") == Difference()


@pytest.mark.parametrize(
    "more", ["groups: [outside]", "rules: [fire]", "space: court", "groups: [a], space: b"]
)
def test_what_only_the_judge_asks_for_leaves_the_connection(more: str) -> None:
    found = changed('"rtsp://camera/gate"', f'"rtsp://camera/gate", {more}')

    assert found.judged
    assert (found.changed, found.fixed) == ((), ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1 per week", "1 per day"),
        ("[somebody steals]", "[somebody steals a bicycle]"),
        ("  theft: {see: [somebody steals]}\n", ""),
        ("rules:\n", "presets: [fire]\nrules:\n"),
        ("rules:\n", "sampling: {floor: 0.5}\nrules:\n"),
        ("rules:\n", "arming: {default: away}\nrules:\n"),
    ],
)
def test_rules_arming_and_sampling_follow_the_file(old: str, new: str) -> None:
    found = changed(old, new)

    assert found.judged
    assert found.fixed == ()


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("models: {sight: ViT-B-32/laion2b_s34b_b79k}", "models"),
        ("redis: {url: 'redis://127.0.0.1/1'}", "redis"),
        ("health: {port: 9999}", "health"),
        ("data_dir: /srv/elsewhere", "data_dir"),
        ("console: {port: 8443}", "console"),
        ("cameras_per_worker: 4", "cameras_per_worker"),
    ],
)
def test_what_processes_hold_from_their_start_is_named(line: str, named: str) -> None:
    found = changed("site: home\n", f"site: home\n{line}\n")

    assert found.fixed == (named,)


def test_every_setting_is_one_or_the_other() -> None:
    """A new one needs a restart until somebody says that it does not."""
    assert set(Site.model_fields) >= LIVE
