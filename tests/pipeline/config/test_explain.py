"""What `hearsight check` tells about a site."""

from __future__ import annotations

import io

import pytest
from pydantic import SecretStr
from rich.console import Console

from pipeline.config import Site
from pipeline.config.advice import promised_per_day, warnings_of, watches
from pipeline.config.explain import explain, masked_address
from pipeline.config.schema import schema
from pipeline.records import Modality
from tests.pipeline.config.sites import SMALL, site


def shown(a_site: Site) -> str:
    """The page as a terminal without colours shows it, one space for each gap."""
    console = Console(file=io.StringIO(), width=300, force_terminal=False)
    console.print(explain(a_site))
    assert isinstance(console.file, io.StringIO)
    return " ".join(console.file.getvalue().split())


def test_the_page_names_cameras_rules_promise_and_outlets() -> None:
    page = shown(
        site(
            SMALL.replace("{url:", "{audio: record, url:")
            + "  glass: {hear: [breaking glass], severity: info, normal: {hear: [dishes]}}\n"
            + "redis: {url: 'rediss://me:hush@redis.example.org'}\n"
            + "sinks: [{type: redis}, {type: jsonl, path: /srv/alerts.jsonl}]\n"
        )
    )

    assert "rtsp://***@192.0.2.1/stream" in page
    assert "scored, kept in clips" in page
    assert "against: the defaults" in page
    assert "against: dishes" in page
    assert "at most about 2 per week: 2 pairs" in page
    assert "rediss://***@redis.example.org" in page
    assert "/srv/alerts.jsonl" in page
    assert "embeddings, with small pictures, kept 14 days" in page
    assert "hush" not in page


def test_a_site_without_an_archive_says_what_it_does_without() -> None:
    assert "none: rules cannot be rehearsed" in shown(site(SMALL + "archive: {enabled: false}\n"))
    bare = shown(site(SMALL + "archive: {thumbnails: false, retention: 2 days}\n"))
    assert "archive embeddings, kept 2 days" in bare


def test_what_an_operator_wrote_is_text_and_not_markup() -> None:
    assert "[bold]flames[/bold]" in shown(site(SMALL.replace("flames", "'[bold]flames[/bold]'")))


@pytest.mark.parametrize(
    ("address", "as_shown"),
    [
        ("rtsp://192.0.2.1/a", "rtsp://192.0.2.1/a"),
        ("rtsp://user.name:p%40ss@192.0.2.1:8554/a", "rtsp://***@192.0.2.1:8554/a"),
        ("rtsp://user:p@ss@192.0.2.1/a", "rtsp://***@192.0.2.1/a"),
        ("rtsp://:pass@192.0.2.1/a", "rtsp://***@192.0.2.1/a"),
        ("rtsp://192.0.2.1/a?token=t0ken", "rtsp://192.0.2.1/a?***"),
        (
            "rtsp://192.0.2.1/user=a_password=b_channel=1",
            "rtsp://192.0.2.1/user=a_password=***_channel=1",
        ),
        ("file:/srv/a.mp4", "file:/srv/a.mp4"),
        ("unix://user:pass@/run/redis.sock", "unix://***@/run/redis.sock"),
    ],
)
def test_addresses_are_shown_without_what_is_secret(address: str, as_shown: str) -> None:
    assert masked_address(SecretStr(address)) == as_shown


def test_forty_cameras_with_five_weekly_rules_are_promised_twenty_nine_a_day() -> None:
    cameras = "".join(f"  c{i}: {{url: images:f{i}}}\n" for i in range(40))
    rules = "".join(f"  r{i}: {{see: [thing {i}], false_alarms: 1 per week}}\n" for i in range(5))
    large = site(f"cameras:\n{cameras}rules:\n{rules}")

    assert promised_per_day(large) == pytest.approx(200 / 7)
    assert "about 28.6 per day: 200 pairs" in shown(large)


def test_a_promise_of_thousands_is_written_out_and_one_pair_is_one() -> None:
    busy = site(SMALL.replace("]}", "], false_alarms: 2000 per day}"))

    assert "at most about 2,000 per day: 1 pair of" in shown(busy)


def test_a_rule_that_gets_nothing_of_a_camera_promises_nothing_there() -> None:
    deaf = site(SMALL.replace("see: [flames]", "hear: [an alarm]"))

    assert [(w.modalities, w.lacking) for w in watches(deaf)] == [((), (Modality.AUDIO,))]
    assert promised_per_day(deaf) == 0


def test_a_sound_site_has_no_warning() -> None:
    assert warnings_of(site()) == []
    assert "look at" not in shown(site())


CAMERA = "cameras:\n  yard: {%s}\n"
RULES = "rules:\n  fire: {see: [flames], hear: [an alarm]}\n"
URL = "url: 'rtsp://u:p@192.0.2.1/a'"


@pytest.mark.promise("security 13")
@pytest.mark.parametrize(
    ("text", "warning"),
    [
        pytest.param(
            CAMERA % URL + RULES,
            "rule fire has hear:, but audio is off at yard.",
            id="a rule that listens where sound is off",
        ),
        pytest.param(
            CAMERA % (URL + ", video: false, audio: score") + RULES,
            "rule fire has see:, but video is false at yard.",
            id="a rule that looks where the picture is off",
        ),
        pytest.param(
            CAMERA % (URL + ", audio: score, rules: [fire]") + RULES + "  flood: {see: [water]}\n",
            "rule flood: no camera uses it.",
            id="a rule nobody uses",
        ),
        pytest.param(
            CAMERA % (URL + ", rules: []") + "rules:\n  fire: {see: [flames]}\n",
            "camera yard: no rule can raise an alert there.",
            id="a camera without a rule",
        ),
        pytest.param(
            CAMERA % (URL + ", regions: {door: {left: 0, top: 0, width: 1, height: 0.5}}")
            + "rules:\n  fire: {see: [flames]}\n",
            "camera yard: no rule looks at its region door.",
            id="a region nobody looks at",
        ),
        pytest.param(
            (CAMERA % (URL + ", regions: {door: {left: 0, top: 0, width: 1, height: 0.5}}"))
            + "  gate: {url: images:a}\nrules:\n  fire: {see: [flames], view: door}\n",
            "rule fire looks at door: no such region at gate.",
            id="a region that only one camera has",
        ),
        pytest.param(
            CAMERA % (URL + ", audio: score") + "rules:\n  fire: {see: [flames]}\n",
            "camera yard: audio is score, but no rule there listens: its sound is not decoded, "
            "and nothing of it is remembered.",
            id="sound scored for nobody",
        ),
        pytest.param(
            SMALL.replace("viewer:hush@", ""),
            "camera yard: url holds no password",
            id="a camera open to all",
        ),
        pytest.param(
            SMALL.replace("hush", "$YARD_PASSWORD"),
            "camera yard: url has a user or password that begins with $: a variable is written $",
            id="a variable as a shell writes it",
        ),
        pytest.param(
            SMALL.replace("{url:", "{loop: true, url:"),
            "camera yard: url is live: pace: fast and loop: are for files",
            id="a live camera in a loop",
        ),
        pytest.param(SMALL + "media: {ring: 8}\n", "media.ring is 8 s", id="a ring too short"),
        pytest.param(SMALL + "sinks: []\n", "sinks is empty", id="alerts that reach nobody"),
        pytest.param(
            SMALL + "redis: {url: 'redis://u:p@192.0.2.9'}\n",
            "redis.url is not encrypted",
            id="Redis in the clear",
        ),
        pytest.param(
            SMALL + "redis: {url: 'rediss://192.0.2.9'}\n",
            "redis.url holds no password",
            id="Redis open to all",
        ),
        pytest.param(
            SMALL + "redis: {ca_file: /a.pem}\n",
            "redis.ca_file does nothing",
            id="an authority for nothing",
        ),
        pytest.param(
            SMALL + "health: {host: 0.0.0.0}\n", "health.host is 0.0.0.0", id="health for all"
        ),
        pytest.param(
            SMALL + "health: {port: 8460}\n",
            "console.port and health.port are both 8460",
            id="one port for two",
        ),
        pytest.param(
            SMALL + "health: {host: 0.0.0.0}\nconsole: {port: 9464}\n",
            "console.port and health.port are both 9464",
            id="one port for two, on one of all addresses",
        ),
    ],
)
def test_what_is_probably_not_meant_is_pointed_out(text: str, warning: str) -> None:
    found = warnings_of(site(text))

    assert [line for line in found if line.startswith(warning)], found
    assert warning in shown(site(text))


def test_many_cameras_are_not_all_listed() -> None:
    cameras = "".join(f"  c{i}: {{url: images:f{i}}}\n" for i in range(9))

    assert "rule fire has hear:, but audio is off at c0, c1, c2, c3, 5 more." in warnings_of(
        site(f"cameras:\n{cameras}{RULES}")
    )


@pytest.mark.promise("security 11")
def test_the_schema_refuses_unknown_keys_and_hides_secrets() -> None:
    definitions = schema()["$defs"]

    assert schema()["additionalProperties"] is False
    assert definitions["Camera"]["additionalProperties"] is False
    assert definitions["Camera"]["properties"]["url"]["format"] == "password"
    assert {"cameras"} == set(schema()["required"])
