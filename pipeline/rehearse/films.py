"""Films as a camera of the site would see and hear them, into an archive as a live camera's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from pipeline.archive import ArchiveWriter
from pipeline.config import AudioUse, Camera, Decode
from pipeline.encoders import SightEncoder, SoundEncoder
from pipeline.gate import SoundGate, repeated
from pipeline.metrics import Recorder
from pipeline.movement import UNKNOWN
from pipeline.records import NS_PER_S, WHOLE_VIEW, AudioChunk, Embedding, Modality, Quiet
from pipeline.sources import SAMPLE_RATE, Opened, Picture, Sound, SourcePlan, open_source
from pipeline.thumbnails import ThumbnailPicker, small_jpeg

#: Distance between windows of sound, seconds: the supervisor's.
_SOUND_HOP_S = 1.0
#: Films are taken for days apart: nothing joins across.
_APART_S = 120
_BATCH = 32


@dataclass(frozen=True, slots=True)
class Film:
    """Where a film lies on the time line of a rehearsal; wall clock, seconds since the epoch."""

    path: Path
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class _Frame:
    view: str
    pts_ns: int
    pixels: NDArray[np.uint8]
    movement: NDArray[np.float32]
    aspect: float


class FilmWatcher:
    """Embeds films at one camera's settings: its masks, regions, pace, and use of sound.

    Args:
        camera: its name.
        settings: its part of the site file.
        sight: None where its picture is not used.
        sound: None where its sound is not.
    """

    def __init__(
        self,
        camera: str,
        settings: Camera,
        sight: SightEncoder | None,
        sound: SoundEncoder | None,
    ) -> None:
        self._camera = camera
        self._settings = settings
        self._sight = sight if settings.video else None
        self._sound = sound if settings.audio is not AudioUse.OFF else None

    def embeddings(self, path: Path) -> Iterator[Embedding | Quiet]:
        """What the film gives, batch by batch; stream time and wall clock count from its begin.

        Raises:
            SourceError: it cannot be read, or holds nothing that can be used.
            EncoderError: the models failed.
        """
        picker, aspect = ThumbnailPicker(), 0.0
        frames: list[_Frame] = []
        # Quiet stretches wait with the others: a sense's items stay in their order.
        heard: list[AudioChunk | Quiet] = []
        window_s = self._sound.window_s if self._sound else 1.0
        gate = SoundGate(self._camera, window_s=window_s, hop_s=_SOUND_HOP_S)
        for item in open_source(self._plan(path)).run():
            match item:
                case Opened(video=video) if video is not None and video.height:
                    aspect = video.width / video.height
                case Picture():
                    frames += self._frames(item, aspect)
                case Sound():
                    heard += gate.push(item)
                case _:
                    pass
            if len(frames) >= _BATCH:
                yield from self._seen(frames, picker)
                frames = []
            if len(heard) >= _BATCH:
                yield from self._heard(heard)
                heard = []
        yield from self._seen(frames, picker)
        yield from self._heard([*heard, *gate.flush(0.0)])

    def _plan(self, path: Path) -> SourcePlan:
        as_film = {
            "url": SecretStr(f"file:{quote(str(path.resolve()))}"),
            "analysis_url": None,
            "pace": "fast",
            "loop": False,
            # As finely as it can be looked at: here nobody waits.
            "decode": Decode.ALL,
        }
        return SourcePlan(
            self._camera,
            self._settings.model_copy(update=as_film),
            self._sight.image_size if self._sight else None,
            self._sound is not None,
            packets=False,
            movement=self._sight is not None and self._sight.reads_movement,
        )

    def _frames(self, picture: Picture, aspect: float) -> Iterator[_Frame]:
        for view, pixels in picture.views.items():
            region = self._settings.regions.get(view)
            shape = aspect * (region.width / region.height if region is not None else 1.0)
            moved = picture.movement.get(view, UNKNOWN)
            yield _Frame(view, picture.pts_ns, pixels, moved, shape)

    def _seen(self, frames: Sequence[_Frame], picker: ThumbnailPicker) -> Iterator[Embedding]:
        if not frames:
            return
        assert self._sight is not None
        rows = self._sight.encode_images(np.stack([frame.pixels for frame in frames]))
        if self._sight.reads_movement:
            moved = np.stack([frame.movement for frame in frames])
            rows = self._sight.with_movement(rows, moved)
        for frame, row in zip(frames, rows, strict=True):
            wanted = picker.wanted(self._camera, frame.view, frame.pts_ns, row)
            yield Embedding(
                camera=self._camera,
                view=frame.view,
                modality=Modality.VIDEO,
                model=self._sight.model_id,
                pts_ns=frame.pts_ns,
                duration_ns=0,
                captured_at=frame.pts_ns / NS_PER_S,
                vector=row,
                thumbnail=small_jpeg(frame.pixels, frame.aspect) if wanted else b"",
            )

    def _heard(self, heard: Sequence[AudioChunk | Quiet]) -> Iterator[Embedding | Quiet]:
        if not heard:
            return
        assert self._sound is not None
        length = round(self._sound.window_s * SAMPLE_RATE)
        samples = [repeated(c.samples, length) for c in heard if isinstance(c, AudioChunk)]
        rows = iter(self._sound.encode_sounds(np.stack(samples)) if samples else ())
        for one in heard:
            if isinstance(one, Quiet):
                yield replace(one, captured_at=one.end_ns / NS_PER_S)
                continue
            duration = one.samples.size * NS_PER_S // SAMPLE_RATE
            yield Embedding(
                camera=self._camera,
                view=WHOLE_VIEW,
                modality=Modality.AUDIO,
                model=self._sound.model_id,
                pts_ns=one.pts_ns,
                duration_ns=duration,
                captured_at=(one.pts_ns + duration) / NS_PER_S,
                vector=next(rows),
            )


def archive_films(
    watcher: FilmWatcher,
    paths: Sequence[Path],
    root: Path,
    models: Mapping[Modality, str],
    *,
    say: Callable[[Path], None] = lambda _path: None,
) -> list[Film]:
    """Write what a camera would make of films into an archive, one after the other.

    Args:
        watcher: the camera.
        paths: the films, in order. The first begins when its file was last written.
        root: the archive's folder.
        models: the model of each sense.
        say: hears of each film before it is watched.

    Raises:
        SourceError, EncoderError: as `FilmWatcher.embeddings`.
        OSError: a film is not there.
    """
    films: list[Film] = []
    begin = float(int(paths[0].stat().st_mtime)) if paths else 0.0
    for path in paths:
        say(path)
        writer = ArchiveWriter(root, models, reserve_mb=0, recorder=Recorder())
        end = begin
        for item in watcher.embeddings(path):
            at = begin + item.captured_at
            writer.append(replace(item, captured_at=at))
            end = max(end, at)
        writer.flush()
        films.append(Film(path, begin, end))
        begin = float(int(end) + _APART_S)
    return films


def place_in(films: Sequence[Film], at: float) -> str:
    """Which film shows a moment and where, such as ``clip.mp4 1:05``."""
    for film in films:
        if film.begin - _APART_S / 2 <= at <= film.end + _APART_S / 2:
            into = max(0, round(at - film.begin))
            return f"{film.path.name} {into // 60}:{into % 60:02d}"
    return ""
