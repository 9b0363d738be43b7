"""What is computed of a clip once and kept: rows of numbers in the order of their time.

A producer turns a media file into a track. The two encoders are producers; anything else that looks
at a clip's frames, such as a measure of how pictures move, is one more.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import SightEncoder, SoundEncoder
from pipeline.evaluation.media import FRAMES_PER_S, frames, sounds, stills_in
from pipeline.gate import audible
from pipeline.movement import UNKNOWN, MovementMeter
from pipeline.records import NS_PER_S, Modality

_T = TypeVar("_T")
_BATCH = 32
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Track:
    """Rows made of one clip; no rows where it has nothing of that sense."""

    #: float64 (n,), seconds from the clip's begin: the stretch that each row stands for. A frame
    #: ends where it begins.
    begin_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    #: float32 (n, d).
    rows: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)


class Producer(Protocol):
    """Makes tracks."""

    @property
    def key(self) -> str:
        """Identity of what it makes: another model or another pace is another key."""
        ...

    @property
    def modality(self) -> Modality:
        """The sense it uses."""
        ...

    def make(self, path: Path) -> Track:
        """The track of a clip. Raises UnreadableMedia."""
        ...


class SightTrack:
    """Embeds frames as the line does, with how they moved: a fixed number a second.

    A clip of two seconds is not a camera that has just been switched on: the first frames, of which
    nobody knows how they move, are left out, unless there are no others.
    """

    modality = Modality.VIDEO

    def __init__(self, encoder: SightEncoder, fps: float = FRAMES_PER_S) -> None:
        self.encoder = encoder
        self._fps = fps
        self.key = f"moving/{encoder.model_id}/{fps}"

    def make(self, path: Path) -> Track:
        """See `Producer`."""
        times, rows, known = [], [], []
        for batch in batches(measured(frames(path, self.encoder.image_size, self._fps))):
            times += [at for at, _, _ in batch]
            still = self.encoder.encode_images(np.stack([pixels for _, pixels, _ in batch]))
            readings = np.stack([reading for _, _, reading in batch])
            rows.append(self.encoder.with_movement(still, readings))
            known += np.isfinite(readings[:, 0]).tolist()
        at_s = np.array(times, np.float64)
        kept = np.array(known, bool)
        if not (self.encoder.reads_movement and kept.any()):
            kept[:] = True
        return Track(at_s[kept], at_s[kept], _joined(rows, self.encoder.dim)[kept])


class PictureTrack:
    """Embeds frames as pictures alone: a fixed number a second, or every one (``fps`` None)."""

    modality = Modality.VIDEO

    def __init__(self, encoder: SightEncoder, fps: float | None = None) -> None:
        self.encoder = encoder
        self._fps = fps
        self.key = f"pictures/{encoder.model_id}/{fps or 'every'}"

    def make(self, path: Path) -> Track:
        """See `Producer`."""
        times, rows = [], []
        for batch in batches(frames(path, self.encoder.image_size, self._fps)):
            times += [at for at, _ in batch]
            rows.append(self.encoder.encode_images(np.stack([pixels for _, pixels in batch])))
        at_s = np.array(times, np.float64)
        return Track(at_s, at_s, _joined(rows, self.encoder.dim))


class SoundTrack:
    """Embeds windows of sound, one a second.

    A window in which nothing is audible has no row: the line's gate holds silence back
    (`pipeline.gate`), and many a film comes with a sound track of zeros.
    """

    modality = Modality.AUDIO

    def __init__(self, encoder: SoundEncoder) -> None:
        self.encoder = encoder
        self.key = f"audible/{encoder.model_id}"

    def make(self, path: Path) -> Track:
        """See `Producer`."""
        begins, ends, rows = [], [], []
        heard = (one for one in sounds(path, self.encoder.window_s) if audible(one[2]))
        for batch in batches(heard):
            begins += [begin for begin, _, _ in batch]
            ends += [end for _, end, _ in batch]
            rows.append(self.encoder.encode_sounds(np.stack([samples for _, _, samples in batch])))
        return Track(
            np.array(begins, np.float64),
            np.array(ends, np.float64),
            _joined(rows, self.encoder.dim),
        )


class TrackStore:
    """Tracks on disk, by what the file holds and what made them: a run that stops goes on there.

    A kept track that cannot be read is made again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hashes: dict[Path, str] = {}
        #: Tracks made anew, not read from disk.
        self.made = 0

    def track(self, path: Path, producer: Producer) -> Track:
        """The track of ``path``, kept or made now. Raises UnreadableMedia."""
        kept = self._folder / _short(producer.key) / f"{self.file_hash(path)}.npz"
        if (found := _read(kept)) is not None:
            return found
        made = producer.make(path)
        self.made += 1
        _write(kept, made)
        return made

    def file_hash(self, path: Path) -> str:
        """SHA-256 of a file's bytes in hex; of a folder, of its stills' names and bytes."""
        if path not in self._hashes:
            digest = hashlib.sha256()
            for part in stills_in(path) if path.is_dir() else [path]:
                if path.is_dir():
                    digest.update(part.name.encode())
                with part.open("rb") as file:
                    while block := file.read(_BLOCK):
                        digest.update(block)
            self._hashes[path] = digest.hexdigest()
        return self._hashes[path]


def measured(
    film: Iterable[tuple[float, NDArray[np.uint8]]],
) -> Iterator[tuple[float, NDArray[np.uint8], NDArray[np.float32]]]:
    """Frames (seconds, pixels) with the readings of how they moved; NaN where they are too few."""
    meter = MovementMeter()
    for at, pixels in film:
        meter.add(pixels, round(at * NS_PER_S))
        reading = meter.reading()
        yield at, pixels, UNKNOWN if reading is None else reading


def batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    """The items, some at a time."""
    batch: list[_T] = []
    for item in items:
        batch.append(item)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _joined(rows: list[NDArray[np.float32]], dim: int) -> NDArray[np.float32]:
    return np.concatenate(rows) if rows else np.zeros((0, dim), np.float32)


def _short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def _read(path: Path) -> Track | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return Track(stored["begin_s"], stored["end_s"], stored["rows"].astype(np.float32))
    except FileNotFoundError:
        return None
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError):
        return None


def _write(path: Path, track: Track) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    with partial.open("wb") as file:
        np.savez(file, begin_s=track.begin_s, end_s=track.end_s, rows=track.rows)
    partial.replace(path)
