"""The command ``hearsight``."""

from __future__ import annotations

import asyncio
import json
import os
import secrets as random_secrets
import sys
import threading
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_cache_path

from pipeline.arming_cli import arm, silence
from pipeline.backup.cli import backup, restore
from pipeline.bench.cli import bench
from pipeline.config import SiteFileError, secrets_of
from pipeline.console_cli import serve_console, users
from pipeline.doctor.cli import doctor
from pipeline.exports.cli import export
from pipeline.forget_cli import forget
from pipeline.models_cli import models, not_pulled
from pipeline.normal_cli import app as normal_app
from pipeline.rehearse.cli import rehearse
from pipeline.reload_cli import reload
from pipeline.rules_cli import overrides_of, rules
from pipeline.search_cli import search
from pipeline.soak.cli import soak
from pipeline.teaching.cli import teach, verdict
from pipeline.terminal import (
    SiteArgument,
    console,
    end_in_order,
    errors,
    fail,
    named_errors,
    read_site,
    read_site_alone,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(normal_app, name="normal")
app.add_typer(bench, name="bench")
app.add_typer(models, name="models")
app.command()(arm)
app.command()(silence)
app.command()(backup)
app.command()(restore)
app.command()(doctor)
app.command()(export)
app.command()(forget)
app.command()(rehearse)
app.command()(reload)
app.command()(rules)
app.command()(search)
app.command()(soak)
app.command("console")(serve_console)
app.add_typer(users, name="users")
app.command()(teach)
app.command()(verdict)


def _say_version(wanted: bool) -> None:
    if wanted:
        console.print(f"hearsight {version('hearsight')}", highlight=False)
        raise typer.Exit


@app.callback()
def hearsight(
    say_version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="say which this is"),
    ] = False,
) -> None:
    """Watches live cameras and listens to them: plain-word rules, calibrated alerts."""
    del say_version  # its callback has said it, and ended


@app.command()
def run(site: SiteArgument) -> None:
    """Watch a site until stopped (Ctrl-C or SIGTERM); alerts go to its sinks."""
    from pipeline.data_dir import DataDirUnusable, SiteInUse
    from pipeline.errors import ModelsUnusable, PortTaken
    from pipeline.logs import configure
    from pipeline.process import collect_seldom
    from pipeline.rule_overrides import OverridesError
    from pipeline.supervisor import Supervisor
    from sinks.redis_binary import EmbeddedRedisError, NoRedisServer

    settings = read_site(site)
    configure(
        process="supervisor",
        level=settings.log_level,
        secrets=secrets_of(settings),
        human=sys.stderr.isatty(),
    )
    with named_errors(
        DataDirUnusable,
        SiteInUse,
        PortTaken,
        ModelsUnusable,
        EmbeddedRedisError,
        NoRedisServer,
        OverridesError,
    ):
        collect_seldom()
        asyncio.run(Supervisor(settings, path=site).run())


@app.command()
def check(site: SiteArgument) -> None:
    """Validate a site file and explain what it means."""
    from rich.text import Text

    from pipeline.config.explain import explain
    from pipeline.data_dir import closed_to_us
    from pipeline.encoders.base import EncoderError
    from pipeline.prompts import never_met
    from pipeline.rule_overrides import OverridesError

    settings = read_site_alone(site)
    console.print(explain(settings))
    with named_errors(EncoderError, OverridesError):
        absent = not_pulled(settings)
        closed = closed_to_us(settings.state_dir)
        overridden = (
            [f"{closed}, to see what was changed of rules."]
            if closed
            else [*overrides_of(settings)]
        )
    for line in [*overridden, *absent, *never_met(settings)]:
        console.print(Text.assemble(("look at: ", "yellow"), line))


@app.command()
def schema() -> None:
    """Print the JSON Schema of site files, for editors."""
    from pipeline.config.explain import schema as site_schema

    sys.stdout.write(json.dumps(site_schema(), indent=2) + "\n")


@app.command()
def demo(
    seed: Annotated[
        list[int] | None, typer.Option(help="the scene; give several for several cameras")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="write the report here, as JSON")] = None,
    keep: Annotated[
        Path | None, typer.Option(help="keep films, clips and logs in this folder")
    ] = None,
    with_console: Annotated[
        bool, typer.Option("--console", help="with the operators' console, until Ctrl-C")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="the console's; default: a free one")
    ] = None,
) -> None:
    """Watch a generated scene live, with sound, and report what was found.

    With --console the films go on, over and over, beside the page that operators look at.
    Exit status 0 only if every event was alerted and nothing else was.
    """
    from pipeline.config.packaged import packaged_config
    from pipeline.demo.console import free_port, invitation, until_stopped
    from pipeline.demo.play import play
    from pipeline.demo.stage import DemoFailed

    seeds = seed or [random_secrets.randbelow(10_000)]
    # The line would outlive the demo.
    end_in_order()
    with named_errors(DemoFailed, OSError):
        result = play(
            seeds,
            template=packaged_config("demo.yaml"),
            console=console,
            report_path=report,
            keep=keep,
            port=port or free_port(),
            stay=until_stopped(console) if with_console else None,
        )
        if not with_console:
            console.print(invitation(seeds), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(0 if result.passed else 1)


@app.command("simulate-camera")
def simulate_camera(
    what: Annotated[
        list[str], typer.Argument(metavar="FILE|scene", help="films, or 'scene' to generate one")
    ],
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8554,
    loop: Annotated[bool, typer.Option(help="begin again at the end")] = True,
    seed: Annotated[int, typer.Option(help="which scene")] = 1,
    user: Annotated[
        str | None,
        typer.Option(help="ask for this user; the password: in HEARSIGHT_CAMERA_PASSWORD"),
    ] = None,
) -> None:
    """Serve clips or the generated scene over RTSP, with sound, as live cameras."""
    import tempfile

    from pipeline.scene.compose import compose
    from pipeline.scene.render import render
    from pipeline.simulate import PASSWORD, MediaError, run_cameras

    # Never on a command line, which every user of the machine can list.
    password = os.environ.get(PASSWORD, "")
    if user is not None and not password:
        fail(f"--user {user} needs a password: export {PASSWORD}=…")
    with (
        tempfile.TemporaryDirectory(prefix="hearsight-") as folder,
        named_errors(MediaError, OSError),
    ):
        files = []
        for item in what:
            path = Path(item)
            if item == "scene":
                path = Path(folder) / "scene.mp4"
                console.print(f"filming scene {seed} …")
                render(compose(seed), path)
            elif not path.is_file():
                fail(f"{path}: no such file; write 'scene' to generate one")
            files.append(path)
        run_cameras(
            files,
            host,
            port,
            loop,
            user=user,
            password=password,
            say=lambda text: console.print(text, markup=False, highlight=False, soft_wrap=True),
        )


@app.command()
def tail(
    site: SiteArgument,
    replay: Annotated[bool, typer.Option("--all", help="begin with what is there")] = False,
) -> None:
    """Show alerts live in the terminal."""
    import signal

    from pipeline.own_redis import desk_url_of
    from sinks.reader import AlertReader
    from sinks.redis_binary import EmbeddedRedisError
    from sinks.tail import follow, render_row

    settings = read_site_alone(site)
    with named_errors(EmbeddedRedisError):
        url = desk_url_of(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    reader = AlertReader(
        url,
        group=f"tail-{random_secrets.token_hex(4)}",
        consumer="tail",
        prefix=settings.redis.stream_prefix,
        start="0" if replay else "$",
        ephemeral=True,
        ca_file=settings.redis.ca_file,
    )

    def on_state(trouble: str | None) -> None:
        errors.print(f"[yellow]{trouble}[/]" if trouble else "[dim]listening[/]", soft_wrap=True)

    for received in follow(reader, stop, on_state=on_state):
        console.print(render_row(received.alert), soft_wrap=True)


@app.command("test-alert")
def send_test(
    site: SiteArgument,
    timeout: Annotated[float, typer.Option(min=1, help="seconds to wait for it")] = 20.0,
) -> None:
    """Have the running site send a canary, and wait until its marked alert is read back."""
    from pipeline.own_redis import desk_url_of
    from sinks.canary import send_test_alert
    from sinks.console.line_client import LineUnavailable
    from sinks.reader import ReaderUnavailable
    from sinks.redis_binary import EmbeddedRedisError

    settings = read_site(site)
    if not any(sink.type == "redis" for sink in settings.sinks):
        fail("the site has no Redis sink to read the alert back from")
    with named_errors(EmbeddedRedisError, LineUnavailable, ReaderUnavailable, TimeoutError):
        url = desk_url_of(settings)
        took_s = send_test_alert(
            state_dir=settings.state_dir,
            url=url,
            redis=settings.redis,
            timeout_s=timeout,
        )
    console.print(
        "[green]delivered:[/] from shared memory through encoder, judge and outbox, and read back "
        f"from Redis {took_s:.2f} s later"
    )


@app.command()
def evaluate(
    suite: Annotated[str, typer.Argument(metavar="SUITE", help="see `hearsight evaluate list`")],
    data: Annotated[Path | None, typer.Option(help="the data set's folder")] = None,
    models: Annotated[
        str, typer.Option(metavar="embedded|SITE.yaml", help="the models of this site file")
    ] = "embedded",
    report: Annotated[Path | None, typer.Option(help="write the report here, as JSON")] = None,
    plots: Annotated[Path | None, typer.Option(help="draw curves into this folder")] = None,
    cache: Annotated[
        Path | None, typer.Option(help="keep embeddings here; default: the user's cache folder")
    ] = None,
    split: Annotated[str, typer.Option(help="test, train or all")] = "test",
    normal: Annotated[
        list[str] | None, typer.Option(help="folder: a label that means nothing is wrong")
    ] = None,
    prompt: Annotated[
        list[str] | None, typer.Option(metavar="LABEL=TEXT", help="folder: words for a label")
    ] = None,
    runtime: Annotated[
        str | None, typer.Option(help="auto, torch or openvino, in place of the models' own")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="auto, fp32, bf16, fp16 or int8, likewise")
    ] = None,
) -> None:
    """Measure the models on a labelled data set, with chance and a plain baseline beside them."""
    from pipeline.encoders.base import EncoderError
    from pipeline.evaluation.command import Output, list_suites, request_of
    from pipeline.evaluation.command import evaluate as run_suite
    from pipeline.evaluation.errors import EvaluationError
    from pipeline.evaluation.models import models_named

    if suite == "list":
        console.print(list_suites())
        return
    how = {k: v for k, v in (("runtime", runtime), ("precision", precision)) if v is not None}
    with named_errors(EvaluationError, EncoderError, SiteFileError, OSError):
        pair = models_named(models, cache or user_cache_path("hearsight"), **how)
        run_suite(
            suite,
            request_of(data, split, normal or [], prompt or []),
            Output(report, plots, cache),
            command=["hearsight", *sys.argv[1:]],
            console=console,
            models=pair,
        )


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
