"""What ``hearsight check`` shows: a site file in the words of the people who will live with it."""

from __future__ import annotations

from pydantic import SecretStr
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.config.addresses import masked
from pipeline.config.advice import promised_per_day, warnings_of, watches
from pipeline.config.cameras import AudioUse, Camera
from pipeline.config.explain_arming import armed_when, arming_table
from pipeline.config.media import Archive
from pipeline.config.model import Site
from pipeline.config.outlets import JsonLinesSink
from pipeline.config.rules import Learn, Rule
from pipeline.config.schema import schema
from pipeline.records import WHOLE_VIEW, Modality, Severity

__all__ = ["explain", "masked_address", "schema"]

_SPANS = ((86400.0, "day"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (0.001, "ms"))
_COLOURS = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


def explain(site: Site) -> RenderableType:
    """Return a page about ``site`` for `rich`: no secret is in it, and no text of it is markup."""
    return Group(
        Text.assemble("Site ", (site.site, "bold"), f", {site.timezone} time"),
        _cameras(site),
        _rules(site),
        *([arming] if (arming := arming_table(site)) else []),
        _promise(site),
        _works(site),
        *_warnings(site),
    )


def masked_address(url: SecretStr) -> str:
    """Return an address without what is secret in it."""
    return masked(url.get_secret_value())


def _cameras(site: Site) -> Table:
    table = _table("Cameras", "camera", "address", "picture", "sound", "rules")
    for name, camera in site.cameras.items():
        address = masked_address(camera.url)
        if camera.analysis_url is not None:
            address += f"\nscored: {masked_address(camera.analysis_url)}"
        rules = list(site.rules_of(name))
        sound = {
            AudioUse.OFF: "not used",
            AudioUse.SCORE: "scored, never kept",
            AudioUse.RECORD: "scored, kept in clips",
        }[camera.audio]
        ear = site.ear_of(name)
        if ear is not None and ear != name:
            sound += f"\nhears with {ear}"
        named = ", ".join(rules) if rules else "none"
        table.add_row(*map(Text, (name, address, _picture(camera), sound, named)))
    return table


def _picture(camera: Camera) -> str:
    if not camera.video:
        return "not used"
    lines = [f"{camera.sample_fps:g} a second"]
    if camera.regions:
        lines.append(f"regions: {', '.join(camera.regions)}")
    if camera.masks:
        lines.append(f"{len(camera.masks)} masked, also in clips")
    return "\n".join(lines)


def _rules(site: Site) -> Table:
    table = _table("Rules", "rule", "severity", "looks for", "listens for", "false alarms a camera")
    for name, rule in site.rules.items():
        table.add_row(
            Text(name),
            Text(rule.severity, style=_COLOURS[rule.severity]),
            Text(_looks_for(rule)),
            Text(_listens_for(rule)),
            Text(
                f"{_rate(rule.false_alarms)}\ncooldown {_span(rule.cooldown)}\n{armed_when(rule)}"
            ),
        )
    return table


def _looks_for(rule: Rule) -> str:
    if rule.learn is not None:
        return _view(rule) + _learns(rule.learn) if Modality.VIDEO in rule.modalities else "-"
    if rule.contradiction is not None:
        return _view(rule) + "what is seen and not heard"
    return _prompts(rule.see, rule.normal.see, _view(rule))


def _listens_for(rule: Rule) -> str:
    if rule.learn is not None:
        return _learns(rule.learn) if Modality.AUDIO in rule.modalities else "-"
    if rule.contradiction is not None:
        return "what is heard and not seen"
    return _prompts(rule.hear, rule.normal.hear, "")


def _learns(learn: Learn) -> str:
    by = ", by hour of day" if learn.by == "hour_of_day" else ""
    return f"what is not normal there,\nonce {_span(learn.after)} was watched{by}"


def _view(rule: Rule) -> str:
    return "" if rule.view == WHOLE_VIEW else f"in region {rule.view}:\n"


def _prompts(prompts: tuple[str, ...], normal: tuple[str, ...], before: str) -> str:
    if not prompts:
        return "-"
    against = ", ".join(normal) if normal else "the defaults"
    return before + "\n".join(prompts) + f"\nagainst: {against}"


def _promise(site: Site) -> Text:
    working = [watch for watch in watches(site) if watch.modalities]
    return Text.assemble(
        "When nothing is wrong this site raises at most about ",
        (_rate(promised_per_day(site)), "bold"),
        f": {len(working)} pair{'' if len(working) == 1 else 's'} of camera and rule.",
    )


def _works(site: Site) -> Table:
    table = Table(title="How it works", title_justify="left", show_header=False, box=None)
    models, window, media = site.models, site.window, site.media
    threads = f", {models.threads} threads" if models.threads else ""
    rows = {
        "models": f"sight {models.sight}, sound {models.sound}, on {models.device}{threads}",
        "windows": f"{_span(window.length)} every {_span(window.hop)}, waiting "
        f"{_span(window.lateness)} for what is late",
        "clips": f"from {_span(media.pre_roll)} before to {_span(media.post_roll)} after, at most "
        f"{_span(media.max_clip)}, kept {_span(media.retention)}",
        "archive": _archive(site.archive),
        "alerts to": _outlets(site),
        "canary": f"every {_span(site.canary)}, through the whole line" if site.canary else "never",
        "health": f"http://{site.health.host}:{site.health.port}/readiness",
        "state in": str(site.state_dir),
    }
    for what, text in rows.items():
        table.add_row(Text(what, style="dim"), Text(text))
    return table


def _archive(archive: Archive) -> str:
    if not archive.enabled:
        return "none: rules cannot be rehearsed over days past"
    pictures = ", with small pictures" if archive.thumbnails else ""
    return f"embeddings{pictures}, kept {_span(archive.retention)}, to rehearse rules over"


def _outlets(site: Site) -> str:
    lines = []
    for sink in site.sinks:
        if isinstance(sink, JsonLinesSink):
            lines.append(f"file {sink.path}")
            continue
        url = site.redis.url
        where = masked_address(url) if url is not None else "a server of its own, on a local socket"
        lines.append(f"Redis stream {site.redis.stream_prefix}:alerts, {where}")
    return "\n".join(lines) or "nowhere"


def _warnings(site: Site) -> list[Text]:
    return [Text.assemble(("look at: ", "yellow"), line) for line in warnings_of(site)]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", show_lines=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _span(seconds: float) -> str:
    for size, unit in _SPANS:
        if seconds >= size:
            count = seconds / size
            return f"{count:g} {unit}{'s' if unit == 'day' and count != 1 else ''}"
    return "0 s"


def _rate(per_day: float) -> str:
    for days, unit in ((1.0, "day"), (7.0, "week"), (30.0, "month")):
        if per_day * days >= 0.95 or unit == "month":
            count = per_day * days
            return f"{f'{count:,.0f}' if count >= 1000 else f'{count:.3g}'} per {unit}"
    raise AssertionError  # the last unit takes every rate
