"""What the console asks the running site, and what it makes of the answers."""

from __future__ import annotations

import anyio
import pytest

from sinks.console.line_client import OrderRefused
from tests.sinks.console.fake_line import FakeLine, asking


def test_site_state_and_arming_come_as_the_site_tells_them(line: FakeLine) -> None:
    async def story() -> None:
        line.says("GET /v1/site", {"name": "depot"})
        line.says("GET /v1/state", {"ready": True})
        line.says("GET /v1/arming", {"arming": {"by_hand": []}})
        async with asking(line) as client:
            assert await client.site() == {"name": "depot"}
            assert await client.state() == {"ready": True}
            assert await client.arming() == {"arming": {"by_hand": []}}

    anyio.run(story)


def test_a_picture_comes_with_its_time_and_none_is_no_error(line: FakeLine) -> None:
    async def story() -> None:
        line.answers["GET /v1/cameras/yard/picture"] = (200, {"X-Captured-At": "17.5"}, b"jpeg")
        line.answers["GET /v1/cameras/gate/picture"] = (503, {"X-No-Picture": "offline"}, b"{}")
        async with asking(line) as client:
            picture = await client.picture("yard")
            assert picture is not None
            assert (picture.jpeg, picture.captured_at) == (b"jpeg", 17.5)
            assert await client.picture("gate") is None
            assert await client.picture("nobody") is None
            assert await client.picture("../site") is None
        assert line.asked[-1] == "GET /v1/cameras/../site/picture"

    anyio.run(story)


def test_however_many_people_look_at_a_camera_the_site_is_asked_once(line: FakeLine) -> None:
    async def story() -> None:
        line.answers["GET /v1/cameras/yard/picture"] = (200, {"X-Captured-At": "1"}, b"one")
        async with asking(line) as client:
            shown: list[bytes] = []

            async def look() -> None:
                picture = await client.picture("yard")
                assert picture is not None
                shown.append(picture.jpeg)

            async with anyio.create_task_group() as people:
                for _ in range(50):
                    people.start_soon(look)
            assert shown == [b"one"] * 50
            assert len(line.asked) == 1
            line.answers["GET /v1/cameras/yard/picture"] = (200, {"X-Captured-At": "2"}, b"two")
            with anyio.fail_after(30):
                while shown[-1] != b"two":
                    await anyio.sleep(0.05)
                    await look()
            assert len(line.asked) == 2

    anyio.run(story)


def test_one_who_goes_away_does_not_take_the_picture_from_the_others(line: FakeLine) -> None:
    async def story() -> None:
        line.answers["GET /v1/cameras/yard/picture"] = (200, {"X-Captured-At": "1"}, b"one")
        async with asking(line) as client:
            with anyio.move_on_after(0):
                await client.picture("yard")
            picture = await client.picture("yard")
            assert picture is not None
            assert len(line.asked) == 1

    anyio.run(story)


def test_a_clip_is_passed_on_in_parts_with_what_a_browser_needs(line: FakeLine) -> None:
    async def story() -> None:
        headers = {"Content-Range": "bytes 2-5/9", "Content-Type": "video/mp4", "X-Else": "no"}
        line.answers["GET /v1/media/yard/a1/clip.mp4"] = (206, headers, b"2345")
        line.answers["GET /v1/media/yard/a1/clip.mp4?as=h264"] = (200, {}, b"converted")
        line.answers["HEAD /v1/media/yard/a1/clip.mp4"] = (200, {"X-Video-Codec": "hevc"}, b"")
        async with asking(line) as client:
            part = await client.media("yard/a1/clip.mp4", "bytes=2-5")
            assert line.headers[-1]["range"] == "bytes=2-5"
            assert part.status == 206
            assert dict(part.headers) == {
                "content-length": "4",
                "content-range": "bytes 2-5/9",
                "content-type": "video/mp4",
            }
            assert b"".join([chunk async for chunk in part.body]) == b"2345"
            part = await client.media("yard/a1/clip.mp4", playable=True)
            assert b"".join([chunk async for chunk in part.body]) == b"converted"
            head = await client.media_head("yard/a1/clip.mp4")
            assert head.headers["x-video-codec"] == "hevc"
            await head.close()
            gone = await client.media("yard/a1/none.jpg")
            assert gone.status == 404
            await gone.close()
            await gone.close()

    anyio.run(story)


def test_more_clips_than_connections_can_be_looked_at_one_after_another(line: FakeLine) -> None:
    """A part that was read to its end, or closed, has given its connection back."""

    async def story() -> None:
        line.answers["GET /v1/media/a/b/clip.mp4"] = (200, {}, b"x" * 100_000)
        async with asking(line) as client:
            for number in range(40):
                part = await client.media("a/b/clip.mp4")
                if number % 2:
                    await part.close()
                else:
                    assert sum([len(chunk) async for chunk in part.body]) == 100_000

    anyio.run(story)


def test_an_order_gets_a_number_and_in_time_an_outcome(line: FakeLine) -> None:
    async def story() -> None:
        line.answers["POST /v1/orders"] = (202, {}, b'{"number": 7}')
        line.says("GET /v1/orders/7", {"outcome": None})
        async with asking(line) as client:
            number = await client.order("silence", by="ann", rule="fire", until=12.5)
            assert number == 7
            assert await client.order_outcome(7) is None
            line.says("GET /v1/orders/7", {"outcome": "silent"})
            assert await client.order_outcome(7) == "silent"
            assert await client.order_outcome(8) is None
        assert line.bodies == [
            {
                "kind": "silence",
                "by": "ann",
                "camera": "",
                "rule": "fire",
                "detail": {"until": 12.5},
            }
        ]

    anyio.run(story)


@pytest.mark.parametrize(
    ("body", "told"),
    [(b'{"detail": "nobody knows dance"}', "^nobody knows dance$"), (b"too much", "^too much$")],
)
def test_an_order_that_is_not_taken_says_why(line: FakeLine, body: bytes, told: str) -> None:
    async def story() -> None:
        line.answers["POST /v1/orders"] = (400, {}, body)
        async with asking(line) as client:
            with pytest.raises(OrderRefused, match=told):
                await client.order("dance", by="ann")

    anyio.run(story)
