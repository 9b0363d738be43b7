"""The supervisor's socket: who may ask, what is told, what is given out, which orders are taken."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from pipeline.config import Site, parse_site
from pipeline.control import ControlServer, PlacedOrder
from pipeline.data_dir import DataDirUnusable
from pipeline.ledger import ORDER_KINDS, Ledger
from pipeline.live_pictures import LivePictures
from pipeline.messages import LivePicture
from pipeline.slots import SlotStore
from pipeline.sockets import SocketUnusable
from pipeline.stores import Stores
from tests.pipeline.simulate.clips import make_clip

SITE = """
site: test
data_dir: DATA
cameras:
  yard: {url: "rtsp://ann:hunter2@camera/yard"}
  attic: {url: "rtsp://camera/attic", video: false, audio: score}
rules: {fire: {see: [a fire], hear: [an alarm]}}
"""
JPEG = b"\xff\xd8 a picture \xff\xd9"


class Served:
    """A site's socket without a site: what the processes would say, the test says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site: Site = parse_site(
            SITE.replace("DATA", str(folder)), name="site.yaml", environ={}
        )
        self.told: list[str] = []
        self.media = folder / "media"
        self.state: dict[str, Any] = {"ready": True}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[httpx.AsyncClient]:
        """Serve, and ask with the right token."""
        with ExitStack() as stack:
            stores = stack.enter_context(Stores(self.site.cameras))
            ref = stores.lives["yard"]
            self.store = stack.enter_context(
                SlotStore(ref.fd, slots=ref.slots, slot_bytes=ref.slot_bytes)
            )
            self.live = LivePictures(
                stores.lives, self.told.append, lambda _: False, patience_s=0.2
            )
            stack.callback(self.live.close)
            server = ControlServer(
                self.site, self.live, lambda: {"name": "test"}, lambda: self.state
            )
            await server.start()
            token = (self.folder / "control.token").read_text()
            try:
                async with self.asking({"authorization": f"Bearer {token}"}) as client:
                    yield client
            finally:
                await server.stop()

    @asynccontextmanager
    async def asking(self, headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.AsyncHTTPTransport(uds=str(self.folder / "control.sock"))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://site", headers=headers, timeout=30
        ) as client:
            yield client

    def shows(self, jpeg: bytes, at: float) -> None:
        """The yard's worker makes a picture."""
        slot, generation = self.store.write(np.frombuffer(jpeg, np.uint8))
        self.live.took(LivePicture("yard", slot, generation, len(jpeg), 1, at))

    def keeps(self, path: str, data: bytes = b"0123456789") -> Path:
        """A file of the media folder."""
        file = self.media / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file


@pytest.fixture
def served(short_tmp: Path) -> Served:
    return Served(short_tmp.resolve())


Story = Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]


def play(served: Served, story: Story) -> None:
    async def told() -> None:
        async with served.open() as client:
            await story(client)

    asyncio.run(told())


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


# --- media ---------------------------------------------------------------------------------------


def test_pictures_and_clips_are_given_out_whole_or_in_parts(served: Served) -> None:
    served.keeps("yard/a1/thumb.jpg")
    served.keeps("yard/a1/clip.mp4")

    async def story(client: httpx.AsyncClient) -> None:
        whole = await client.get("/v1/media/yard/a1/thumb.jpg")
        assert (whole.status_code, whole.content) == (200, b"0123456789")
        assert whole.headers["content-type"] == "image/jpeg"
        part = await client.get("/v1/media/yard/a1/clip.mp4", headers={"range": "bytes=2-4"})
        assert (part.status_code, part.content) == (206, b"234")
        assert part.headers["content-range"] == "bytes 2-4/10"
        assert part.headers["content-type"] == "video/mp4"
        beyond = await client.get("/v1/media/yard/a1/clip.mp4", headers={"range": "bytes=99-"})
        assert beyond.status_code == 416
        head = await client.head("/v1/media/yard/a1/clip.mp4")
        assert head.headers["content-length"] == "10"
        assert head.headers["x-video-codec"] == "none"

    play(served, story)


NOT_GIVEN = [
    "../secret.jpg",
    "..%2fsecret.jpg",
    "%2e%2e/secret.jpg",
    "%252e%252e/secret.jpg",
    "yard/../../secret.jpg",
    "yard/a1/../../../secret.jpg",
    "yard/a1/..%2f..%2f..%2fsecret.jpg",
    "yard/..%5c..%5csecret.jpg/x.jpg",
    "yard/a1//secret.jpg",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "yard/a1/.clip.mp4.partial",
    "yard/a1/.hidden.jpg",
    "yard/a1/notes.txt",
    "yard/a1/link.jpg",
    "yard/linked/secret.jpg",
    "yard/a1/clip.mp4%00.jpg",
    "yard/a1/folder.jpg",
    "yard/a1",
    "yard/a1/none.jpg",
    "secret.jpg",
    "",
]


@pytest.mark.promise("security 2")
def test_nothing_else_is_given_out(served: Served) -> None:
    secret = served.folder / "secret.jpg"
    secret.write_bytes(b"secret")
    served.keeps("yard/a1/thumb.jpg")
    for name in (".clip.mp4.partial", ".hidden.jpg", "notes.txt"):
        served.keeps(f"yard/a1/{name}", b"secret")
    (served.media / "yard/a1/link.jpg").symlink_to(secret)
    (served.media / "yard/linked").symlink_to(served.folder)
    (served.media / "yard/a1/folder.jpg").mkdir()

    async def story(client: httpx.AsyncClient) -> None:
        for method, path in itertools.product(("GET", "HEAD"), NOT_GIVEN):
            # Sent as it stands: a client's own tidying would spoil the attempt.
            url = httpx.URL("http://site", raw_path=f"/v1/media/{path}".encode())
            answer = await client.request(method, url)
            assert answer.status_code == 404, path
            assert b"secret" not in answer.content

    play(served, story)


def test_a_clip_that_browsers_do_not_play_is_converted_when_it_is_looked_at(
    served: Served,
) -> None:
    made = make_clip(served.folder / "film.mp4", picture="libx265", seconds=1.0)
    clip = served.keeps("yard/a1/clip.mp4", made.read_bytes())

    async def story(client: httpx.AsyncClient) -> None:
        head = await client.head("/v1/media/yard/a1/clip.mp4")
        assert head.headers["x-video-codec"] == "hevc"
        as_it_is = await client.get("/v1/media/yard/a1/clip.mp4")
        assert as_it_is.content == clip.read_bytes()
        converted = await client.get("/v1/media/yard/a1/clip.mp4", params={"as": "h264"})
        assert converted.status_code == 200
        assert converted.headers["x-video-codec"] == "h264"
        again = await client.get(
            "/v1/media/yard/a1/clip.mp4", params={"as": "h264"}, headers={"range": "bytes=0-9"}
        )
        assert (again.status_code, again.content) == (206, converted.content[:10])

    play(served, story)


def test_a_clip_that_cannot_be_converted_is_told(served: Served) -> None:
    made = make_clip(served.folder / "film.mp4", picture="libx265", sound=None, seconds=1.0)
    data = bytearray(made.read_bytes())
    at = data.index(b"mdat") + 4
    size = int.from_bytes(data[at - 8 : at - 4]) - 8
    data[at : at + size] = bytes(size)
    served.keeps("yard/a1/clip.mp4", bytes(data))

    async def story(client: httpx.AsyncClient) -> None:
        for _ in range(2):
            answer = await client.get("/v1/media/yard/a1/clip.mp4", params={"as": "h264"})
            assert answer.status_code == 422
            assert "cannot be converted" in answer.json()["detail"]

    play(served, story)


# --- orders --------------------------------------------------------------------------------------


def order(**changes: Any) -> dict[str, Any]:
    return {"kind": "freeze", "by": "ann", "camera": "yard", "rule": "fire", **changes}


def test_an_order_gets_a_number_lies_in_the_ledger_and_has_an_outcome_in_time(
    served: Served,
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/orders", json=order(detail={"sense": "video"}))
        assert answer.status_code == 202
        number = answer.json()["number"]
        told = (await client.get(f"/v1/orders/{number}")).json()
        assert (told["kind"], told["by"], told["outcome"]) == ("freeze", "ann", None)
        with Ledger(served.folder / "learning.sqlite3") as ledger:
            (placed,) = ledger.due()
            assert (placed.camera, placed.rule, placed.detail) == (
                "yard",
                "fire",
                {"sense": "video"},
            )
            ledger.done(placed, "frozen")
        assert (await client.get(f"/v1/orders/{number}")).json()["outcome"] == "frozen"
        for none in (number + 1, 0, 1 << 70):
            assert (await client.get(f"/v1/orders/{none}")).status_code == 404

    play(served, story)


REFUSED: list[tuple[Any, int, str]] = [
    (order(kind="dance"), 400, "nobody knows the order 'dance': there are "),
    (order(kind="stop"), 400, "nobody knows"),
    (order(camera="cellar"), 400, "no camera 'cellar'"),
    (order(rule="flood"), 400, "no rule 'flood'"),
    (order(by=""), 422, "by"),
    (order(by="x" * 200), 422, "by"),
    (order(detail={"by": "somebody else"}), 400, "cannot be named by"),
    (order(detail={"self": 1}), 400, "cannot be named self"),
    (order(detail=[1]), 422, "detail"),
    (order(urgent=True), 422, "urgent"),
    ([], 422, "order"),
]


def test_an_order_that_nobody_could_carry_out_is_not_taken(served: Served) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        for placed, status, told in REFUSED:
            answer = await client.post("/v1/orders", json=placed)
            assert answer.status_code == status, placed
            assert told in answer.json()["detail"]
        with Ledger(served.folder / "learning.sqlite3") as ledger:
            assert ledger.due() == []

    play(served, story)


def test_an_endless_order_is_cut_off(served: Served) -> None:
    body = json.dumps(order(detail={"text": "x" * 100_000})).encode()

    async def drip() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    async def story(client: httpx.AsyncClient) -> None:
        for content in (body, drip()):
            answer = await client.post("/v1/orders", content=content)
            assert answer.status_code == 413

    play(served, story)


def test_what_is_no_order_is_not_taken(served: Served) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        for body in (b"", b"\xff", b"{", b'{"kind": NaN}', b"[" * 10_000):
            assert (await client.post("/v1/orders", content=body)).status_code == 422, body[:9]

    play(served, story)


def test_every_kind_that_is_taken_has_the_fields_of_an_order() -> None:
    for kind in ORDER_KINDS:
        assert PlacedOrder(kind=kind, by="ann").detail == {}


def test_a_ledger_that_cannot_be_used_is_told(served: Served) -> None:
    (served.folder / "learning.sqlite3").mkdir()

    async def story(client: httpx.AsyncClient) -> None:
        for answer in (
            await client.post("/v1/orders", json=order()),
            await client.get("/v1/orders/1"),
            await client.get("/v1/arming"),
        ):
            assert answer.status_code == 507
            assert "learning.sqlite3 cannot be used" in answer.json()["detail"]

    play(served, story)


def test_arming_is_what_the_judge_said_last(served: Served) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/arming")).json() == {}
        with Ledger(served.folder / "learning.sqlite3") as ledger:
            ledger.stand("normal/yard", {"phase": "gathering"})
            ledger.stand("arming", {"cameras": {"yard": {"mode": "away"}}})
        told = (await client.get("/v1/arming")).json()
        assert told == {"arming": {"cameras": {"yard": {"mode": "away"}}}}

    play(served, story)
