"""A site file becomes a site."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.config import AudioUse, SiteFileError, load_site, secrets_of
from pipeline.config.addresses import secrets_in
from pipeline.records import Modality
from pipeline.sources.address import masked
from tests.pipeline.config.sites import SMALL, refusal, site


def test_four_lines_are_a_site_with_defaults() -> None:
    small = site()

    assert list(small.cameras) == ["yard"]
    assert small.cameras["yard"].audio is AudioUse.OFF
    assert small.rules_of("yard") == small.rules
    assert small.rules["fire"].false_alarms == pytest.approx(1 / 7)
    assert small.state_dir.name == "site"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("off", AudioUse.OFF), ('"off"', AudioUse.OFF), ("score", AudioUse.SCORE)],
)
def test_a_bare_off_means_off_though_yaml_reads_it_as_false(written: str, meant: AudioUse) -> None:
    text = SMALL.replace("{url:", f"{{audio: {written}, url:")

    assert site(text).cameras["yard"].audio is meant


@pytest.mark.parametrize("written", ["on", "off", '"on"', "auto"])
def test_compile_is_written_as_it_is_documented(written: str) -> None:
    assert site(SMALL + f"models: {{compile: {written}}}\n").models.compile == written.strip('"')


def test_a_camera_may_choose_among_the_rules() -> None:
    chosen = site(
        SMALL.replace("{url:", "{rules: [glass], url:") + "  glass: {hear: [breaking glass]}\n"
    )

    assert list(chosen.rules_of("yard")) == ["glass"]
    assert chosen.rules["glass"].modalities == (Modality.AUDIO,)
    assert chosen.rules["fire"].modalities == (Modality.VIDEO,)


def test_the_version_of_a_rule_changes_with_what_it_asks_and_not_with_its_patience() -> None:
    version = site().rules["fire"].version

    assert site(SMALL.replace("[flames]", "[smoke]")).rules["fire"].version != version
    assert site(SMALL.replace("]}", "], cooldown: 5 min}")).rules["fire"].version == version


@pytest.mark.promise("security 12")
def test_secrets_come_from_the_environment_and_are_known_by_value() -> None:
    text = SMALL.replace("hush", "${PASSWORD}").replace("/stream", "/stream?token=${TOKEN}")

    secret = site(text, PASSWORD="p%40ss", TOKEN="t0ken")

    assert secret.cameras["yard"].url.get_secret_value().startswith("rtsp://viewer:p%40ss@")
    basic = "dmlld2VyOnBAc3M="  # viewer:p@ss, as a header of HTTP or RTSP carries it
    assert set(secrets_of(secret)) == {"p%40ss", "p@ss", basic, "token=t0ken", "t0ken"}
    assert "p%40ss" not in repr(secret)
    assert "p%40ss" not in secret.model_dump_json()
    assert "p%40ss" in secret.model_dump_json(context={"reveal": True})


@pytest.mark.promise("security 12")
@pytest.mark.parametrize(
    ("path", "hidden", "shown"),
    [
        ("/user=eve_password=tl_J6_channel=1.sdp", "tl_J6", "/user=eve_password=***_channel=1.sdp"),
        ("/cam/pwd=hush&ch=2", "hush", "/cam/pwd=***&ch=2"),
        ("/token:hush/stream", "hush", "/token:***/stream"),
        ("/stream1", "", "/stream1"),
        ("/passage/view", "", "/passage/view"),
    ],
)
def test_a_password_in_the_path_is_one_too(path: str, hidden: str, shown: str) -> None:
    url = f"rtsp://192.0.2.7{path}"
    assert set(secrets_in(url)) == ({hidden} if hidden else set())
    assert masked(url) == f"rtsp://192.0.2.7{shown}"


@pytest.mark.promise("security 12")
def test_of_a_query_what_is_long_is_a_secret_and_a_number_is_none() -> None:
    url = "rtsp://192.0.2.7/live?stream=1&token=hush-hush"
    assert set(secrets_in(url)) == {"stream=1&token=hush-hush", "hush-hush"}


def test_a_site_cannot_be_changed_once_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        site().site = "other"


def test_what_the_supervisor_passes_on_is_the_same_site() -> None:
    before = site(SMALL + "window: {length: 4 s}\nsinks: [{type: jsonl, path: a.jsonl}]\n")

    after = type(before).model_validate_json(before.model_dump_json(context={"reveal": True}))

    assert after == before


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"site: caf\xe9\n")
    (tmp_path / "huge.yaml").write_bytes(b"#" * 1_000_001)

    for name, problem in [
        ("absent.yaml", "No such file"),
        (".", "Is a directory"),
        ("latin.yaml", "not UTF-8"),
        ("huge.yaml", "larger than"),
    ]:
        with pytest.raises(SiteFileError, match=problem) as raised:
            load_site(tmp_path / name)
        assert str(tmp_path) in str(raised.value)


def test_every_fault_is_told_at_once_each_with_its_line() -> None:
    said = refusal(SMALL + "windw: {}\nhealth: {port: 70000}\ntimezone: Mars/Olympus\n")

    assert [line.split(": ")[0] for line in said.splitlines()] == [
        "site.yaml:7",
        "site.yaml:6",
        "site.yaml:5",
    ]
