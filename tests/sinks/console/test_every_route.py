"""Every route that the console has, as the application itself lists them: who gets what."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from pipeline.messages import CameraState, HealthEvent
from pipeline.metrics import Exporter
from pipeline.overview import Overview
from pipeline.readiness import Readiness
from sinks.console.accounts import Rights, Role
from sinks.console.tokens import PREFIX
from tests.sinks.builders import make_alert
from tests.sinks.console.desktop import Desktop, told
from tests.sinks.console.reception import Browser, raw

#: What each route needs. A new one does not pass before it stands here.
VIEWER = """
GET /  GET /queue  GET /incidents/{incident}  GET /cameras/{camera}  GET /arming  GET /search
GET /health  GET /api/v1/health/part  GET /{path:path}  GET /password  POST /password  POST /logout
GET /api/v1/openapi.json  GET /api/v1/me  GET /api/v1/incidents  GET /api/v1/incidents/{incident}
GET /api/v1/incidents/{incident}/media/{kind}  GET /api/v1/cameras/{camera}/picture.jpg
GET /api/v1/cameras/{camera}/scores  GET /api/v1/arming  POST /api/v1/search
GET /api/v1/search/thumbnail  GET /api/v1/live
"""
OPERATOR = """
POST /api/v1/incidents/{incident}/acknowledge  POST /api/v1/incidents/{incident}/verdict
POST /api/v1/incidents/{incident}/notes  POST /api/v1/incidents/{incident}/assign
GET /api/v1/incidents/{incident}/export.zip  POST /api/v1/arming  POST /api/v1/silences
POST /api/v1/silences/end
"""
ADMIN = """
GET /rules  GET /rules/{rule}  GET /api/v1/rules  GET /api/v1/rules/{rule}
POST /api/v1/rules/{rule}/check  POST /api/v1/rehearsals  GET /api/v1/rehearsals/{number}
POST /api/v1/rehearsals/{number}/cancel  GET /api/v1/rehearsals/{number}/pictures/{name}
"""
#: Of those who may see all cameras: what else could they give themselves?
KEEPER = """
POST /api/v1/rules/{rule}  POST /api/v1/rules/{rule}/off  POST /api/v1/rules/{rule}/undo
GET /users  POST /users  GET /users/{name}  POST /users/{name}  GET /tokens  POST /tokens
POST /tokens/{number}/revoke  GET /audit  GET /api/v1/users  POST /api/v1/users
GET /api/v1/users/{name}  PATCH /api/v1/users/{name}  POST /api/v1/users/{name}/password-reset
GET /api/v1/tokens  POST /api/v1/tokens  DELETE /api/v1/tokens/{number}  GET /api/v1/audit
GET /api/v1/audit.csv
"""
PUBLIC = "GET /login  HEAD /login  POST /login  GET /healthz  HEAD /healthz"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
FILLED = {
    "incident": "yard-fire-1", "camera": "yard", "kind": "clip.mp4", "rule": "fire", "number": "1",
    "name": "ann", "path:path": "nothing/here",
}  # fmt: skip
#: The name of a camera, and what may lead to it from another's.
CROOKED = (
    "{own}%2f..%2f{other}", "..%2f{other}", "%2e%2e%2f{other}", "{own}/../{other}", ".%2e/{other}",
    "{own}%252f..%252f{other}", "{own}%00{other}", "{other}%00", "{other}%2e", "{other}/",
    "{own};{other}", "{own},{other}", "{own}%5c..%5c{other}", "{OTHER}", "%c0%ae%c0%ae/{other}",
    "{other}%20", "{own}%0d%0a{other}", "//{other}",
)  # fmt: skip


def listed(text: str) -> set[tuple[str, str]]:
    """Method and path of each route named."""
    found = re.findall(r"([A-Z]+) (/\S*)", text)
    return {(method, path) for method, path in found}


def routes(desk: Desktop) -> set[tuple[str, str]]:
    """Method and path of each that the application has."""
    return {
        (method, route.path or "")
        for route in iter_route_contexts(desk.app.routes)
        for method in route.methods or ()
        if not f"{route.path}/".startswith("/static/")
    }


def filled(path: str, **instead: str) -> str:
    return re.sub(r"{([^}]+)}", lambda found: {**FILLED, **instead}[found[1]], path)


def populated(desk: Desktop) -> None:
    """Two cameras, each with an incident, its evidence, and a live picture."""
    cameras = {c: {"state": "online", "fresh": True} for c in ("yard", "gate")}
    for camera in cameras:
        incident = f"{camera}-fire-1"
        path = f"{camera}/{incident}"
        media = {"thumb_path": f"{path}/thumb.jpg", "clip_path": f"{path}/clip.mp4"}
        desk.came(make_alert(incident, camera=camera, **media))
        for name in ("thumb.jpg", "clip.mp4", "clip.mp4?as=h264"):
            desk.line.answers[f"GET /v1/media/{path}/{name}"] = (200, {}, f"of {camera}".encode())
        picture = (200, {"x-captured-at": "1800000000.25"}, f"of {camera}".encode())
        desk.line.answers[f"GET /v1/cameras/{camera}/picture"] = picture
    desk.parts.hub.states(cameras)
    readiness = Readiness(cameras)
    for camera in cameras:
        readiness.camera(CameraState(camera, "online", f"at {camera}", True, True, 1.8e9))
        trouble = HealthEvent(camera, "dark", f"{camera} is dark", 1.8e9, camera, standing=True)
        readiness.event("judge", trouble)
    _, body = readiness.body(0.0, {"judge": True})
    desk.line.says("GET /v1/state", Overview(Exporter()).state(body, [], None))


async def asked(browser: Browser, method: str, path: str, body: Any = None) -> Any:
    """The answer to what a page's form or script would send."""
    if path == "/api/v1/live":
        cookie = {"cookie": f"__Host-hearsight={browser.cookie()}"}
        status, _, _ = await raw(browser.reception.app, method, path, headers=cookie, most=2)
        return type("Answer", (), {"status_code": status})
    if not path.startswith("/api/") and method == "POST":
        token = browser.csrf
        answer = await browser.post(path, body)
        browser.csrf = token  # an error's page has none
        return answer
    return await browser.call(method, path, body)


@pytest.mark.promise("security 1")
def test_every_route_is_known_here_with_what_it_needs(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        here = [listed(text) for text in (VIEWER, OPERATOR, ADMIN, KEEPER, PUBLIC)]
        assert set().union(*here) == routes(desk)
        assert sum(map(len, here)) == len(routes(desk)), "none stands here twice"

    told(story, short_tmp)


@pytest.mark.promise("security 1")
def test_a_stranger_gets_nothing_of_any_route_by_any_method(
    short_tmp: Path, record_property: Any
) -> None:
    strangers = {
        "nobody": {},
        "a made-up session": {"cookie": "__Host-hearsight=" + "A" * 43},
        "a made-up token": {"authorization": f"Bearer {PREFIX}" + "A" * 43},
        "a proxy's word": {"x-forwarded-user": "root", "remote-user": "root"},
    }

    async def story(desk: Desktop) -> None:
        populated(desk)
        await desk.person("root", Role.ADMIN)
        paths = {filled(path) for _, path in routes(desk)} | {"/openapi.json", "/docs", "/metrics"}
        tries = 0
        for path, method in itertools.product(sorted(paths), METHODS):
            if (method, path) in listed(PUBLIC):
                continue
            for who, says in strangers.items() if method in ("GET", "POST") else [("nobody", {})]:
                origin = {"origin": "https://console.test"}
                status, headers, messages = await raw(
                    desk.app, method, path, headers={**origin, **says}
                )
                body = b"".join(m.get("body", b"") for m in messages)
                where = f"{who}: {method} {path}: {status} {body!r}"
                tries += 1
                if path.startswith("/api/"):
                    assert status == 401, where
                    assert set(json.loads(body)) == {"detail"}, where
                else:
                    assert status == 303, where
                    assert headers["location"].startswith("/login"), where
                assert b"yard" not in body, where
        assert desk.line.asked == []
        record_property("measured", f"{len(paths)} paths, {tries} tries: all refused")

    told(story, short_tmp)


@pytest.mark.promise("security 2")
def test_each_role_gets_what_is_its_own_and_403_beyond(
    short_tmp: Path, record_property: Any
) -> None:
    needs = [
        *((route, Role.VIEWER, False) for route in listed(VIEWER)),
        *((route, Role.OPERATOR, False) for route in listed(OPERATOR)),
        *((route, Role.ADMIN, False) for route in listed(ADMIN)),
        *((route, Role.ADMIN, True) for route in listed(KEEPER)),
    ]

    async def story(desk: Desktop) -> None:
        populated(desk)
        for role, everything in itertools.product(Role, (True, False)):
            rights = Rights(everything=True) if everything else Rights.of(cameras=["yard"])
            browser = await desk.person(f"{role}-{everything}".lower(), role, rights)
            for (method, path), needed, keeper in sorted(needs, key=str):
                if path in ("/logout", "/password") and method == "POST":
                    continue  # anybody's, and the end of this story
                status = (await asked(browser, method, filled(path))).status_code
                allowed = role.may(needed) and (everything or not keeper)
                # Without a body much is refused as malformed: by then the right to ask was there.
                assert (status == 403) != allowed, (role, everything, method, path, status)
                assert status != 401
        record_property("measured", f"{len(needs)} routes by 6 kinds of accounts")

    told(story, short_tmp)


def bodies(camera: str) -> dict[str, Any]:
    """What the routes want that name a camera in their body or query, and not in their path."""
    return {
        "POST /api/v1/arming": {"mode": "away", "camera": camera},
        "POST /api/v1/silences": {"rule": "fire", "camera": camera, "for_s": 60},
        "POST /api/v1/silences/end": {"rule": "fire", "camera": camera},
        "POST /api/v1/search": {
            "text": "a dog", "cameras": [camera], "since": 1.8e9, "until": 1.8e9 + 60,
        },
        "POST /api/v1/incidents/{incident}/verdict": {"verdict": "confirmed"},
        "POST /api/v1/incidents/{incident}/notes": {"text": "seen"},
        "POST /api/v1/incidents/{incident}/assign": {"to": None},
    }  # fmt: skip


def about(camera: str) -> list[tuple[str, str, Any]]:
    """Every request about a camera: method, path, body."""
    wanted = []
    for method, path in sorted(listed(VIEWER) | listed(OPERATOR)):
        body = bodies(camera).get(f"{method} {path}")
        if "{camera}" in path or "{incident}" in path or (body and "camera" in str(body)):
            wanted.append((method, filled(path, camera=camera, incident=f"{camera}-fire-1"), body))
    wanted += [
        ("GET", f"/api/v1/search/thumbnail?camera={camera}&view=full&at=1800000000", None),
        ("GET", f"/api/v1/incidents/{camera}-fire-1/media/thumb.jpg", None),
        ("POST", "/api/v1/arming", {"mode": "away", "group": f"only-{camera}"}),
    ]
    assert len(wanted) > 15
    return wanted


@pytest.mark.promise("security 2")
@pytest.mark.parametrize("role", list(Role))
def test_of_a_camera_that_is_not_theirs_people_learn_not_even_that_it_is_there(
    short_tmp: Path, role: Role
) -> None:
    async def story(desk: Desktop) -> None:
        populated(desk)
        gina = await desk.person("gina", role, Rights.of(cameras=["gate"]))
        for (method, path, body), (_, nowhere, unknown) in zip(
            about("yard"), about("none"), strict=True
        ):
            answer = await asked(gina, method, path, body)
            as_if = await asked(gina, method, nowhere, unknown)
            assert answer.status_code in (403, 404), (method, path)
            assert answer.status_code == as_if.status_code, (method, path)
            if path.startswith("/api/"):
                assert answer.json() == as_if.json(), (method, path)
        # The running site was not even asked.
        assert not [what for what in desk.line.asked if "yard" in what]
        assert not [body for body in desk.line.bodies if "yard" in json.dumps(body)]
        # The one that is theirs can be had: it is not for want of a camera that all was refused.
        seen = await asked(gina, "GET", "/api/v1/incidents/gate-fire-1/media/clip.mp4")
        assert (seen.status_code, seen.content) == (200, b"of gate")
        seen = await asked(gina, "GET", "/api/v1/cameras/gate/picture.jpg")
        assert (seen.status_code, seen.content) == (200, b"of gate")

    told(story, short_tmp)


@pytest.mark.promise("security 2")
@pytest.mark.parametrize("role", list(Role))
def test_no_crooked_path_leads_from_one_s_own_camera_to_another_s(
    short_tmp: Path, role: Role, record_property: Any
) -> None:
    async def story(desk: Desktop) -> None:
        populated(desk)
        gina = await desk.person("gina", role, Rights.of(cameras=["gate"]))
        tries = 0
        for method, path in sorted(listed(VIEWER) | listed(OPERATOR)):
            if "{camera}" not in path and "{incident}" not in path:
                continue
            for crooked in CROOKED:
                ways = {"camera": ("gate", "yard"), "incident": ("gate-fire-1", "yard-fire-1")}
                made = {
                    name: crooked.format(own=own, other=other, OTHER=other.upper())
                    for name, (own, other) in ways.items()
                }
                body = bodies("gate").get(f"{method} {path}")
                answer = await asked(gina, method, filled(path, **made), body)
                tries += 1
                where = (method, filled(path, **made), answer.status_code)
                assert answer.status_code in (303, 400, 403, 404, 405, 422), where
                assert b"of yard" not in answer.content, where
        kinds = ("..%2f..%2fyard-fire-1%2fclip.mp4", "..%2f..%2f..%2fcontrol.token", "clip.mp4%00")
        for kind in kinds:
            answer = await gina.get(f"/api/v1/incidents/gate-fire-1/media/{kind}")
            assert answer.status_code in (404, 422), kind
        assert not [what for what in desk.line.asked if "yard" in what]
        record_property("measured", f"{tries} crooked paths as {role}: none led anywhere")

    told(story, short_tmp)


@pytest.mark.promise("security 2")
@pytest.mark.parametrize("role", list(Role))
def test_what_lists_many_things_lists_one_s_own(short_tmp: Path, role: Role) -> None:
    async def story(desk: Desktop) -> None:
        populated(desk)
        await desk.parts.states.ask()
        gina = await desk.person("gina", role, Rights.of(cameras=["gate"]))
        for path in (
            "/", "/queue", "/queue?camera=yard", "/health", "/api/v1/health/part", "/arming",
            "/search", "/incidents/gate-fire-1", "/cameras/gate", "/api/v1/me", "/api/v1/incidents",
            "/api/v1/incidents?camera=yard&camera=gate", "/api/v1/incidents/gate-fire-1",
        ):  # fmt: skip
            answer = await gina.get(path)
            assert answer.status_code == 200, path
            assert "yard" not in answer.text.replace("camera=yard", ""), path
        found = (await gina.get("/api/v1/incidents")).json()["incidents"]
        assert [row["id"] for row in found] == ["gate-fire-1"]

    told(story, short_tmp)


@pytest.mark.promise("security 2")
def test_a_live_line_tells_of_one_s_own_cameras_what_was_missed_and_what_comes(
    short_tmp: Path,
) -> None:
    async def story(desk: Desktop) -> None:
        populated(desk)
        gina = await desk.person("gina", Role.VIEWER, Rights.of(cameras=["gate"]))
        cookie = {"cookie": f"__Host-hearsight={gina.cookie()}"}
        hub = desk.parts.hub
        join = hub.join

        def joined(sees: Any) -> Any:
            listener = join(sees)
            hub.event("health", {"kind": "camera_covered", "of": "yard"}, "yard")
            hub.scored("yard", "fire", {"score": 9.0})
            hub.flush_scores()
            hub.event("health", {"kind": "camera_covered", "of": "gate"}, "gate")
            return listener

        hub.join = joined  # type: ignore[method-assign]
        # The status, a greeting, the incident that was missed, the states, and a health event.
        _, _, messages = await raw(desk.app, "GET", "/api/v1/live", headers=cookie, most=5)
        said = b"".join(message.get("body", b"") for message in messages)
        assert said.count(b"event: ") == 3
        assert said.count(b"gate-fire-1") >= 1
        assert b'"of": "gate"' in said or b'"of":"gate"' in said
        assert b"yard" not in said

    told(story, short_tmp)
