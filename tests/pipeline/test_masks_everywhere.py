"""Every way on which pixels or sound leave a camera's worker: its masks are in each of them.

The list of ways is held against the code: whoever adds a place where pictures are encoded, decoded
or put into shared memory says here which way it is, and shows that the mask is in it.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline import messages
from pipeline.archive.block import each_thumbnail
from pipeline.config import AudioUse, Camera, Media
from pipeline.convert import convert
from pipeline.exports.child import make as make_export
from pipeline.exports.wish import Blur, Wish
from pipeline.ingest.desk import MediaDesk
from pipeline.ingest.lane import Lane
from pipeline.ingest.outlet import Meter, Outlet
from pipeline.media_folder import MediaFolder
from pipeline.messages import (
    CameraPlan,
    CutMedia,
    FrameReady,
    LivePicture,
    MediaReady,
    SoundReady,
    StoreRef,
    Vitals,
)
from pipeline.records import NS_PER_S as S
from pipeline.records import Modality
from pipeline.rehearse.films import FilmWatcher, archive_films
from pipeline.slots import SlotStore
from pipeline.thumbnails import small_jpeg
from tests.pipeline.encoders import fakes
from tests.pipeline.fakes.source import Overheard
from tests.pipeline.ingest.scene import FRONT
from tests.pipeline.simulate.clips import HEIGHT, WIDTH, make_clip

pytestmark = pytest.mark.promise("security 15")

Image = NDArray[np.uint8]
#: The left half is nobody's business.
MASK = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]
#: A view across the mask's border that is enlarged: a filter reaches farther in it.
NARROW = {"left": 0.4, "top": 0.4, "width": 0.2, "height": 0.2}
SIZE = (128, 128)
BLACK, BRIGHT = 40, 150


def shown(number: int) -> Image:
    """Bright all over, and never still."""
    picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    picture[:, number * 3 % WIDTH : number * 3 % WIDTH + 12] = 255
    return picture


def half_is_black(picture: Image, *, border: float = 0.04) -> None:
    """The masked half is black up to its border, and the rest is to be seen."""
    width = picture.shape[1]
    edge = max(2, round(width * border))
    assert picture[:, : width // 2 - edge].max() < BLACK
    assert picture[:, width // 2 + edge :].mean() > BRIGHT


@dataclass
class Site:
    """One camera with a mask, and what came out of its worker."""

    folder: Path
    lane: Lane
    channel: Overheard
    frames: SlotStore
    lives: SlotStore
    settings: Camera

    def cut(self) -> dict[str, Path]:
        """The evidence of an incident: clip, thumbnail and heat map."""
        answers: list[MediaReady] = []
        desk = MediaDesk(
            {"yard": self.lane},
            MediaFolder(self.folder / "media", 0),
            answers.append,
            max_clip_s=60,
        )
        newest = self.lane.ring.newest_ns
        heat = np.full((4, 4), 6.0, np.float32)
        desk.start()
        desk.ask(
            CutMedia("a1", "yard", newest - S // 2, "", newest - 2 * S, newest, heat.tobytes(), 4)
        )
        desk.stop()
        desk.join(30)
        (answer,) = answers
        assert answer.error is None
        paths = {"clip": answer.clip_path, "thumb": answer.thumb_path, "heat": answer.heat_path}
        return {name: self.folder / "media" / path for name, path in paths.items() if path}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def site(stack: ExitStack, folder: Path, *, codec: str = "libx264", **settings: Any) -> Site:
    film = make_clip(folder / "film.mov", seconds=3.0, picture=codec, paint=shown)
    camera = Camera.model_validate(
        {
            "url": f"file:{film}",
            "pace": "fast",
            "masks": [MASK],
            "regions": {"narrow": NARROW},
            "gate": False,
            **settings,
        }
    )

    def store(slots: int, size: int) -> SlotStore:
        fd = SlotStore.create("store", slots=slots, slot_bytes=size)
        stack.callback(os.close, fd)
        return stack.enter_context(SlotStore(fd, slots=slots, slot_bytes=size))

    frames, lives = store(64, SIZE[0] * SIZE[1] * 3), store(8, 64 << 10)
    sounds = store(8, FRONT.bands * FRONT.columns * 4)
    channel, meter = Overheard(), Meter()
    plan = CameraPlan(
        camera="yard",
        settings=camera.model_dump_json(context={"reveal": True}).encode(),
        frames=StoreRef(frames.fd, 64, frames.slot_bytes),
        sounds=StoreRef(sounds.fd, 8, sounds.slot_bytes),
        frame_size=SIZE,
        sound_front=msgspec.structs.replace(FRONT, window=48_000),
        sound_hop_s=1.0,
        live=StoreRef(lives.fd, 8, lives.slot_bytes),
    )
    outlet = Outlet(channel, meter)  # type: ignore[arg-type]
    lane = Lane(plan, Media(), outlet, meter)
    lane.look()
    lane.start()
    lane.join(60)
    assert lane.fault is None
    return Site(folder, lane, channel, frames, lives, camera)


@pytest.fixture
def masked(stack: ExitStack, tmp_path: Path) -> Site:
    return site(stack, tmp_path)


def decoded(path: Path) -> list[Image]:
    """Every picture of a clip or a still as a player shows it, RGB."""
    if path.suffix == ".jpg":
        return [opened(path.read_bytes())]
    with av.open(str(path)) as clip:
        return [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]


def opened(jpeg: bytes) -> Image:
    found = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return np.asarray(found[:, :, ::-1], np.uint8)


# --- the ways ------------------------------------------------------------------------------------


def samples(masked: Site) -> list[Image]:
    """What encoders look at, in shared memory; and what is measured of it."""
    told = [m for m in masked.channel.said if isinstance(m, FrameReady)]
    pictures = {"whole": [], "narrow": []}
    for m in told:
        shape = (m.height, m.width, 3)
        pictures[m.view].append(masked.frames.read(m.slot, m.generation, shape, np.uint8))
    assert len(pictures["narrow"]) == len(pictures["whole"]) >= 4
    return [*pictures["whole"], *pictures["narrow"]]


def live_pictures(masked: Site) -> list[Image]:
    """What people look at on the wall."""
    told = [m for m in masked.channel.said if isinstance(m, LivePicture)]
    return [
        opened(masked.lives.read(m.slot, m.generation, (m.size,), np.uint8).tobytes()) for m in told
    ]


def vitals(masked: Site) -> list[Image]:
    """The fingerprint by which a camera that was moved is known: edges, of what is not masked."""
    told = [m for m in masked.channel.said if isinstance(m, Vitals) and m.picture is not None]
    assert told
    prints = []
    for m in told:
        assert m.picture is not None
        side = int(len(m.picture.print) ** 0.5)
        edges = np.frombuffer(m.picture.print, np.uint8).reshape(side, side)
        assert edges[:, : side // 2].max() == 0
        prints.append(edges)
    return []


def evidence(masked: Site) -> list[Image]:
    """Clip, thumbnail and heat map of an incident."""
    files = masked.cut()
    assert set(files) == {"clip", "thumb", "heat"}
    heat = decoded(files["heat"])[0].astype(int)
    thumb = decoded(files["thumb"])[0]
    # What glows over black is the map, not the picture: it is the same all over.
    assert np.ptp(heat[10:-10, 10 : heat.shape[1] // 2 - 10], axis=(0, 1)).max() < BLACK
    return [*decoded(files["clip"]), thumb]


def clips_for_browsers(masked: Site) -> list[Image]:
    """A clip that was converted to be looked at."""
    target = masked.folder / "shown.mp4"
    convert(masked.cut()["clip"], target, 60)
    return decoded(target)


def kept_pictures(masked: Site) -> list[Image]:
    """Small pictures of the archive, of learned normals, and so of searches and ``nearest.jpg``."""
    whole = samples(masked)[0]
    return [opened(small_jpeg(whole, WIDTH / HEIGHT))]


def rehearsals(masked: Site) -> list[Image]:
    """What is rehearsed over films of a camera: its masks hold for them, too."""
    watcher = FilmWatcher("yard", masked.settings, fakes.FakeSight(), None)
    root = masked.folder / "rehearsed"
    models = {Modality.VIDEO: fakes.FakeSight.model_id}
    archive_films(watcher, [masked.folder / "film.mov"], root, models)
    kept = [
        opened(jpeg)
        for path in root.rglob("*.seg")
        if "narrow" not in path.parts
        for _, jpeg in each_thumbnail(path.read_bytes())
    ]
    assert kept
    return kept


def exports(masked: Site) -> list[Image]:
    """An incident that is handed on; of a clip from before the mask, too."""
    files = masked.cut()
    out = []
    for blur in Blur:
        work = masked.folder / f"export-{blur}"
        for name in ("in", "out"):
            (work / name).mkdir(parents=True)
        # As it was before anybody thought of a mask.
        with (
            av.open(str(masked.folder / "film.mov")) as film,
            av.open(str(work / "in" / "clip.mp4"), "w") as clip,
        ):
            seen = film.streams.video[0]
            copied = clip.add_stream_from_template(seen)
            for packet in film.demux(seen):
                if packet.dts is not None:
                    packet.stream = copied
                    clip.mux(packet)
        (work / "in" / "thumb.jpg").write_bytes(files["thumb"].read_bytes())
        told = make_export(work, Wish(blur, masks=masked.settings.masks))
        assert told.files == ("clip.mp4", "thumb.jpg")
        for path in sorted((work / "out").iterdir()):
            for picture in decoded(path):
                assert picture[:, : WIDTH // 2 - 6].max() < BLACK, blur
            if blur is Blur.NONE:
                out += decoded(path)
    return out


WAYS: dict[str, Callable[[Site], list[Image]]] = {
    "samples": samples,
    "live pictures": live_pictures,
    "vitals": vitals,
    "evidence": evidence,
    "clips for browsers": clips_for_browsers,
    "kept pictures": kept_pictures,
    "rehearsals": rehearsals,
    "exports": exports,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_mask_is_in_every_picture_that_leaves(masked: Site, way: str) -> None:
    for picture in WAYS[way](masked):
        half_is_black(picture)


@pytest.mark.parametrize("codec", ["libx265", "mpeg4"])
def test_it_is_in_clips_of_every_codec(stack: ExitStack, tmp_path: Path, codec: str) -> None:
    for picture in evidence(site(stack, tmp_path, codec=codec)):
        half_is_black(picture)


# --- sound ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "scored", "kept"),
    [(None, False, False), ("off", False, False), ("score", True, False), ("record", True, True)],
)
def test_sound_leaves_a_worker_only_as_far_as_its_camera_opted_in(
    stack: ExitStack, tmp_path: Path, use: str | None, *, scored: bool, kept: bool
) -> None:
    camera = site(stack, tmp_path, **({} if use is None else {"audio": use}))
    assert camera.settings.audio is AudioUse(use or "off")
    assert any(isinstance(m, SoundReady) for m in camera.channel.said) is scored
    heard = [m for m in camera.channel.said if isinstance(m, Vitals) and m.sound is not None]
    assert bool(heard) is scored
    clip = camera.cut()["clip"]
    with av.open(str(clip)) as played:
        assert bool(played.streams.audio) is kept
    shown_file = tmp_path / "shown.mp4"
    convert(clip, shown_file, 60)
    with av.open(str(shown_file)) as played:
        assert bool(played.streams.audio) is kept


# --- whether the list is whole -------------------------------------------------------------------

#: What makes pixels or sound leave a form: pictures out of a decoder, into a file, into memory that
#: other processes read.
_LEAVES = {
    "imencode", "imwrite", "VideoWriter", "add_stream", "add_mux_stream",
    "add_stream_from_template", "to_ndarray",
}  # fmt: skip
#: Functions of ours that do: whoever calls them lets something out.
_OURS = {"add_h264", "recode", "pass_on"}
_SHARED = {"_store", "_frames", "_sounds"}
#: These never read a site's camera.
_APART = ("training", "scene", "demo", "simulate", "bench", "evaluation")
#: By module and function, the way it belongs to; or why it needs none.
PLACES: dict[str, str] = {
    "pipeline/sources/picture.py:views": "samples",
    "pipeline/sources/picture.py:_scale": "samples",
    "pipeline/ingest/samples.py:picture": "samples",
    "pipeline/ingest/live.py:_small": "live pictures",
    "pipeline/ingest/live.py:jpeg_within": "live pictures",
    "pipeline/ingest/live.py:show": "live pictures",
    "pipeline/media.py:_video_track": "evidence",
    "pipeline/media.py:_encoded_video": "evidence",
    "pipeline/media.py:decoded_pictures": "evidence",
    "pipeline/stills.py:write_picture": "evidence",
    "pipeline/recode.py:add_h264": "whoever calls it is named",
    "pipeline/recode.py:recode": "whoever calls it is named",
    "pipeline/convert.py:_copy": "clips for browsers",
    "pipeline/thumbnails.py:small_jpeg": "kept pictures",
    "pipeline/exports/film.py:_pictures": "exports",
    "pipeline/exports/film.py:_sound_alone": "exports",
    "pipeline/exports/film.py:_copied": "exports",
    "pipeline/exports/film.py:_hidden": "exports",
    "pipeline/exports/film.py:hidden": "exports",
    "pipeline/exports/film.py:jpeg_of": "exports",
    "pipeline/media.py:_audio_track": "sound",
    "pipeline/sources/sound.py:convert": "sound",
    "pipeline/ingest/samples.py:sound": "sound",
    "pipeline/sources/images.py:_jpeg": "stays in the worker: what the ring of a folder holds",
    "pipeline/arming_desk.py:_change": "orders: no picture",
    "pipeline/sources/hardware.py:_film": "a test pattern of our own",
}


def places(project: Path) -> set[str]:
    """Every function that lets pixels or sound out of a form, as ``module:function``."""
    found = set()
    for package in ("pipeline", "detectors", "sinks"):
        for path in sorted((project / package).rglob("*.py")):
            name = path.relative_to(project).as_posix()
            text = path.read_text()
            if name.split("/")[1] in _APART or not any(
                word in text for word in (*_LEAVES, *_OURS, "SlotStore", ".write(")
            ):
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    found |= {f"{name}:{node.name}" for call in ast.walk(node) if _leaves(call)}
    return found


def _leaves(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in _OURS
    if not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in _LEAVES:
        return True
    owner = node.func.value
    return (
        node.func.attr == "write"
        and isinstance(owner, ast.Attribute)
        and owner.attr in _SHARED
        and len(node.args) == 1
    )


def test_no_way_is_missing_from_the_list(project: Path) -> None:
    found = places(project)
    unknown, gone = sorted(found - set(PLACES)), sorted(set(PLACES) - found)
    assert unknown == [], "a new way out: name it, and show that the mask is in it"
    assert gone == [], "no way any more"
    covered = {way for way in PLACES.values() if way in WAYS}
    assert covered | {"vitals", "rehearsals"} == set(WAYS)


def test_no_message_of_a_worker_carries_pixels_unseen(project: Path) -> None:
    """What a worker says besides what lies in slots: of its messages these hold bytes."""
    made = set()
    modules = [project / "pipeline" / "worker.py", *(project / "pipeline" / "ingest").glob("*.py")]
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                made.add(node.func.id)
    carrying = {
        name
        for name, kind in vars(messages).items()
        if name in made
        and isinstance(kind, type)
        and issubclass(kind, msgspec.Struct)
        and any(field.type is bytes for field in msgspec.structs.fields(kind))
    }
    # Movement and change, measured of masked views. `Vitals` holds a fingerprint: see `vitals`.
    assert carrying == {"FrameReady"}
