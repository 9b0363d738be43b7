"""Plays the demo from beginning to end, with a live view of it."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from pipeline.demo import stage
from pipeline.demo.console import ConsoleProcess
from pipeline.demo.report import EventResult, Planned, Report, judge
from pipeline.records import AlertType
from pipeline.simulate import MediaSource, Start, serve
from sinks.alert_json import inert
from sinks.reader import Received

#: After a film's end: late windows, hysteresis, delivery.
_AFTER_S = 8.0
_FILM_S = 75.0


def play(
    seeds: Sequence[int],
    *,
    template: Path,
    console: Console,
    report_path: Path | None = None,
    keep: Path | None = None,
    seconds: float = _FILM_S,
    port: int = 0,
    stay: Callable[[stage.Line, ConsoleProcess], None] | None = None,
) -> Report:
    """Render a film for each seed, let the line watch them live, and judge what it alerted.

    Args:
        seeds: one camera plays one film for each.
        template: the site file with the demo's rules and its one camera.
        console: where the live view goes.
        report_path: where the report goes, as JSON.
        keep: folder for films, clips and logs; default: a temporary one that is removed.
        seconds: length of a film.
        port: of the operators' console; 0: a free one.
        stay: with it a console runs beside the line, and the films begin again at their end; called
            after the report, all ends when it returns.

    Raises:
        DemoFailed: the line or the console did not come up, or ended.
    """
    with ExitStack() as stack:
        if keep is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hearsight-")))
        else:
            folder = keep
            folder.mkdir(parents=True, exist_ok=True)
        films = _render(seeds, seconds, folder, console)
        mounts = {
            film.camera: MediaSource(film.path, loop=stay is not None, start=Start.PLAY)
            for film in films
        }
        cameras = stack.enter_context(serve(mounts))
        urls = {film.camera: cameras.url(film.camera) for film in films}
        for camera, url in urls.items():
            console.print(f"Camera [bold]{camera}[/] is live at {url}")
        site = stage.write_site(template, films, urls, folder, port)
        line = stack.enter_context(stage.Line(site, folder / "line.log"))
        with console.status("Starting the line: models, Redis, ingest …"):
            url = stage.wait_for(
                line, lambda: stage.redis_url(folder / "state"), "Redis", lambda: None
            )
            if stay is not None:
                operators = stack.enter_context(ConsoleProcess(site, folder / "console.log"))
                _introduce(operators, console)
            seen = stack.enter_context(stage.listening(url))
            times = stage.wait_for(
                line, lambda: stage.started(cameras, films), "the first picture", lambda: None
            )
        planned = [event for film in films for event in film.planned(times[film.camera])]
        _watch(line, planned, seen, min(times.values()) / 1e9, seconds, console)
        speed = stage.throughput(url)
        if stay is None:
            line.stop()
        # What begins after their end belongs to the films' second round.
        end = max(event.begins - event.at_s for event in planned) + seconds
        first = [item for item in seen if item.alert.start_time < end]
        report = judge(seeds, planned, first, stream_seconds_per_second=speed)
        _show(report, console)
        if report_path is not None:
            report_path.write_text(json.dumps(report.to_json(), indent=2) + "\n")
            console.print(f"Report written to {report_path}")
        if stay is not None:
            stay(line, operators)
    return report


def _introduce(operators: ConsoleProcess, console: Console) -> None:
    """Say where the operators' console is, and how to get in."""
    console.print(Text.assemble("The console is at ", (operators.address, "bold")), soft_wrap=True)
    if operators.password:
        how = f"Sign in as {operators.user} with the password {operators.password} (shown once)"
        console.print(how, markup=False, highlight=False, soft_wrap=True)
    else:
        console.print("Sign in as before: the folder's accounts are kept")


def _render(
    seeds: Sequence[int], seconds: float, folder: Path, console: Console
) -> list[stage.Film]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        words = ", ".join(str(seed) for seed in seeds)
        task = progress.add_task(f"Filming a new scene (seed {words})", total=1.0)
        return stage.render_films(
            seeds, seconds, folder, lambda part: progress.update(task, completed=part)
        )


def _watch(
    line: stage.Line,
    planned: Sequence[Planned],
    seen: Sequence[Received],
    began: float,
    seconds: float,
    console: Console,
) -> None:
    """Show alerts as they arrive until the films are over."""
    told = 0
    with Live(console=console, refresh_per_second=4, transient=console.is_terminal) as live:
        while (at := time.monotonic() - began) < seconds + _AFTER_S:
            line.check()
            if console.is_terminal:
                live.update(_view(at, seconds, planned, seen))
            for item in seen[told:]:
                told += 1
                if not console.is_terminal and item.alert.type is AlertType.NEW:
                    console.print(_sentence(item))
            time.sleep(0.2)
    if console.is_terminal:
        console.print(_alerts(seen))


def _view(
    at: float, seconds: float, planned: Sequence[Planned], seen: Sequence[Received]
) -> RenderableType:
    now = time.time()
    happening = [e for e in planned if e.begins <= now <= e.ends]
    what = ", ".join(f"{e.name.replace('_', ' ')} ({e.camera})" for e in happening)
    head = Text.assemble(
        (f" {min(at, seconds):5.1f} / {seconds:.0f} s ", "bold reverse"),
        "  the film, not told to the line: ",
        (what or "quiet life", "bold yellow" if what else "dim"),
    )
    return Group(head, _alerts(seen))


def _alerts(seen: Sequence[Received]) -> Table:
    table = Table(title="Alerts read back from Redis", title_justify="left", expand=False)
    for heading in ("time", "camera", "rule", "severity", "state", "evidence", "media", "latency"):
        table.add_column(heading)
    latest: dict[str, Received] = {}
    first: dict[str, Received] = {}
    for item in list(seen):
        latest[item.alert.id] = item
        first.setdefault(item.alert.id, item)
    for key, item in latest.items():
        alert = item.alert
        media = [
            name
            for name, path in (("picture", alert.thumb_path), ("clip", alert.clip_path))
            if path
        ]
        latency = first[key].received_at - first[key].alert.captured_at
        table.add_row(
            time.strftime("%H:%M:%S", time.localtime(alert.start_time)),
            alert.camera,
            alert.rule,
            str(alert.severity),
            str(alert.type),
            _evidence(item),
            " + ".join(media) or "-",
            f"{latency:.2f} s",
        )
    return table


def _evidence(item: Received) -> str:
    senses = item.alert.data.get("fusion", {}).get("modalities", {})
    words = {"video": "seen", "audio": "heard"}
    parts = [
        f"{words[name]} {reading['share']:.0%}: {inert(reading['prompts'][0]['prompt'], 40)}"
        for name, reading in senses.items()
        if reading["share"] >= 0.05 and reading["prompts"]
    ]
    return "; ".join(parts)


def _sentence(item: Received) -> str:
    alert = item.alert
    return (
        f"ALERT {alert.severity}: {alert.rule} at {alert.camera} ({_evidence(item)}), "
        f"{item.received_at - alert.captured_at:.2f} s after the frame arrived"
    )


def _show(report: Report, console: Console) -> None:
    table = Table(title="What happened, and what was said", title_justify="left")
    for heading in ("event", "camera", "sense", "at", "alerted", "after its begin", "latency"):
        table.add_column(heading)
    for event in sorted(report.events, key=lambda e: (e.camera, e.at_s)):
        table.add_row(*_event_row(event))
    console.print(table)
    for wrong in report.wrong:
        console.print(f"[red]wrong alert:[/] {wrong['rule']} at {wrong['camera']}")
    latency = report.latency_s
    console.print(
        f"recall {report.recall:.2f} · wrong alerts {report.wrong_alerts} · latency p50 "
        f"{latency['p50']} s, p95 {latency['p95']} s · {report.stream_seconds_per_second:.2f} "
        "stream seconds per second"
    )
    verdict = (
        "[green]passed:[/] every event was alerted, and nothing else"
        if report.passed
        else "[red]failed:[/] an event was missed, or something else was alerted"
    )
    console.print(verdict)


def _event_row(event: EventResult) -> tuple[str, ...]:
    words = {("video", "audio"): "seen and heard", ("video",): "seen", ("audio",): "heard"}
    return (
        event.name.replace("_", " "),
        event.camera,
        words.get(event.modalities, " and ".join(event.modalities)),
        f"{event.at_s:.1f} s",
        "[green]yes[/]" if event.alerted else "[red]MISSED[/]",
        "-" if event.delay_s is None else f"{event.delay_s:.1f} s",
        "-" if event.latency_s is None else f"{event.latency_s:.2f} s",
    )
