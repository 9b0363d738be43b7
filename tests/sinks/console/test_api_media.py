"""Pictures, clips and exports: of one's own cameras, named by incident and never by path."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.exports.film import jpeg_of
from pipeline.exports.make import ExportBusy, Exporter
from pipeline.exports.measured import words_of
from pipeline.exports.wish import Blur, Told, Wish
from sinks.console.accounts import Rights, Role
from tests.pipeline.exports.films import clip, detail, pictures, place_of, walker
from tests.sinks.builders import make_alert
from tests.sinks.console.desktop import Desktop, told

CLIP = "GET /v1/media/yard/yard-fire-1/clip.mp4"


def with_media(desk: Desktop) -> None:
    path = "yard/yard-fire-1"
    desk.came(
        make_alert(
            thumb_path=f"{path}/thumb.jpg",
            clip_path=f"{path}/clip.mp4",
            data={"heat_path": f"{path}/heat.jpg", "fusion": {"prompts": ["a fire"]}},
        )
    )
    for name, kind in (("thumb.jpg", "image/jpeg"), ("heat.jpg", "image/jpeg")):
        answer = (200, {"content-type": kind}, name.encode())
        desk.line.answers[f"GET /v1/media/{path}/{name}"] = answer
    desk.line.answers[CLIP] = (200, {"content-type": "video/mp4"}, b"the clip")
    desk.line.answers[f"{CLIP}?as=h264"] = (
        206, {"content-type": "video/mp4", "content-range": "bytes 0-3/8"}, b"the ",
    )  # fmt: skip


def test_a_clip_is_passed_on_with_its_ranges_and_made_playable(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        with_media(desk)
        ann = await desk.person("ann", Role.VIEWER)
        url = "/api/v1/incidents/yard-fire-1/media/clip.mp4"
        part = await ann.get(url, range="bytes=0-3")
        assert (part.status_code, part.content) == (206, b"the ")
        assert part.headers["content-range"] == "bytes 0-3/8"
        assert desk.line.asked[-1] == f"{CLIP}?as=h264"
        assert desk.line.headers[-1]["range"] == "bytes=0-3"
        picture = await ann.get("/api/v1/incidents/yard-fire-1/media/thumb.jpg")
        assert (picture.headers["content-type"], picture.content) == ("image/jpeg", b"thumb.jpg")

    told(story, short_tmp)


@pytest.mark.parametrize("odd", [b"bytes=\xa00-3", b"bytes=0-3\x1b[2J", b"\xff"])
def test_a_range_that_is_no_text_is_as_none(short_tmp: Path, odd: bytes) -> None:
    async def story(desk: Desktop) -> None:
        with_media(desk)
        ann = await desk.person("ann", Role.VIEWER)
        url = "/api/v1/incidents/yard-fire-1/media/thumb.jpg"
        picture = await ann.client.get(url, headers={b"Range": odd})
        assert (picture.status_code, picture.content) == (200, b"thumb.jpg")
        assert "range" not in desk.line.headers[-1]

    told(story, short_tmp)


@pytest.mark.promise("bad input 25", "security 2")
def test_what_an_incident_does_not_have_is_not_there(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        with_media(desk)
        ann = await desk.person("ann")
        answer = await ann.get("/api/v1/incidents/yard-fire-1/media/nearest.jpg")
        assert (answer.status_code, answer.json()["detail"]) == (
            404,
            "this incident has no nearest.jpg",
        )
        for odd in ("../clip.mp4", "..%2f..%2fcontrol.token", "clip.mp4%00", "passwd"):
            answer = await ann.get(f"/api/v1/incidents/yard-fire-1/media/{odd}")
            assert answer.status_code in (404, 422), odd
        assert desk.line.asked == []

    told(story, short_tmp)


@pytest.mark.promise("security 2")
def test_the_live_picture_says_when_it_was_taken(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        what = "GET /v1/cameras/yard/picture"
        desk.line.answers[what] = (200, {"x-captured-at": "1800000000.25"}, b"jpeg")
        vera = await desk.person("vera", Role.VIEWER, Rights.of(groups=["outside"]))
        answer = await vera.get("/api/v1/cameras/yard/picture.jpg")
        assert (answer.content, answer.headers["x-captured-at"]) == (b"jpeg", "1800000000.250")
        assert answer.headers["cache-control"] == "no-store"
        assert (await vera.get("/api/v1/cameras/gate/picture.jpg")).status_code == 204
        hall = await vera.get("/api/v1/cameras/hall/picture.jpg")
        none = await vera.get("/api/v1/cameras/none/picture.jpg")
        # What one may not see is as if it were not there.
        assert (hall.status_code, hall.json()) == (none.status_code, none.json())

    told(story, short_tmp)


def test_without_a_running_site_media_say_what_to_do(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        with_media(desk)
        ann = await desk.person("ann")
        (short_tmp / "control.sock").unlink()
        answer = await ann.get("/api/v1/cameras/yard/picture.jpg")
        assert answer.status_code == 503
        assert "hearsight run" in answer.json()["detail"]
        assert (await ann.get("/")).status_code == 200
        assert (await ann.get("/incidents/yard-fire-1")).status_code == 200

    told(story, short_tmp)


@pytest.mark.promise("security 6", "security 15")
def test_an_export_during_which_the_site_breaks_off_says_so(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        with_media(desk)
        status, headers, body = desk.line.answers[CLIP]
        desk.line.answers[CLIP] = (status, {**headers, "content-length": "1000"}, body)
        ann = await desk.person("ann")
        answer = await ann.get("/api/v1/incidents/yard-fire-1/export.zip")
        assert answer.status_code == 503
        assert "broke off within a file" in answer.json()["detail"]

    told(story, short_tmp)


def test_an_export_is_whole_checked_and_audited(short_tmp: Path) -> None:
    film = clip(short_tmp / "film.mp4", seconds=1.0).read_bytes()

    async def story(desk: Desktop) -> None:
        with_media(desk)
        picture = jpeg_of(walker(10))
        desk.line.answers[CLIP] = (200, {"content-type": "video/mp4"}, film)
        for name in ("thumb.jpg", "heat.jpg"):
            answer = (200, {"content-type": "image/jpeg"}, picture)
            desk.line.answers[CLIP.replace("clip.mp4", name)] = answer
        desk.parts.desk.note("yard-fire-1", "ann", "<script>alert(1)</script>")
        ann = await desk.person("ann")
        answer = await ann.get("/api/v1/incidents/yard-fire-1/export.zip?blur=persons")
        assert answer.headers["content-disposition"] == (
            'attachment; filename="yard-yard-fire-1.zip"'
        )
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            files: dict[str, Any] = {name: packed.read(name) for name in packed.namelist()}
        assert sorted(files) == [
            "SHA256SUMS", "alert.json", "card.html", "clip.mp4", "thumb.jpg",
        ]  # fmt: skip
        lines = files["SHA256SUMS"].decode().splitlines()
        sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
        assert sums == {
            name: hashlib.sha256(data).hexdigest()
            for name, data in files.items()
            if name != "SHA256SUMS"
        }
        (short_tmp / "out.mp4").write_bytes(files["clip.mp4"])
        for number, shown in enumerate(pictures(short_tmp / "out.mp4")):
            left, top, right, bottom = place_of(number)
            assert detail(shown[top:bottom, left:right]) < 12
        about = json.loads(files["alert.json"])
        assert about["alert"]["id"] == "yard-fire-1"
        assert (about["export"]["blur"], about["export"]["sound"]) == ("persons", False)
        assert about["export"]["hidden"] == words_of(Blur.PERSONS)
        card = files["card.html"].decode()
        assert "&lt;script&gt;" in card
        assert "<script>" not in card
        assert "stayed visible" in card
        assert "sound is left out" in card
        from sinks.console.audit import Filter

        (line,) = desk.guard.audit.entries(Filter(what="exported"))
        assert (line.who, line.camera, line.detail["incident"]) == ("ann", "yard", "yard-fire-1")
        assert (line.detail["blur"], line.detail["sound"]) == ("persons", False)
        vera = await desk.person("vera", Role.VIEWER)
        assert (await vera.get("/api/v1/incidents/yard-fire-1/export.zip")).status_code == 403

    told(story, short_tmp)


@pytest.mark.promise("security 15")
def test_an_export_is_of_one_s_own_cameras_and_hides_faces_unless_told_otherwise(
    short_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wished: list[Wish] = []

    async def make(
        _self: Exporter, _media: dict[str, bytes], wish: Wish
    ) -> tuple[dict[str, bytes], Told]:
        wished.append(wish)
        if wish.sound:
            raise ExportBusy("too many exports are being made: try again in a while")
        return {}, Told(left_out=("clip.mp4: it is torn",))

    monkeypatch.setattr(Exporter, "make", make)
    url = "/api/v1/incidents/yard-fire-1/export.zip"

    async def story(desk: Desktop) -> None:
        with_media(desk)
        ann = await desk.person("ann")
        assert (await ann.get(url)).status_code == 200
        assert (wished[-1].blur, wished[-1].sound) == (Blur.FACES, False)
        busy = await ann.get(f"{url}?blur=none&sound=true")
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "30")
        assert (await ann.get(f"{url}?blur=nobody")).status_code == 422
        hal = await desk.person("hal", Role.OPERATOR, Rights.of(cameras=["hall"]))
        assert (await hal.get(url)).status_code == 404
        assert len(wished) == 2
        page = (await ann.get("/incidents/yard-fire-1")).text
        for blur in Blur:
            assert f'value="{blur}"' in page
            assert words_of(blur) in page.replace("&#39;", "'")
        assert 'value="faces" checked' in page
        assert 'name="sound" value="true">' in page

    told(story, short_tmp)
