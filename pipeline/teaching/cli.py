"""The commands ``hearsight teach`` and ``hearsight verdict``."""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import Annotated

import typer

from pipeline.terminal import SiteArgument, console, fail, named_errors, read_running_site


def teach(
    site: SiteArgument,
    rule: Annotated[str | None, typer.Option(help="the rule that is taught")] = None,
    yes: Annotated[
        list[Path] | None,
        typer.Option(exists=True, file_okay=False, help="a folder of clips that show it"),
    ] = None,
    no: Annotated[
        list[Path] | None,
        typer.Option(exists=True, file_okay=False, help="a folder of clips that do not"),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="show what was taught, and stop")] = False,
    undo: Annotated[
        str | None, typer.Option(metavar="RULE", help="take back what a rule was taught last")
    ] = None,
    by: Annotated[str | None, typer.Option(help="who teaches; default: you")] = None,
) -> None:
    """Teach a rule from a few clips of each kind, of your own cameras.

    What does best on clips that it was not shown is used: learned context for the prompts (CoOp),
    weights for them, a cache of the examples (Tip-Adapter) or a probe; or nothing at all, where
    none does better than the plain prompts. Clips in one subfolder count as one recording.
    """
    from pipeline.encoders.base import EncoderError
    from pipeline.evaluation.errors import EvaluationError
    from pipeline.ledger import LedgerError
    from pipeline.normal_cli import give
    from pipeline.teaching.command import Folders, TeachingError, list_lessons
    from pipeline.teaching.command import teach as learn
    from pipeline.teaching.lessons import LessonError

    settings = read_running_site(site)
    with named_errors(EvaluationError, EncoderError, LedgerError, LessonError, OSError):
        if show:
            console.print(list_lessons(settings))
            return
        if undo is not None:
            if not give(settings, "undo_lesson", rule=undo):
                raise typer.Exit(1)
            return
        if rule is None or not yes or not no:
            raise TeachingError(
                "say what to teach: --rule NAME --yes FOLDER --no FOLDER, or --list, or --undo RULE"
            )
        name = learn(
            settings,
            rule,
            Folders(yes, no),
            by=by or getpass.getuser(),
            console=console,
            models=None,
        )
        if name is not None and not give(settings, "adopt_lesson", rule=rule, name=name):
            raise typer.Exit(1)


def verdict(
    site: SiteArgument,
    alert_id: Annotated[str, typer.Argument(metavar="ALERT_ID", help="as in the alert")],
    said: Annotated[str, typer.Argument(metavar="confirmed|false_alarm")],
    by: Annotated[str | None, typer.Option(help="who says so; default: you")] = None,
) -> None:
    """Say whether an alert was right: its rule learns from it at once."""
    from pipeline.feedback import order_of
    from pipeline.ledger import Ledger, LedgerError
    from pipeline.normal_cli import give, ledger_of, tell_outcome
    from pipeline.own_redis import desk_url_of
    from sinks.feedback import VERDICTS, MalformedVerdict, Verdict, send_verdict
    from sinks.group_reader import ReaderUnavailable
    from sinks.redis_binary import EmbeddedRedisError

    settings = read_running_site(site)
    if said not in VERDICTS:
        fail(f"a verdict is {' or '.join(VERDICTS)}, not {said!r}", 2)
    told = Verdict(alert_id, said, by or getpass.getuser(), time.time())
    with named_errors(EmbeddedRedisError, MalformedVerdict, ReaderUnavailable, LedgerError):
        if any(sink.type == "redis" for sink in settings.sinks):
            send_verdict(
                desk_url_of(settings),
                told,
                prefix=settings.redis.stream_prefix,
                ca_file=settings.redis.ca_file,
            )
            with Ledger(ledger_of(settings)) as ledger:
                learned = tell_outcome(lambda: order_of(told, ledger))
        else:
            # No stream, no reader: straight to where the reader would put it.
            learned = give(settings, "verdict", by=told.by, id=alert_id, verdict=said, at=told.at)
    if not learned:
        raise typer.Exit(1)
