"""Labelled clips of folders, embedded as the line embeds a camera."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from pipeline.encoders.base import SightEncoder, SoundEncoder
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.scoring import WINDOW_S, window_ends
from pipeline.evaluation.tracks import Producer, SightTrack, SoundTrack, Track, TrackStore
from pipeline.records import Modality
from pipeline.teaching.labelled import MOST_ROWS, Labelled

#: What is taken for a clip.
CLIPS = frozenset({".mp4", ".mkv", ".mov", ".avi", ".webm", ".ts", ".m4v", ".mpg", ".wav", ".flac"})


def producers_of(
    sight: SightEncoder | None, sound: SoundEncoder | None
) -> dict[Modality, Producer]:
    """What makes the tracks of each sense that is taught."""
    made: dict[Modality, Producer] = {}
    if sight is not None:
        made[Modality.VIDEO] = SightTrack(sight)
    if sound is not None:
        made[Modality.AUDIO] = SoundTrack(sound)
    return made


def clips_in(folder: Path) -> list[Path]:
    """The clips of a folder, and of those in it.

    Raises:
        EvaluationError: there are none.
    """
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in CLIPS and p.is_file())
    if not found:
        raise EvaluationError(
            f"{folder} holds no clip: put films or sounds there ({', '.join(sorted(CLIPS))})"
        )
    return found


def labelled(
    path: Path,
    label: bool,
    producers: dict[Modality, Producer],
    store: TrackStore,
    group: str = "",
) -> dict[Modality, Labelled]:
    """A clip's examples, one for each sense; its source is the hash of the file.

    Args:
        path: the clip.
        label: whether it shows what the rule is for.
        producers: see `producers_of`.
        store: keeps what was embedded.
        group: see `Labelled.group`.

    Raises:
        UnreadableMedia: the file cannot be decoded.
    """
    tracks = {m: store.track(path, producer) for m, producer in producers.items()}
    source = f"file:{store.file_hash(path)[:16]}"
    ends = window_ends(list(tracks.values()))
    return {m: cut(source, label, track, ends, group) for m, track in tracks.items()}


def cut(
    source: str, label: bool, track: Track, ends_s: Iterable[float], group: str = ""
) -> Labelled:
    """A track's rows and its windows ``(end - WINDOW_S, end]``; long clips are thinned."""
    every = max(1, -(-len(track) // MOST_ROWS))
    at_s, rows = track.end_s[::every], track.rows[::every]
    windows: list[tuple[int, int]] = []
    for i, end in enumerate(ends_s):
        # The first window holds what stands at the clip's very begin too.
        first = 0 if i == 0 else int(np.searchsorted(at_s, end - WINDOW_S + 1e-9, side="right"))
        last = int(np.searchsorted(at_s, end + 1e-6, side="right"))
        if last > first and (not windows or windows[-1] != (first, last)):
            windows.append((first, last))
    return Labelled(source, label, rows, np.array(windows, np.int64).reshape(-1, 2), group)


def examples_of(clips: Sequence[dict[Modality, Labelled]], modality: Modality) -> list[Labelled]:
    """The examples of one sense."""
    return [clip[modality] for clip in clips if modality in clip]
