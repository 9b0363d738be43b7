"""Site files: their model, their units, and how they are read."""

from pipeline.config.addresses import check_source_url
from pipeline.config.arming import Arming, ScheduleEntry
from pipeline.config.cameras import AudioUse, Camera, Decode, Region
from pipeline.config.loading import (
    SiteFileError,
    load_site,
    parse_site,
    secrets_of,
    secrets_of_cameras,
)
from pipeline.config.media import Archive, Media
from pipeline.config.model import Site, Window
from pipeline.config.models import Models
from pipeline.config.outlets import Health, JsonLinesSink, RedisServer, RedisSink, Sink
from pipeline.config.rules import Concept, Contradiction, Learn, NormalPrompts, Rule

__all__ = [
    "Archive",
    "Arming",
    "AudioUse",
    "Camera",
    "Concept",
    "Contradiction",
    "Decode",
    "Health",
    "JsonLinesSink",
    "Learn",
    "Media",
    "Models",
    "NormalPrompts",
    "RedisServer",
    "RedisSink",
    "Region",
    "Rule",
    "ScheduleEntry",
    "Sink",
    "Site",
    "SiteFileError",
    "Window",
    "check_source_url",
    "load_site",
    "parse_site",
    "secrets_of",
    "secrets_of_cameras",
]
