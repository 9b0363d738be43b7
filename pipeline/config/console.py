"""The part of a site file about the operators' console."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from pipeline.config.addresses import RedisUrl
from pipeline.config.part import Part
from pipeline.config.units import Duration

#: What stands in the recorder's link for an incident's camera and times.
RECORDER_NAMES = frozenset({"camera", "start", "end", "start_iso", "end_iso"})
_BRACED = re.compile(r"\{([^{}]*)\}")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Escalation(Part):
    """How long an alert may wait for somebody, by severity; 0: for ever."""

    critical: Duration = 120.0
    warning: Duration = 900.0
    info: Duration = 0.0


class Console(Part):
    """The operators' web page, served by `hearsight console`."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=8460, description="0: a free one")
    certificate: Path | None = Field(
        default=None, description="PEM; needed on every address but the machine's own"
    )
    key: Path | None = Field(default=None, description="PEM, of the certificate")
    names: tuple[str, ...] = Field(
        default=(), description="names under which browsers reach it, besides host"
    )
    behind_proxy: bool = Field(
        default=False, description="a proxy on this machine speaks TLS and names the client"
    )
    redis_url: RedisUrl | None = Field(
        default=None,
        description="as redis.url, for a user who may read and give verdicts; default: redis.url",
    )
    escalate_after: Escalation = Escalation()
    keep: Duration = Field(default=90 * 86400.0, description="incidents stay on the desk")
    recorder: str = Field(
        default="",
        description="link into the site's own recorder: https://… with {camera}, {start}, {end} "
        "(seconds) or {start_iso}, {end_iso}",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together")
        open_ = self.host not in _LOOPBACK
        if open_ and self.certificate is None and not self.behind_proxy:
            raise ValueError(
                f"console.host {self.host} is reachable from other machines, and passwords would "
                "travel in the clear: give certificate and key, or listen on 127.0.0.1 behind a "
                "proxy that speaks TLS (behind_proxy: true)"
            )
        if self.recorder and not self.recorder.startswith(("https://", "http://")):
            raise ValueError("recorder is a link that begins with https:// or http://")
        if unknown := set(_BRACED.findall(self.recorder)) - RECORDER_NAMES:
            known = ", ".join(f"{{{name}}}" for name in sorted(RECORDER_NAMES))
            raise ValueError(
                f"recorder: nothing stands for {{{min(unknown)}}}: write one of {known}"
            )
        return self
