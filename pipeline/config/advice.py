"""What follows from a site file, and what in it is probably not meant."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from pipeline.config.addresses import EVERYWHERE
from pipeline.config.cameras import AudioUse, Camera
from pipeline.config.explain_arming import about_arming
from pipeline.config.model import Site
from pipeline.config.rules import Rule
from pipeline.records import WHOLE_VIEW, Modality

#: What a shell would replace, and a site file takes as it stands.
_BARE_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Watch:
    """One rule at one camera."""

    camera: str
    rule: str
    #: What the rule gets of the camera; empty where it can never raise an alert.
    modalities: tuple[Modality, ...]
    #: What it asks for and does not get.
    lacking: tuple[Modality, ...]
    #: Incidents a day that are promised when nothing is wrong.
    per_day: float


def watches(site: Site) -> list[Watch]:
    """Every pair of a camera and a rule that watches it, in the order of the file."""
    found = []
    for camera_id, camera in site.cameras.items():
        for rule_id, rule in site.rules_of(camera_id).items():
            given = tuple(
                m
                for m in rule.modalities
                if (
                    site.ear_of(camera_id) is not None
                    if m is Modality.AUDIO
                    else _shows(camera, rule)
                )
            )
            lacking = tuple(m for m in rule.modalities if m not in given)
            if rule.contradiction is not None and lacking:
                # It takes two to contradict.
                given = ()
            per_day = rule.false_alarms if given else 0.0
            found.append(Watch(camera_id, rule_id, given, lacking, per_day))
    return found


def promised_per_day(site: Site) -> float:
    """False alarms a day that the whole site is promised: the sum over cameras and rules."""
    return sum(watch.per_day for watch in watches(site))


def _shows(camera: Camera, rule: Rule) -> bool:
    return camera.video and (rule.view == WHOLE_VIEW or rule.view in camera.regions)


def warnings_of(site: Site) -> list[str]:
    """Return what a person should look at: each a full sentence that names its option."""
    return [
        *_about_rules(site),
        *about_arming(site),
        *_about_cameras(site),
        *_about_evidence(site),
        *_about_outlets(site),
    ]


def _about_rules(site: Site) -> Iterator[str]:
    pairs = watches(site)
    for rule_id, rule in site.rules.items():
        here = [watch for watch in pairs if watch.rule == rule_id]
        if not here:
            yield f"rule {rule_id}: no camera uses it."
            continue
        deaf = [w.camera for w in here if Modality.AUDIO in w.lacking]
        if deaf:
            asks = "has hear:" if rule.hear else "uses sound"
            yield f"rule {rule_id} {asks}, but audio is off at {_list(deaf)}."
        blind = [w.camera for w in here if Modality.VIDEO in w.lacking]
        unseen = [c for c in blind if not site.cameras[c].video]
        if unseen:
            asks = "has see:" if rule.see else "uses the picture"
            yield f"rule {rule_id} {asks}, but video is false at {_list(unseen)}."
        elsewhere = [c for c in blind if c not in unseen]
        if elsewhere:
            yield f"rule {rule_id} looks at {rule.view}: no such region at {_list(elsewhere)}."
    for camera_id in site.cameras:
        if not any(w.modalities for w in pairs if w.camera == camera_id):
            yield f"camera {camera_id}: no rule can raise an alert there."


def _about_cameras(site: Site) -> Iterator[str]:
    for camera_id, camera in site.cameras.items():
        rules = site.rules_of(camera_id).values()
        views = {rule.view for rule in rules if Modality.VIDEO in rule.modalities}
        for region in camera.regions:
            if region not in views:
                yield f"camera {camera_id}: no rule looks at its region {region}."
        heard_by = [c for c in site.cameras if site.ear_of(c) == camera_id]
        if camera.audio is AudioUse.SCORE and not any(
            Modality.AUDIO in r.modalities for c in heard_by for r in site.rules_of(c).values()
        ):
            yield (
                f"camera {camera_id}: audio is score, but no rule there listens: its sound is not "
                "decoded, and nothing of it is remembered."
            )
        for option, url in (("url", camera.url), ("analysis_url", camera.analysis_url)):
            if url is not None:
                yield from _about_address(f"camera {camera_id}: {option}", camera, url)


def _about_address(what: str, camera: Camera, url: SecretStr) -> Iterator[str]:
    parts = urlsplit(url.get_secret_value())
    if not parts.scheme.startswith("rtsp"):
        return
    if not (parts.password or parts.query or _is_local(parts.hostname)):
        yield f"{what} holds no password: whoever reaches this camera can watch it."
    if any(_BARE_VARIABLE.fullmatch(part or "") for part in (parts.username, parts.password)):
        yield f"{what} has a user or password that begins with $: a variable is written ${{NAME}}."
    if camera.pace == "fast" or camera.loop:
        yield f"{what} is live: pace: fast and loop: are for files and do nothing."


def _about_evidence(site: Site) -> Iterator[str]:
    media, window = site.media, site.window
    needed = media.pre_roll + window.length + window.lateness
    if media.ring < needed:
        yield (
            f"media.ring is {media.ring:g} s: clips may lack their beginning. An incident is known "
            f"up to {needed - media.pre_roll:g} s after it began, and pre_roll adds "
            f"{media.pre_roll:g} s."
        )


def _about_outlets(site: Site) -> Iterator[str]:
    if not site.sinks:
        yield "sinks is empty: alerts stay in the outbox and reach nobody."
    if site.redis.url is not None:
        parts = urlsplit(site.redis.url.get_secret_value())
        if parts.scheme == "redis" and not _is_local(parts.hostname):
            yield "redis.url is not encrypted: write rediss:// where the server can do TLS."
        if parts.scheme != "unix" and not (parts.password or _is_local(parts.hostname)):
            yield "redis.url holds no password: whoever reaches the server can add alerts."
    if site.redis.ca_file is not None and not _is_tls(site.redis.url):
        yield "redis.ca_file does nothing without a rediss:// address."
    if not _is_local(site.health.host):
        yield (
            f"health.host is {site.health.host}: health and metrics have no password and show "
            "the names of cameras and rules."
        )
    if _share_a_port(site):
        yield (
            f"console.port and health.port are both {site.health.port}: what starts second finds "
            "it taken."
        )


def _share_a_port(site: Site) -> bool:
    hosts = {site.console.host, site.health.host}
    together = len(hosts) == 1 or bool(hosts & EVERYWHERE.keys())
    return together and site.console.port == site.health.port != 0


def _is_tls(url: SecretStr | None) -> bool:
    return url is not None and url.get_secret_value().startswith("rediss:")


def _is_local(host: str | None) -> bool:
    if host is None or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _list(names: list[str]) -> str:
    shown = names if len(names) <= 5 else [*names[:4], f"{len(names) - 4} more"]
    return ", ".join(shown)
