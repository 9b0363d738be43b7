"""Site files: their model, their units, and how they are read."""

from pipeline.config.addresses import check_source_url
from pipeline.config.arming import Arming, ScheduleEntry
from pipeline.config.loading import SiteFileError, load_site, parse_site, secrets_of
from pipeline.config.model import (
    Archive,
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
    Sink,
    Site,
    Window,
)

__all__ = [
    "Archive",
    "Arming",
    "AudioUse",
    "Camera",
    "Concept",
    "Contradiction",
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
]
