"""The site file: what an integrator writes. Unknown keys are refused everywhere."""

from __future__ import annotations

import hashlib
import json
import re
import zoneinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from platformdirs import user_data_path
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from pipeline.config.addresses import RedisUrl, SourceUrl
from pipeline.config.arming import Armed, Arming, is_armed
from pipeline.config.console import Console
from pipeline.config.names import Name
from pipeline.config.retention import Retention
from pipeline.config.sampling import Sampling
from pipeline.config.units import Duration, Fraction, Rate
from pipeline.records import WHOLE_VIEW, Modality, Severity

#: Such as America/Argentina/Ushuaia; none is longer, or has more parts.
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")

Prompt = Annotated[str, Field(min_length=2, max_length=300)]
Point = tuple[Fraction, Fraction]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class AudioUse(StrEnum):
    """What may be done with a camera's sound; listening is opt-in."""

    OFF = "off"
    SCORE = "score"
    RECORD = "record"


def _audio(value: object) -> object:
    # YAML 1.1 reads a bare `off` as false.
    return "off" if value is False else value


class Decode(StrEnum):
    """What is decoded of a camera's picture."""

    #: Chosen by the pace, and by whether movement is measured.
    AUTO = "auto"
    KEYFRAMES = "keyframes"
    #: From each keyframe on as far as the last sample of its group.
    SAMPLES = "samples"
    ALL = "all"


class Region(_Strict):
    """A crop of the picture that is looked at on its own, as a view with the region's name."""

    left: Fraction
    top: Fraction
    width: Annotated[float, Field(gt=0, le=1)]
    height: Annotated[float, Field(gt=0, le=1)]

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.left + self.width > 1 + 1e-9 or self.top + self.height > 1 + 1e-9:
            raise ValueError("the region leaves the picture: left + width, top + height end at 1")
        return self


class Camera(_Strict):
    """One camera: where it is, what of it is looked at and listened to."""

    url: SourceUrl = Field(description="rtsp://, rtsps://, file:PATH or images:FOLDER")
    analysis_url: SourceUrl | None = Field(
        default=None,
        description="a second, smaller stream of the same camera: scored instead of url",
    )
    transport: Literal["tcp", "udp"] = "tcp"
    pace: Literal["live", "fast"] = Field(
        default="live", description="for files: at live pace, or as fast as they can be read"
    )
    loop: bool = Field(default=False, description="for files: begin again at the end")
    video: bool = Field(default=True, description="false: a camera of which only sound is used")
    audio: Annotated[AudioUse, BeforeValidator(_audio)] = AudioUse.OFF
    sample_fps: Annotated[float, Field(gt=0, le=30)] = 2.0
    decode: Decode = Field(
        default=Decode.AUTO,
        description="auto, or: keyframes alone; samples: up to the last sample of each group of "
        "pictures; all",
    )
    gate: bool = Field(
        default=True,
        description="of a still scene, which the sizes of its packets tell, one picture in fifteen "
        "seconds is decoded",
    )
    masks: tuple[tuple[Point, ...], ...] = Field(
        default=(), description="polygons, in fractions of width and height, blacked out at once"
    )
    regions: dict[Name, Region] = Field(default_factory=dict)
    space: Name | None = Field(
        default=None,
        description="cameras of one space hear for one another: one without sound is lent a "
        "neighbour's microphone",
    )
    groups: tuple[Name, ...] = Field(
        default=(), description="to arm them together, and to let people see them; any names"
    )
    rules: tuple[Name, ...] | None = Field(default=None, description="default: every rule")

    @field_validator("masks")
    @classmethod
    def _polygons(cls, masks: tuple[tuple[Point, ...], ...]) -> tuple[tuple[Point, ...], ...]:
        if any(len(mask) < 3 for mask in masks):
            raise ValueError("a mask is a polygon of at least three points")
        return masks

    @property
    def plays_fast(self) -> bool:
        """Whether it is read as fast as the line takes it, as only files can be."""
        address = self.url.get_secret_value()
        return self.pace == "fast" and address.startswith(("file:", "images:"))

    @model_validator(mode="after")
    def _something_used(self) -> Self:
        if not self.video and self.audio is AudioUse.OFF:
            raise ValueError("video: false and audio: off leave nothing of the camera to use")
        if WHOLE_VIEW in self.regions:
            raise ValueError(f"a region cannot be named {WHOLE_VIEW!r}: that is the whole picture")
        return self


class NormalPrompts(_Strict):
    """What is ordinary, in words. Replaces the defaults for the modality it names."""

    see: tuple[Prompt, ...] = ()
    hear: tuple[Prompt, ...] = ()


class Learn(_Strict):
    """The camera's own normal: what differs from it is told, though nobody named it."""

    model_config = ConfigDict(serialize_by_alias=True)

    senses: tuple[Modality, ...] = Field(
        default=(Modality.VIDEO, Modality.AUDIO), alias="from", min_length=1
    )
    after: Duration = Field(default=86400.0, description="how long is watched before it judges")
    by: Literal["hour_of_day", "all_day"] = Field(
        default="hour_of_day", description="hours differ once each was seen often enough"
    )

    @field_validator("senses")
    @classmethod
    def _once(cls, senses: tuple[Modality, ...]) -> tuple[Modality, ...]:
        if len(set(senses)) != len(senses):
            raise ValueError("a sense is named twice")
        return tuple(m for m in Modality if m in senses)

    @field_validator("after")
    @classmethod
    def _enough(cls, after: float) -> float:
        if not 10 <= after <= 60 * 86400:
            raise ValueError("a normal is learned from 10 s to 60 days")
        return after


class Concept(_Strict):
    """Something that can be both seen and heard."""

    see: Prompt
    hear: Prompt


class Contradiction(_Strict):
    """What one sense says and the other denies."""

    concepts: dict[Name, Concept] = Field(
        default_factory=dict, description="default: those that come with Hearsight"
    )


class Rule(_Strict):
    """What an operator wants to know of: in plain words, or what is not normal at a camera."""

    see: tuple[Prompt, ...] = ()
    hear: tuple[Prompt, ...] = ()
    normal: NormalPrompts = NormalPrompts()
    learn: Learn | None = Field(
        default=None, description="in place of prompts: tell what is not normal at this camera"
    )
    contradiction: Contradiction | None = Field(
        default=None,
        description="in place of prompts: tell what is heard and not seen, or seen and not heard",
    )
    view: Name = WHOLE_VIEW
    severity: Severity = Severity.WARNING
    false_alarms: Rate = Field(
        default=1 / 7, description="incidents a camera, such as '1 per week'"
    )
    margin: Annotated[float, Field(ge=0, le=20)] = Field(
        default=0.5, description="lead over the best normal prompt that is required, in logits"
    )
    min_length: Duration = Field(default=1.0, description="an incident must last so long to alert")
    exit_after: Duration = Field(default=5.0, description="ordinary for so long: the incident ends")
    cooldown: Duration = Field(default=60.0, description="no new incident for so long after one")
    armed: Armed = Field(
        default=("all",), description="modes in which it alerts; or all, or always (disarmed too)"
    )

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        kinds = [bool(self.see or self.hear), self.learn is not None]
        kinds.append(self.contradiction is not None)
        if not any(kinds):
            raise ValueError(
                "the rule asks for nothing: give it see: or hear: prompts, learn: or contradiction:"
            )
        if sum(kinds) > 1:
            raise ValueError("a rule has prompts, or learn:, or contradiction: make a rule of each")
        if not kinds[0] and (self.normal.see or self.normal.hear):
            raise ValueError("normal: prompts belong to a rule with see: or hear:")
        return self

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The senses that the rule needs, in the order video, audio."""
        if self.learn is not None:
            return self.learn.senses
        if self.contradiction is not None:
            return (Modality.VIDEO, Modality.AUDIO)
        wanted = ((Modality.VIDEO, self.see), (Modality.AUDIO, self.hear))
        return tuple(modality for modality, prompts in wanted if prompts)

    def view_of(self, modality: Modality) -> str:
        """The view whose embeddings are judged: a microphone hears all of a camera's views."""
        return self.view if modality is Modality.VIDEO else WHOLE_VIEW

    def armed_in(self, mode: str) -> bool:
        """Whether the rule alerts while ``mode`` is in force."""
        return is_armed(self.armed, mode)

    @property
    def version(self) -> str:
        """Twelve hex digits that change when the meaning of the rule's scores does."""
        meaning: list[object] = [self.see, self.hear, self.normal.see, self.normal.hear, self.view]
        if self.learn is not None:
            # How long it learns changes nothing of what it knows by then.
            meaning.append(["learn", self.learn.senses, self.learn.by])
        if self.contradiction is not None:
            meaning.append(["contradiction", self.contradiction.model_dump(mode="json")])
        return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()[:12]


class Models(_Strict):
    """Which encoders, and on what they run."""

    sight: str = Field(default="embedded", description="'embedded', or NAME/TAG as `models list`")
    sound: str = Field(default="embedded", description="'embedded', or a name as in `models list`")
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, Field(ge=0, le=256)] = Field(
        default=0, description="CPU threads for the models; 0: one fewer than the cores"
    )
    batch: Annotated[int, Field(ge=1, le=1024)] = 32
    deadline: Duration = Field(default=0.2, description="a batch waits no longer than this to fill")
    runtime: Literal["auto", "torch", "openvino"] = Field(
        default="auto", description="auto: torch on CUDA, OpenVINO on a CPU where it is installed"
    )
    precision: Literal["auto", "fp32", "bf16", "fp16", "int8"] = Field(
        default="auto", description="auto: fp16 on CUDA, fp32 on a CPU"
    )
    compile: Literal["auto", "on", "off"] = Field(
        default="auto", description="torch.compile on CUDA; auto: where its compiler is at hand"
    )

    @model_validator(mode="after")
    def _runs(self) -> Self:
        if self.runtime == "openvino" and self.device == "cuda":
            raise ValueError("runtime: openvino runs on the CPU: write device: cpu, or auto")
        if self.precision == "int8" and (self.runtime == "torch" or self.device == "cuda"):
            raise ValueError("precision: int8 needs runtime: openvino (or auto) and the CPU")
        if self.precision == "fp16" and (self.runtime == "openvino" or self.device == "cpu"):
            raise ValueError("precision: fp16 needs CUDA: write bf16, int8 or auto for a CPU")
        if self.compile == "on" and (self.runtime == "openvino" or self.device == "cpu"):
            raise ValueError("compile: on needs CUDA: write auto or off for a CPU")
        return self


class Window(_Strict):
    """Event-time windows over which scores are gathered."""

    length: Duration = 3.0
    hop: Duration = 0.5
    lateness: Duration = Field(default=2.0, description="how long a modality may be behind")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not 0.1 <= self.hop <= self.length <= 600:
            raise ValueError("needs 0.1 s <= hop <= length <= 600 s")
        return self


class Media(_Strict):
    """Evidence: what is kept of an incident, and for how long."""

    pre_roll: Duration = 5.0
    post_roll: Duration = 5.0
    max_clip: Duration = 60.0
    ring: Duration = Field(default=30.0, description="encoded seconds held per camera")
    retention: Duration = Field(default=30 * 86400.0, description="clips and thumbnails are kept")
    reserve_mb: Annotated[int, Field(ge=0)] = Field(
        default=200, description="disk space left to alerts: clips stop before it is touched"
    )


class Archive(_Strict):
    """What is remembered of days past, to rehearse a rule over: embeddings, no film."""

    enabled: bool = Field(default=True, description="keep embeddings: 50 to 90 MB a camera and day")
    retention: Duration = Field(default=14 * 86400.0, description="embeddings are kept")
    thumbnails: bool = Field(
        default=True, description="and a picture of 120 lines when the view changes, or a minute"
    )

    @field_validator("retention")
    @classmethod
    def _some_hours(cls, retention: float) -> float:
        if retention < 3600:
            raise ValueError(
                "an archive reaches back an hour at least: set enabled: false for none"
            )
        return retention


class RedisServer(_Strict):
    """Where Redis is. Without ``url`` a server on the machine's own socket is started."""

    url: RedisUrl | None = Field(
        default=None, description="redis://, rediss:// (TLS) or unix://; user and password in it"
    )
    ca_file: Path | None = None
    stream_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9:_-]{1,64}$")] = "hearsight"
    hard_cap: Annotated[int, Field(ge=1000)] = Field(
        default=100_000, description="entries after which an alarm is raised"
    )


class RedisSink(_Strict):
    """Alerts to the Redis stream ``<prefix>:alerts``."""

    type: Literal["redis"] = "redis"


class JsonLinesSink(_Strict):
    """Alerts as one JSON object a line, appended to a file."""

    type: Literal["jsonl"]
    path: Path


Sink = Annotated[RedisSink | JsonLinesSink, Field(discriminator="type")]


class Health(_Strict):
    """The HTTP endpoint for health and metrics."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9464


class Site(_Strict):
    """One site: its cameras, rules, models and outlets."""

    site: Name = "site"
    timezone: str = Field(default="UTC", description="IANA name, for schedules and hours of day")
    data_dir: Path | None = Field(
        default=None, description="state; default: the user's data folder"
    )
    models: Models = Models()
    cameras: Annotated[dict[Name, Camera], Field(min_length=1)]
    presets: tuple[Name, ...] = Field(
        default=(), description="rules that come with Hearsight, such as security, fire, care"
    )
    rules: dict[Name, Rule] = Field(
        default_factory=dict, description="at least one, here or from a preset"
    )
    arming: Arming = Arming()
    sampling: Sampling = Sampling()
    window: Window = Window()
    media: Media = Media()
    archive: Archive = Archive()
    retention: Retention = Retention()
    redis: RedisServer = RedisServer()
    sinks: tuple[Sink, ...] = (RedisSink(),)
    health: Health = Health()
    console: Console = Console()
    canary: Duration = Field(
        default=3600.0,
        description="a synthetic event proves the way from line to reader this often; 0: never",
    )
    cameras_per_worker: Annotated[int, Field(ge=1, le=32)] = 1
    decoder: Literal["auto", "software", "cuda", "vaapi", "qsv", "videotoolbox"] = Field(
        default="auto",
        description="what decodes pictures; auto: the cheapest that a short measurement finds",
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        wrong = f"{value[:60]!r} is no IANA time zone, such as Europe/Lisbon"
        # Zones are looked for as files and as Python's modules: only what may be a zone's name.
        if not _ZONE.fullmatch(value):
            raise ValueError(wrong)
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(wrong) from error
        return value

    @field_validator("canary")
    @classmethod
    def _not_all_the_time(cls, canary: float) -> float:
        if 0 < canary < 1:
            raise ValueError("canary is 1 s at least, or 0 for never")
        return canary

    @model_validator(mode="after")
    def _names_meet(self) -> Self:
        if not self.rules:
            raise ValueError("rules: at least one rule is needed, or a preset such as security")
        for camera_id, camera in self.cameras.items():
            for rule_id in camera.rules or ():
                if rule_id not in self.rules:
                    raise ValueError(f"camera {camera_id}: there is no rule {rule_id!r}")
        for rule_id, rule in self.rules.items():
            watching = [c for c in self.cameras if rule_id in self.rules_of(c)]
            lacking = [c for c in watching if not self._has_view(c, rule)]
            looks = Modality.VIDEO in rule.modalities
            if looks and lacking and len(lacking) == len(watching):
                raise ValueError(f"rule {rule_id}: no camera has a region named {rule.view!r}")
        armed = {name: rule.armed for name, rule in self.rules.items()}
        self.arming.check(self.cameras, self.groups, armed)
        return self

    def _has_view(self, camera: str, rule: Rule) -> bool:
        return rule.view == WHOLE_VIEW or rule.view in self.cameras[camera].regions

    def ear_of(self, camera: str) -> str | None:
        """The camera whose microphone hears for ``camera``: its own, or a neighbour's; or None."""
        own = self.cameras[camera]
        if own.audio is not AudioUse.OFF:
            return camera
        if own.space is None:
            return None
        return next(
            (
                name
                for name, other in self.cameras.items()
                if other.space == own.space and other.audio is not AudioUse.OFF
            ),
            None,
        )

    def rules_of(self, camera: str) -> dict[str, Rule]:
        """The rules that watch ``camera``, by name, in the order of the file."""
        chosen = self.cameras[camera].rules
        return {k: r for k, r in self.rules.items() if chosen is None or k in chosen}

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The cameras of each group, both in the order of the file."""
        found: dict[str, dict[str, None]] = {}
        for name, camera in self.cameras.items():
            for group in camera.groups:
                found.setdefault(group, {})[name] = None
        return {group: tuple(members) for group, members in found.items()}

    @property
    def state_dir(self) -> Path:
        """Where outbox, media, caches and the embedded Redis live."""
        return (self.data_dir or user_data_path("hearsight") / self.site).expanduser()
