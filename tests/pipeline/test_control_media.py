"""The supervisor's socket: which pictures and clips are given out, and nothing else."""

from __future__ import annotations

import itertools

import httpx
import pytest

from tests.pipeline.served import Served, play, served
from tests.pipeline.simulate.clips import make_clip

__all__ = ["served"]


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
