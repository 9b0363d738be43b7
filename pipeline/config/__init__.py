"""Site files: their model, their units, and how they are read."""

from pipeline.config.loading import SiteFileError, load_site, parse_site, secrets_of
from pipeline.config.model import (
    AudioUse,
    Camera,
    Health,
    JsonLinesSink,
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
    check_source_url,
)

__all__ = [
    "AudioUse",
    "Camera",
    "Health",
    "JsonLinesSink",
    "Media",
    "Models",
    "NormalPrompts",
    "RedisServer",
    "RedisSink",
    "Region",
    "Rule",
    "Sink",
    "Site",
    "SiteFileError",
    "Window",
    "check_source_url",
    "load_site",
    "parse_site",
    "secrets_of",
]
