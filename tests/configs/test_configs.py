"""The site files that come with Hearsight are good ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter

from pipeline.config import (
    Archive,
    Arming,
    AudioUse,
    Camera,
    Concept,
    Contradiction,
    Health,
    JsonLinesSink,
    Learn,
    Media,
    Models,
    NormalPrompts,
    RedisServer,
    RedisSink,
    Region,
    Rule,
    ScheduleEntry,
    Site,
    Window,
    load_site,
)
from pipeline.config.advice import warnings_of
from pipeline.config.console import Console, Escalation
from pipeline.config.retention import Retention
from pipeline.config.sampling import Sampling
from pipeline.config.schema import schema_text

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
SITE_FILES = sorted(CONFIGS.glob("*.yaml"))

ENVIRONMENT = {
    "HEARSIGHT_DEMO_URL": "rtsp://127.0.0.1:8554/yard",
    "HEARSIGHT_REDIS_URL": "rediss://hearsight:secret@redis.example.org:6379/0",
    "CAMERA_USER": "viewer",
    "CAMERA_PASSWORD": "secret",
    "REDIS_PASSWORD": "secret",
    "CONSOLE_REDIS_PASSWORD": "secret",
}


def load(name: str) -> Site:
    return load_site(CONFIGS / name, environ=ENVIRONMENT)


@pytest.mark.parametrize("path", SITE_FILES, ids=lambda path: path.name)
def test_each_loads_without_a_warning_and_tells_editors_its_schema(path: Path) -> None:
    site = load(path.name)

    assert warnings_of(site) == []
    first = path.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=site.schema.json"


def test_those_that_are_promised_are_there() -> None:
    names = {path.stem for path in SITE_FILES}

    assert names == {"demo", "small-site", "edge-box", "learned-normal", "every-option"}


def test_the_learned_normal_lends_the_stairs_an_ear() -> None:
    site = load("learned-normal.yaml")

    assert site.ear_of("stairs") == "ramp"
    assert site.rules["unusual"].modalities == ("video", "audio")
    assert site.rules["odd"].modalities == ("video", "audio")


def test_the_demo_watches_one_camera_with_sound_and_downloads_nothing() -> None:
    demo = load("demo.yaml")

    assert demo.cameras["yard"].audio is AudioUse.RECORD
    assert demo.cameras["yard"].url.get_secret_value() == ENVIRONMENT["HEARSIGHT_DEMO_URL"]
    assert (demo.models.sight, demo.models.sound) == ("embedded", "embedded")
    assert demo.redis.url is None
    senses = {name: set(rule.modalities) for name, rule in demo.rules.items()}
    assert senses == {"fire": {"video", "audio"}, "glass": {"audio"}, "collapse": {"video"}}


def test_the_small_site_uses_public_models_and_encrypted_redis() -> None:
    site = load("small-site.yaml")

    assert len(site.cameras) == 3
    assert site.models.sight == "ViT-B-32/laion2b_s34b_b79k"
    assert site.models.sound == "630k-audioset-best"
    assert site.redis.url is not None
    assert site.redis.url.get_secret_value().startswith("rediss://")


def test_the_edge_box_needs_no_gpu_no_download_and_no_server() -> None:
    site = load("edge-box.yaml")

    assert site.models.device == "cpu"
    assert (site.models.sight, site.models.sound) == ("embedded", "embedded")
    assert site.redis.url is None
    assert [name for name, camera in site.cameras.items() if camera.analysis_url] != []
    assert any(camera.masks for camera in site.cameras.values())
    assert any(camera.regions for camera in site.cameras.values())


@pytest.mark.promise("security 12")
def test_no_site_file_holds_a_secret() -> None:
    for path in SITE_FILES:
        for secret in re.findall(r"//[^@\s/]*:([^@\s]*)@", path.read_text()):
            assert re.fullmatch(r"\$\{\w+\}|PASSWORD", secret), f"{path.name}: {secret}"


def test_the_schema_for_editors_is_up_to_date() -> None:
    exported = (CONFIGS / "site.schema.json").read_text()

    assert exported == schema_text(), "run `make schema`"
    assert json.loads(exported)["title"] == "Hearsight site file"


# --- every-option.yaml ---------------------------------------------------------------------------

#: A comment of that file: `# what it does; default: VALUE (what that means)`.
_DEFAULT = re.compile(r"#.*\bdefault: (?P<value>.+?)(?: \(.*\))?$")
_REQUIRED = re.compile(r"#.*\brequired\b")

Path_ = tuple[str, ...]


def documented() -> Iterator[tuple[Path_, str]]:
    """Every key of every-option.yaml by its path, with the line on which it stands."""
    text = (CONFIGS / "every-option.yaml").read_text()
    lines = text.splitlines()

    def walk(node: yaml.Node | None, at: Path_) -> Iterator[tuple[Path_, str]]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield (*at, key.value), lines[key.start_mark.line]
                yield from walk(value, (*at, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from walk(item, (*at, "[]"))

    yield from walk(yaml.compose(text, Loader=yaml.SafeLoader), ())


#: Where in the file the options of each model stand; `*` is any name.
PLACES: dict[type[BaseModel], Path_] = {
    Site: (),
    Models: ("models",),
    Camera: ("cameras", "*"),
    Region: ("cameras", "*", "regions", "*"),
    Rule: ("rules", "*"),
    NormalPrompts: ("rules", "*", "normal"),
    Learn: ("rules", "*", "learn"),
    Contradiction: ("rules", "*", "contradiction"),
    Concept: ("rules", "*", "contradiction", "concepts", "*"),
    Arming: ("arming",),
    ScheduleEntry: ("arming", "schedule", "[]"),
    Sampling: ("sampling",),
    Window: ("window",),
    Media: ("media",),
    Archive: ("archive",),
    Retention: ("retention",),
    RedisServer: ("redis",),
    RedisSink: ("sinks", "[]"),
    JsonLinesSink: ("sinks", "[]"),
    Health: ("health",),
    Console: ("console",),
    Escalation: ("console", "escalate_after"),
}
OPTIONS = [(model, name) for model in PLACES for name in model.model_fields]


def lines_of(model: type[BaseModel], option: str) -> list[str]:
    """The lines on which an option of ``model`` stands."""
    place = (*PLACES[model], model.model_fields[option].alias or option)
    return [
        line
        for path, line in documented()
        if len(path) == len(place)
        and all(want in ("*", part) for want, part in zip(place, path, strict=True))
    ]


def test_the_places_cover_every_model_of_a_site_file() -> None:
    def models_in(kind: Any) -> Iterator[type[BaseModel]]:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
            for field in kind.model_fields.values():
                yield from models_in(field.annotation)
        for argument in getattr(kind, "__args__", ()):
            yield from models_in(argument)

    assert set(models_in(Site)) == set(PLACES)


@pytest.mark.parametrize(
    ("model", "option"), OPTIONS, ids=[f"{model.__name__}.{name}" for model, name in OPTIONS]
)
def test_every_option_is_documented_with_its_true_default(
    model: type[BaseModel], option: str
) -> None:
    field = model.model_fields[option]
    lines = lines_of(model, option)
    assert lines, f"{option} is missing in every-option.yaml"
    if field.is_required():
        assert any(_REQUIRED.search(line) for line in lines), f"{option}: say that it is required"
        return
    said = [match["value"] for line in lines if (match := _DEFAULT.search(line))]
    assert said, f"{option}: write its default behind it"
    annotation: Any = field.annotation
    if field.metadata:
        annotation = Annotated[annotation, *field.metadata]
    kind: TypeAdapter[Any] = TypeAdapter(annotation)
    default = field.get_default(call_default_factory=True, validated_data={})
    for text in said:
        assert kind.validate_python(yaml.safe_load(text)) == pytest.approx(default), text
