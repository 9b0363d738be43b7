"""A bad site file is refused with the line of its fault, and nothing in it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import SiteFileError, parse_site
from tests.pipeline.config.sites import SMALL, refusal


@pytest.mark.promise("bad input 21", "bad input 22", "security 11")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "site.yaml: is empty", id="empty"),
        pytest.param("# nothing\n", "site.yaml: is empty", id="only a comment"),
        pytest.param("- a\n", "site.yaml:1: options are expected here", id="a list"),
        pytest.param("rules: {}\n", "site.yaml:1: cameras: is missing", id="no cameras"),
        pytest.param(
            'cameras: {a: {url: "file:x.mp4"}}\n', "rules: at least one rule", id="no rules"
        ),
        pytest.param("site: [x\nrules: {}\n", "site.yaml:1: is not valid YAML", id="not YAML"),
        pytest.param("site: a\nb: \0\n", "site.yaml:2: is not valid YAML", id="a NUL"),
        pytest.param(SMALL + "colour: red\n", "site.yaml:5: colour: unknown key", id="unknown key"),
        pytest.param(
            SMALL.replace("{see:", "{sea: [x], see:"),
            "site.yaml:4: rules.fire.sea: unknown key",
            id="misspelt key",
        ),
        pytest.param(SMALL + "cameras: {}\n", "site.yaml:5: 'cameras' stands twice", id="twice"),
        pytest.param(
            SMALL.replace("rules:", "  yard: {url: images:b}\nrules:"),
            "site.yaml:3: 'yard' stands twice",
            id="two cameras of one name",
        ),
        pytest.param(
            SMALL.replace("yard", '"../yard"'),
            "site.yaml:2: cameras.../yard",
            id="a camera named like a path",
        ),
        pytest.param(SMALL.replace("yard", "Yard"), "is no valid name", id="capitals in a name"),
        pytest.param(
            SMALL.replace("{url:", "{rules: [flood], url:"),
            "site.yaml:2: camera yard: there is no rule 'flood'",
            id="a rule that is not there",
        ),
        pytest.param(SMALL.replace("see: [flames]", ""), "asks for nothing", id="an empty rule"),
        pytest.param(
            SMALL.replace("{see:", "{view: door, see:"),
            "site.yaml:4: rule fire: no camera has a region named 'door'",
            id="a region that is not there",
        ),
        pytest.param(
            SMALL.replace("[flames]", "flames"),
            "site.yaml:4: rules.fire.see: a list is expected here: write [one, another]",
            id="one prompt that is no list",
        ),
        pytest.param(
            SMALL.replace("flames", "smoke: thick"),
            "site.yaml:4: rules.fire.see.0: text is expected here: put it in quotes",
            id="a prompt with a colon",
        ),
        pytest.param(
            SMALL.replace("hush", "${YARD PASSWORD}"),
            "site.yaml:2: what follows ${ names no environment variable",
            id="a variable with a space",
        ),
        pytest.param(
            SMALL + 'console: {recorder: "https://nvr/{camera}?at={time}"}\n',
            "site.yaml:5: console: recorder: nothing stands for {time}: write one of {camera}",
            id="a recorder's link with a name that means nothing",
        ),
        pytest.param(
            SMALL.replace("{url:", "{video: false, url:"),
            "site.yaml:2: cameras.yard: video: false and audio: off leave nothing",
            id="a camera of no use",
        ),
        pytest.param(
            SMALL.replace("{url:", "{masks: [[[0, 0], [1, 1]]], url:"),
            "polygon of at least three",
            id="a mask of two points",
        ),
        pytest.param(
            SMALL.replace(
                "{url:", "{regions: {a: {left: 0.5, top: 0, width: 0.6, height: 1}}, url:"
            ),
            "the region leaves the picture",
            id="a region beyond the picture",
        ),
        pytest.param(
            SMALL + "timezone: ../../etc/passwd\n", "site.yaml:5: timezone: ", id="no time zone"
        ),
        pytest.param(
            SMALL + f"timezone: {'a/' * 500}a\n", "site.yaml:5: timezone: ", id="zone of zones"
        ),
        pytest.param(
            SMALL + f"timezone: Europe/{'a' * 300}\n", "site.yaml:5: timezone: ", id="endless zone"
        ),
        pytest.param(
            SMALL + "window: {length: 1, hop: 2}\n",
            "site.yaml:5: window: needs 0.1 s <= hop <= length <= 600 s",
            id="windows that leave gaps",
        ),
        pytest.param(SMALL + "site: ${NOBODY}\n", "NOBODY is not set: set it", id="no variable"),
        pytest.param(SMALL + "site: 2024-13-45\n", "site.yaml:5: the value reads as", id="a date"),
    ],
)
def test_the_fault_is_named_with_its_line(text: str, said: str) -> None:
    assert said in refusal(text)


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        pytest.param("a:\n   b: 1\n  c: 2\n", 3, "begin in the same column", id="to the left"),
        pytest.param("a:\n  b: 1\n   c: 2\n", 3, "begin in the same column", id="to the right"),
        pytest.param("a:\n\tb: 1\n", 2, "with spaces, not with tabs", id="a tab"),
        pytest.param("a: 1\nb 2\n", 2, "with a space after the colon", id="no colon"),
        pytest.param("a: 1\nb:2\n", 2, "with a space after the colon", id="no space"),
        pytest.param("a: smoke: thick\n", 1, "stands in quotes", id="two colons"),
        pytest.param("a: [x, y\nb: 1\n", 1, "opened here and not closed", id="an open list"),
        pytest.param('a: "x\nb: 1\n', 1, "a quote is opened here", id="an open quote"),
        pytest.param("a: 'it's'\n", 1, "a closing quote", id="a quote within"),
        pytest.param("a: @home\n", 1, "put the text in quotes", id="an at sign"),
        pytest.param("a: *home\n", 1, "begins with * in quotes", id="a star"),
        pytest.param("a: - b\n", 1, "on a line of its own", id="an item beside its key"),
        pytest.param('a: "C:\\d"\n', 1, "in single quotes a backslash", id="a backslash"),
        pytest.param("a: 1\n---\nb: 1\n", 2, "remove the second ---", id="two documents"),
    ],
)
def test_what_is_no_yaml_says_how_it_is_put_right(text: str, line: int, advice: str) -> None:
    said = refusal(text)
    assert said.startswith(f"site.yaml:{line}: is not valid YAML: ")
    assert advice in said


def test_every_variable_that_is_not_set_is_named_at_once() -> None:
    said = refusal(SMALL + "site: ${NOBODY}\nredis: {url: 'redis://:${SECRET}@${HOST}/'}\n")
    lines = said.splitlines()
    assert [line.split(": the environment")[0] for line in lines] == [
        "site.yaml:5",
        "site.yaml:6",
        "site.yaml:6",
    ]
    for line, variable in zip(lines, ("NOBODY", "SECRET", "HOST"), strict=True):
        assert f"{variable} is not set" in line


@pytest.mark.promise("bad input 22")
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("window: {length: %s}", ".nan"),
        ("window: {length: %s}", "-3"),
        ("window: {length: %s}", "-3 s"),
        ("window: {length: %s}", ".inf"),
        ("window: {length: %s}", "3 parsecs"),
        ("window: {length: %s}", "yes"),
        ("window: {length: %s}", "1" + "0" * 400),
        ("window: {length: 1, hop: %s}", "2"),
        ("media: {reserve_mb: %s}", "-1"),
        ("health: {port: %s}", "1" + "0" * 5000),
        ("models: {batch: %s}", ".nan"),
        ("cameras_per_worker: %s", "0"),
    ],
)
def test_no_number_is_taken_that_is_none_or_out_of_bounds(option: str, value: str) -> None:
    assert refusal(SMALL + option % value).startswith("site.yaml:5: ")


@pytest.mark.promise("bad input 22")
@pytest.mark.parametrize("value", [".nan", "-1", "21", "high"])
def test_a_margin_that_no_score_can_be_compared_with_is_refused(value: str) -> None:
    assert "site.yaml:4: rules.fire.margin" in refusal(SMALL.replace("]}", f"], margin: {value}}}"))


@pytest.mark.promise("bad input 22")
@pytest.mark.parametrize("value", ["0 per day", ".nan", "-1", "often", "1 per fortnight"])
def test_a_promise_that_cannot_be_kept_is_refused(value: str) -> None:
    text = SMALL.replace("]}", f"], false_alarms: {value}}}")

    assert "site.yaml:4: rules.fire.false_alarms" in refusal(text)


@pytest.mark.promise("bad input 21", "security 11")
@pytest.mark.parametrize(
    "payload",
    [
        "!!python/object/apply:os.system ['touch CANARY']",
        "!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['CANARY']]",
        "!!python/object/new:os.system {args: ['touch CANARY']}",
        "!!python/name:os.system",
        "!!python/module:os",
        "!<tag:yaml.org,2002:python/object/apply:os.system> ['touch CANARY']",
        "!secret /etc/passwd",
    ],
)
@pytest.mark.parametrize("place", ["site: %s\n", "cameras: %s\n", "rules: {fire: {see: %s }}\n"])
def test_a_tag_is_refused_and_nothing_runs(payload: str, place: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"

    said = refusal(place % payload.replace("CANARY", str(canary)))

    assert "is not allowed in a site file" in said
    assert said.startswith("site.yaml:1: ")
    assert not canary.exists()


@pytest.mark.promise("bad input 21", "security 11")
def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    bomb = "a0: &a0 [x, x]\n"
    bomb += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))

    assert "too many values" in refusal(bomb)


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: &a {b: *a}\n", "a: " + "[" * 5000])
def test_what_holds_itself_or_is_endlessly_deep_is_refused(text: str) -> None:
    assert "nested too deeply" in refusal(text)


@pytest.mark.promise("security 12")
def test_no_secret_stands_in_a_refusal() -> None:
    texts = [
        SMALL.replace("hush", "hu/sh"),
        SMALL.replace("hush", "12/hush"),
        SMALL.replace("hush", "hu#sh"),
        SMALL.replace("hush", "hu\u2100sh"),
        SMALL.replace("hush@192.0.2.1", "hush@[::1"),
        SMALL.replace("rtsp:", "http:"),
        SMALL + 'redis: {url: "http://me:hush@r"}\n',
        SMALL + 'redis: {url: "redis://me:hu/sh@r"}\n',
        SMALL + "colour: red\n",
    ]
    for text in texts:
        said = refusal(text)
        assert "hu" not in said, said
        assert "12/" not in said, said


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("abc:{}[]&*!|>-?#%@`'\"\n\t .0123"), max_size=80))
def test_whatever_is_written_is_read_or_refused_by_name(text: str) -> None:
    for candidate in (text, SMALL + text, SMALL.replace("flames", text)):
        try:
            parse_site(candidate, name="site.yaml", environ={})
        except SiteFileError as error:
            assert str(error).startswith("site.yaml")  # noqa: PT017
