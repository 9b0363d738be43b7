"""The site file: what an integrator writes. Unknown keys are refused everywhere."""

from __future__ import annotations

import re
import zoneinfo
from pathlib import Path
from typing import Annotated, Literal, Self

from platformdirs import user_data_path
from pydantic import Field, field_validator, model_validator

from pipeline.config.arming import Arming
from pipeline.config.cameras import AudioUse, Camera
from pipeline.config.console import Console
from pipeline.config.media import Archive, Media
from pipeline.config.models import Models
from pipeline.config.names import Name
from pipeline.config.outlets import Health, RedisServer, RedisSink, Sink
from pipeline.config.part import FaultAt, Part
from pipeline.config.retention import Retention
from pipeline.config.rules import Rule
from pipeline.config.sampling import Sampling
from pipeline.config.units import Duration
from pipeline.records import WHOLE_VIEW, Modality

#: Such as America/Argentina/Ushuaia; none is longer, or has more parts.
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")


class Window(Part):
    """Event-time windows over which scores are gathered."""

    length: Duration = 3.0
    hop: Duration = 0.5
    lateness: Duration = Field(default=2.0, description="how long a modality may be behind")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not 0.1 <= self.hop <= self.length <= 600:
            raise ValueError("needs 0.1 s <= hop <= length <= 600 s")
        return self


class Site(Part):
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
            for k, rule_id in enumerate(camera.rules or ()):
                if rule_id not in self.rules:
                    told = f"camera {camera_id}: there is no rule {rule_id!r}"
                    raise FaultAt(told, "cameras", camera_id, "rules", k)
        for rule_id, rule in self.rules.items():
            watching = [c for c in self.cameras if rule_id in self.rules_of(c)]
            lacking = [c for c in watching if not self._has_view(c, rule)]
            looks = Modality.VIDEO in rule.modalities
            if looks and lacking and len(lacking) == len(watching):
                told = f"rule {rule_id}: no camera has a region named {rule.view!r}"
                raise FaultAt(told, "rules", rule_id, "view")
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
