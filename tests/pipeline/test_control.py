"""The supervisor's socket: who may ask, and what is told."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import stat
from pathlib import Path

import httpx
import pytest

from pipeline.control import ControlServer
from pipeline.data_dir import DataDirUnusable
from pipeline.sockets import SocketUnusable
from tests.pipeline.served import JPEG, Served, play, served

__all__ = ["served"]


# --- who may ask ---------------------------------------------------------------------------------

ROUTES = [
    ("GET", "/v1/site"),
    ("GET", "/v1/state"),
    ("GET", "/v1/cameras/yard/picture"),
    ("GET", "/v1/media/yard/a1/clip.mp4"),
    ("HEAD", "/v1/media/yard/a1/clip.mp4"),
    ("POST", "/v1/orders"),
    ("GET", "/v1/orders/1"),
    ("GET", "/v1/arming"),
    ("GET", "/nowhere"),
]


@pytest.mark.promise("security 1")
def test_the_list_of_routes_is_whole(served: Served) -> None:
    server = ControlServer(served.site, None, dict, dict)  # type: ignore[arg-type]
    listed = {
        (method, route.path)
        for route in server._app.routes
        for method in route.methods  # type: ignore[attr-defined]
    }
    asked = {
        (method, path.replace("yard/a1/clip.mp4", "{path:path}").replace("yard", "{camera}"))
        for method, path in ROUTES
    }
    assert {(m, p.replace("{number}", "1")) for m, p in listed} == asked - {("GET", "/nowhere")}


#: What strangers bring.
BROUGHT = [[], ["Bearer"], ["Bearer wrong"], ["Basic TOKEN"], ["TOKEN"], ["Bearer TOKEN"] * 2]


@pytest.mark.promise("security 1")
def test_nothing_is_told_without_the_token(served: Served) -> None:
    served.keeps("yard/a1/clip.mp4")

    async def story(_: httpx.AsyncClient) -> None:
        token = (served.folder / "control.token").read_text()
        async with served.asking({}) as stranger:
            for brought, (method, path) in itertools.product(BROUGHT, ROUTES):
                headers = [("authorization", value.replace("TOKEN", token)) for value in brought]
                answer = await stranger.request(method, path, headers=headers)
                assert answer.status_code == 401, (brought, path)
                assert token not in answer.text

    play(served, story)


@pytest.mark.promise("security 11")
def test_socket_and_token_are_their_owner_s_alone_and_go_with_the_site(served: Served) -> None:
    tokens = []

    async def story(_: httpx.AsyncClient) -> None:
        for name in ("control.sock", "control.token"):
            assert stat.S_IMODE((served.folder / name).stat().st_mode) == 0o600
        tokens.append((served.folder / "control.token").read_text())

    umask = os.umask(0)
    try:
        for _ in range(2):
            play(served, story)
            assert not (served.folder / "control.sock").exists()
            assert not (served.folder / "control.token").exists()
    finally:
        os.umask(umask)
    assert len(set(tokens)) == 2, "a token is good for one run"
    assert len(tokens[0]) >= 40


def test_a_socket_that_a_killed_site_left_is_replaced(served: Served) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(served.folder / "control.sock"))

    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/site")).json() == {"name": "test"}

    play(served, story)


def test_a_file_in_the_socket_s_place_is_not_deleted(served: Served) -> None:
    (served.folder / "control.sock").write_text("a diary")

    async def story(_: httpx.AsyncClient) -> None:
        raise AssertionError("it cannot listen")

    with pytest.raises(SocketUnusable, match=r"control\.sock"):
        play(served, story)
    assert (served.folder / "control.sock").read_text() == "a diary"


def test_a_folder_that_is_too_deep_for_a_socket_is_told_with_what_to_do(tmp_path: Path) -> None:
    served = Served(tmp_path / ("deep" * 25))
    with pytest.raises(DataDirUnusable, match=r"107 bytes.*set a shorter data_dir"):
        asyncio.run(ControlServer(served.site, None, dict, dict).start())  # type: ignore[arg-type]


# --- what is told --------------------------------------------------------------------------------


def test_site_and_state_are_told_as_they_are(served: Served) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/site")).json() == {"name": "test"}
        assert (await client.get("/v1/state")).json() == {"ready": True}
        served.state = {"ready": False}
        assert (await client.get("/v1/state")).json() == {"ready": False}

    play(served, story)


def test_the_newest_picture_comes_with_its_time_and_its_worker_is_told_once(
    served: Served,
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        served.shows(JPEG, 1.5e9)
        served.shows(JPEG * 2, 1.5e9 + 1)
        for _ in range(3):
            answer = await client.get("/v1/cameras/yard/picture")
            assert answer.status_code == 200
            assert answer.content == JPEG * 2
            assert answer.headers["content-type"] == "image/jpeg"
            assert float(answer.headers["x-captured-at"]) == 1.5e9 + 1
        assert served.told == ["yard"]

    play(served, story)


def test_where_there_is_no_picture_the_reason_is_told(served: Served) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        for camera, status, told in (
            ("yard", 503, "sent no picture yet"),
            ("attic", 503, "only the sound is used"),
            ("cellar", 404, "no such camera"),
            ("..%2fyard", 404, ""),
        ):
            answer = await client.get(f"/v1/cameras/{camera}/picture")
            assert answer.status_code == status, camera
            assert told in answer.text
            assert ("x-no-picture" in answer.headers) == (status == 503)

    play(served, story)
