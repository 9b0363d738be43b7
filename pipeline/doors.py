"""Where programs reach a running site: its health address and its control socket."""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack

from prometheus_client import CollectorRegistry

from pipeline import control_rules, control_search, reload_desk
from pipeline.canary import route as canary_route
from pipeline.canary.sender import CanarySender
from pipeline.config import Site
from pipeline.control import ControlServer
from pipeline.health import HealthServer, build_app
from pipeline.live_pictures import LivePictures
from pipeline.rehearse.desk import RehearsalDesk
from pipeline.reload_desk import ReloadDesk
from pipeline.rule_desk import RuleDesk
from pipeline.search_desk import SearchDesk
from pipeline.views import Views


async def open_doors(
    stack: AsyncExitStack,
    site: Site,
    sock: socket.socket,
    *,
    views: Views,
    registry: CollectorRegistry,
    live: LivePictures,
    canary: CanarySender,
    search: SearchDesk,
    rules: RuleDesk,
    rehearsals: RehearsalDesk,
    reload: ReloadDesk,
) -> None:
    """Open both until ``stack`` is closed.

    Args:
        stack: closes them.
        site: says where the control socket is.
        sock: where health is told, bound.
        views: whether the site can do its work, what it is, and how it is now.
        registry: what ``/metrics`` shows.
        live: pictures of the cameras as they are.
        canary: sends what proves the way of an alert.
        search: finds moments by words.
        rules: changes rules.
        rehearsals: tells what a rule would have raised.
        reload: reads the site file anew.

    Raises:
        SocketUnusable: the control socket cannot be made.
    """
    server = HealthServer(build_app(views.readiness, registry), sock)
    await server.start()
    stack.push_async_callback(server.stop)
    control = ControlServer(site, live, views.site, views.state)
    control.include(canary_route.routes(canary))
    control.include(control_search.routes(search))
    control.include(control_rules.routes(rules, rehearsals))
    control.include(reload_desk.routes(reload))
    await control.start()
    stack.push_async_callback(control.stop)
