"""A console follows its site's cameras without a restart, and rights hold for new ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from sinks.console.accounts import Role
from sinks.console.rights import Rights
from tests.sinks.builders import NOW, make_alert
from tests.sinks.console.desktop import Desktop, told

ATTIC = '  attic: {url: "rtsp://127.0.0.1/attic", groups: [outside]}\n'


def edit(desk: Desktop, *changes: tuple[str, str]) -> None:
    """Change the site file."""
    text = desk.file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    desk.file.write_text(text)


@pytest.mark.promise("security 2")
def test_a_new_camera_is_seen_once_the_line_has_taken_it_over(short_tmp: Path) -> None:
    """By who sees all cameras, its group, or it by name; it is not there for anybody else."""

    async def tell(desk: Desktop) -> None:
        everywhere = await desk.person("ann", Role.ADMIN)
        outside = await desk.person("bea", Role.VIEWER, Rights.of(groups=["outside"]))
        gate = await desk.person("gina", Role.VIEWER, Rights.of(cameras=["gate"]))
        named = await desk.person("nell", Role.VIEWER, Rights.of(cameras=["gate", "attic"]))
        await desk.reloads(0)

        edit(desk, ("rules:\n", f"{ATTIC}rules:\n"))
        await desk.reloads(0)
        assert (await everywhere.get("/cameras/attic")).status_code == 404, "not taken over yet"
        await desk.reloads(1)

        desk.came(make_alert("attic-fire", camera="attic"))
        desk.line.answers["GET /v1/cameras/attic/picture"] = (
            200,
            {"x-captured-at": "1800000000.000", "content-type": "image/jpeg"},
            b"\xff\xd8",
        )
        for path in (
            "/cameras/attic",
            "/api/v1/cameras/attic/scores",
            "/api/v1/cameras/attic/picture.jpg",
            "/incidents/attic-fire",
            "/api/v1/incidents/attic-fire",
        ):
            for browser in (everywhere, outside, named):
                assert (await browser.get(path)).status_code == 200, path
            assert (await gate.get(path)).status_code == 404, path
        for page in ("/", "/queue", "/health", "/search"):
            assert "attic" in (await everywhere.get(page)).text, page
            assert "attic" not in (await gate.get(page)).text, page
        assert "attic" in (await everywhere.get("/users")).text, "it can be granted"

    told(tell, short_tmp)


@pytest.mark.promise("security 2")
def test_a_camera_that_left_its_group_or_the_site_is_seen_no_more(short_tmp: Path) -> None:
    async def tell(desk: Desktop) -> None:
        ann = await desk.person("ann", Role.ADMIN)
        bea = await desk.person("bea", Role.VIEWER, Rights.of(groups=["outside"]))
        await desk.reloads(0)
        line = desk.parts.hub.join(lambda camera: camera in ("yard", "gate"))
        assert (await bea.get("/cameras/gate")).status_code == 200

        edit(
            desk,
            ('/gate", groups: [outside]', '/gate"'),
            ('  hall: {url: "rtsp://127.0.0.1/hall"}\n', ""),
        )
        await desk.reloads(1)

        assert (await bea.get("/cameras/gate")).status_code == 404
        assert (await ann.get("/cameras/gate")).status_code == 200
        assert (await ann.get("/cameras/hall")).status_code == 404
        assert "hall" not in desk.parts.states.cameras()
        # The line that began with the old rights has ended: it comes again with those of now.
        assert desk.parts.hub.listeners == 0
        assert [data async for data in desk.parts.hub.listen(line, [])][-1].startswith(
            b"event: site\n"
        )

    told(tell, short_tmp)


def test_neighbours_of_now_make_one_happening(short_tmp: Path) -> None:
    async def tell(desk: Desktop) -> None:
        await desk.reloads(0)
        edit(desk, ('/yard", ', '/yard", space: court, '), ('/gate", ', '/gate", space: court, '))
        await desk.reloads(1)

        desk.came(make_alert("fire"))
        desk.came(make_alert("heard", camera="gate", start_time=NOW + 2))

        assert desk.parts.desk.incident("heard").situation == "fire"

    told(tell, short_tmp)


def test_a_file_that_the_console_cannot_use_leaves_it_as_it_was(short_tmp: Path) -> None:
    """Such as one with a password that only the line's environment has."""

    async def tell(desk: Desktop) -> None:
        ann = await desk.person("ann", Role.ADMIN)
        gina = await desk.person("gina", Role.VIEWER, Rights.of(cameras=["gate"]))
        await desk.reloads(0)
        text = desk.file.read_text()
        edit(
            desk,
            ("127.0.0.1/hall", "ann:${NOWHERE}@127.0.0.1/hall"),
            ("rules:\n", f"{ATTIC}rules:\n"),
        )
        await desk.reloads(1)

        assert (await ann.get("/cameras/hall")).status_code == 200
        assert (await ann.get("/cameras/attic")).status_code == 404
        health = (await ann.get("/health")).text
        assert "cannot use" in health
        assert "NOWHERE" in health
        assert "NOWHERE" not in (await gina.get("/health")).text

        desk.file.write_text(text.replace("rules:\n", f"{ATTIC}rules:\n"))
        await desk.reloads(2)
        assert (await ann.get("/cameras/attic")).status_code == 200
        assert "cannot use" not in (await ann.get("/health")).text

    told(tell, short_tmp)


def test_what_takes_a_restart_stays_and_is_said(short_tmp: Path) -> None:
    """The line was restarted with another time zone and another camera."""

    async def tell(desk: Desktop) -> None:
        ann = await desk.person("ann", Role.ADMIN)
        await desk.reloads(0)
        edit(desk, ("Europe/Lisbon", "Europe/Berlin"), ("rules:\n", f"{ATTIC}rules:\n"))
        await desk.reloads(0, started_at=2.0)

        assert (await ann.get("/cameras/attic")).status_code == 200
        assert desk.site.timezone == "Europe/Lisbon"
        assert (
            "timezone changed in the site file: restart the console"
            in (await ann.get("/health")).text
        )

    told(tell, short_tmp)
