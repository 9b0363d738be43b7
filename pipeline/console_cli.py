"""``hearsight console`` and ``hearsight users``."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Annotated

import typer

from pipeline.config import secrets_of
from pipeline.terminal import SiteArgument, console, errors, named_errors, read_site

users = typer.Typer(no_args_is_help=True, help="Who may use the console.")
Name = Annotated[str, typer.Argument(help="of the account")]


def serve_console(
    site: SiteArgument,
    first_password: Annotated[
        bool | None,
        typer.Option(
            "--first-password/--no-first-password",
            help="make and show the first account; default: on a terminal, not into a log",
        ),
    ] = None,
) -> None:
    """Serve the operators' web page of a running site, until stopped."""
    from pipeline.logs import configure
    from pipeline.own_redis import desk_url_of
    from pipeline.watchdog import Watchdog
    from sinks.console.accounts import AccountsError
    from sinks.console.desk import DeskError
    from sinks.console.serve import CertificateUnusable, ConsolePortTaken, serve
    from sinks.console.site_now import SiteNow
    from sinks.redis_binary import EmbeddedRedisError

    settings = read_site(site)
    configure(
        process="console",
        level=settings.log_level,
        secrets=secrets_of(settings),
        human=sys.stderr.isatty(),
    )
    with named_errors(
        EmbeddedRedisError, ConsolePortTaken, CertificateUnusable, AccountsError, DeskError
    ):
        asyncio.run(
            serve(
                SiteNow(settings, site),
                desk_url_of(settings),
                say=lambda text: console.print(text, markup=False, highlight=False, soft_wrap=True),
                first_account=sys.stdout.isatty() if first_password is None else first_password,
                watchdog=Watchdog.of(os.environ),
            )
        )


@users.command("list")
def list_users(site: SiteArgument) -> None:
    """List the accounts."""
    from rich.table import Table

    from sinks.console.accounts import AccountsError
    from sinks.console.serve import guard_of

    table = Table("name", "role", "cameras", "state", box=None)
    with named_errors(AccountsError):
        for account in guard_of(read_site(site)).accounts.all():
            state = "disabled" if account.disabled else "new" if account.must_change else ""
            table.add_row(account.name, account.role.value, str(account.rights), state)
    console.print(table)


@users.command()
def add(
    site: SiteArgument,
    name: Name,
    role: Annotated[str, typer.Option(help="viewer, operator or admin")] = "operator",
    camera: Annotated[list[str] | None, typer.Option(help="only this one; may be repeated")] = None,
    group: Annotated[list[str] | None, typer.Option(help="only this group's cameras")] = None,
) -> None:
    """Make an account; its first password is shown once."""
    from sinks.console.accounts import EVERYTHING, AccountRefused, AccountsError, Rights, Role
    from sinks.console.serve import guard_of

    settings = read_site(site)
    with named_errors(AccountRefused, AccountsError):
        try:
            chosen = Role(role)
        except ValueError:
            raise AccountRefused(f"{role!r} is no role: viewer, operator or admin") from None
        guard = guard_of(settings)
        rights = EVERYTHING
        for one in sorted(set(camera or ()) - set(settings.cameras)):
            errors.print(f"look at: the site has no camera {one} yet", markup=False, soft_wrap=True)
        for one in sorted(set(group or ()) - set(settings.groups)):
            told = f"look at: no camera of the site is in a group {one} yet"
            errors.print(told, markup=False, soft_wrap=True)
        if camera or group:
            rights = Rights.of(cameras=camera or (), groups=group or ())
        password = guard.accounts.add(name, chosen, rights, by="the command line")
        guard.audit.write("the command line", "account added", name=name, role=role)
    console.print(f"password of {name}: {password}", markup=False, highlight=False)


@users.command()
def disable(site: SiteArgument, name: Name) -> None:
    """Keep somebody out; their sessions end at once."""
    from sinks.console.accounts import AccountRefused, AccountsError
    from sinks.console.serve import guard_of

    guard = guard_of(read_site(site))
    with named_errors(AccountRefused, AccountsError):
        guard.accounts.change(name, disabled=True)
        guard.audit.write("the command line", "account disabled", name=name)
    console.print(f"{name} is disabled")


@users.command("reset-password")
def reset_password(site: SiteArgument, name: Name) -> None:
    """Give somebody a new first password, shown once."""
    from sinks.console.accounts import AccountRefused, AccountsError
    from sinks.console.serve import guard_of

    guard = guard_of(read_site(site))
    with named_errors(AccountRefused, AccountsError):
        password = guard.accounts.reset_password(name)
        guard.throttle.forget(name)
        guard.audit.write("the command line", "password reset", name=name)
    console.print(f"password of {name}: {password}", markup=False, highlight=False)
