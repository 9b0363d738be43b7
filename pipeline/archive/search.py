"""Searches an archive by embedded words, as a process of its own.

``python -m pipeline.archive.search`` is started by `pipeline.search_desk`: it reads a `Search` from
standard input and writes a `Found`, both as JSON. So the site's other work goes on beside it, its
memory is given back, and it can be ended at any time.
"""

from __future__ import annotations

import math
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.archive.block import each_block
from pipeline.archive.folder import SEGMENT_S, Segment, Space, segments_of, spaces_in
from pipeline.archive.moments import Peak, peaks_of
from pipeline.archive.pictures import KeptPictures, PictureName
from pipeline.archive.similarities import Similarities, stands_out
from pipeline.records import Modality

#: Bytes of memory after which the process ends whatever it does.
_MEMORY = 2 << 30
_SLACK_S = 120.0
#: A picture that lies further away than this says nothing about a moment, seconds.
_PICTURE_WITHIN_S = 600.0


class Query(msgspec.Struct, frozen=True):
    """Words as a model's direction: float32 (d,) of unit length."""

    model: str
    vector: bytes


class Search(msgspec.Struct, frozen=True):
    """What is looked for. Times are wall clock, seconds since the epoch, UTC."""

    root: str
    cameras: list[str]
    #: By sense: ``video`` and ``audio``.
    queries: dict[str, Query]
    since: float
    until: float
    #: Moments of a sense at most: models of two senses compare with words in their own ways.
    limit: int
    #: After so many seconds it ends with what it has, the newest.
    longest_s: float


class Moment(msgspec.Struct, frozen=True):
    """A moment that fits the words."""

    camera: str
    view: str
    sense: str
    #: When it fits best, and the stretch over which it fits at least half as well.
    at: float
    begin: float
    end: float
    #: Cosine of embedding and words.
    similarity: float
    #: The same in standard deviations above the median of all that was searched of this camera,
    #: view and sense; None where that is too little to say.
    unusual: float | None
    #: ``clearly``, ``somewhat``, or ``hardly``: no more than the best of so many does by chance.
    #: ``unknown`` where ``unusual`` is.
    stands_out: str
    #: The kept picture of the camera that lies nearest in time.
    picture: PictureName | None


class Found(msgspec.Struct, frozen=True):
    """What was found, the best first.

    What is there often stands out little at its camera, and still fits better than what is only the
    least unlike elsewhere: moments are ordered by the mean of two standard scores, among what their
    own camera shows and among all that was searched with the sense.
    """

    moments: list[Moment]
    #: Embeddings that were compared, by camera.
    searched: dict[str, int]
    #: Where the time was over before everything was looked at: all since then was.
    back_to: float | None
    #: How far the archive of these cameras, senses and models reaches back at all.
    reaches_back_to: float | None
    #: Models of embeddings in that time that the words were not embedded with.
    other_models: list[str]
    #: Places of the archive that had to be passed over.
    damaged: int


@dataclass(slots=True)
class _Tally:
    """Of one space: how similar all of it is, and its best moments."""

    all: Similarities = field(default_factory=Similarities)
    peaks: list[Peak] = field(default_factory=list)
    #: Wall clock back to which it was searched.
    back_to: float = math.inf

    def add(self, at: NDArray[np.float64], similarity: NDArray[np.float32], most: int) -> None:
        self.all.add(similarity)
        full = len(self.peaks) >= most
        for peak in peaks_of(at, similarity, most, self.peaks[-1].similarity if full else -2.0):
            _merge(self.peaks, peak)
        self.peaks.sort(key=lambda p: -p.similarity)
        del self.peaks[most:]


def _merge(peaks: list[Peak], peak: Peak) -> None:
    """Put ``peak`` among others; where it goes on an event over a segment's border, into that."""
    for other in peaks:
        if other.meets(peak):
            if peak.similarity > other.similarity:
                other.similarity, other.at = peak.similarity, peak.at
            other.take_in(peak)
            return
    peaks.append(peak)


def search(wanted: Search, clock: Callable[[], float] = time.monotonic) -> Found:
    """Compare everything in the archive that is asked for with the words, the newest first.

    One segment is in memory at a time. What is damaged, or deleted meanwhile, is passed over.

    Args:
        wanted: cameras, time, and words.
        clock: monotonic seconds; for tests.
    """
    root, give_up_at = Path(wanted.root), clock() + wanted.longest_s
    mine = [s for s in (spaces_in(root) if root.is_dir() else []) if s.camera in wanted.cameras]
    asked = [s for s in mine if _model(wanted, s) == s.model]
    segments = {space: segments_of(root, space) for space in asked}
    tallies = {space: _Tally() for space in asked}
    damaged, left = 0, set()
    for space, segment in _newest_first(segments, wanted):
        if clock() >= give_up_at:
            left.add(space)
            continue
        vector = np.frombuffer(wanted.queries[space.modality.value].vector, np.float32)
        at, similarity, bad = _compare(segment.path, vector)
        damaged += bad
        inside = (at >= wanted.since) & (at < wanted.until)
        tallies[space].add(at[inside], similarity[inside], wanted.limit)
        tallies[space].back_to = segment.begin
    pictures = KeptPictures(root)
    searched: dict[str, int] = {}
    for space, tally in tallies.items():
        searched[space.camera] = searched.get(space.camera, 0) + tally.all.number
    return Found(
        moments=[
            _named(space, tally, peak, pictures)
            for space, tally, peak in _best(tallies, wanted.limit)
        ],
        searched=searched,
        back_to=max((min(tallies[s].back_to, wanted.until) for s in left), default=None),
        reaches_back_to=min((s.begin for some in segments.values() for s in some), default=None),
        other_models=sorted(
            {
                space.model
                for space in mine
                if _model(wanted, space) not in (None, space.model)
                and any(_overlaps(s, wanted) for s in segments_of(root, space))
            }
        ),
        damaged=damaged,
    )


def _model(wanted: Search, space: Space) -> str | None:
    query = wanted.queries.get(space.modality.value)
    return None if query is None else query.model


def _overlaps(segment: Segment, wanted: Search) -> bool:
    return (
        segment.begin - _SLACK_S < wanted.until
        and segment.begin + SEGMENT_S + _SLACK_S > wanted.since
    )


def _newest_first(
    segments: dict[Space, list[Segment]], wanted: Search
) -> Iterator[tuple[Space, Segment]]:
    found = [
        (space, segment)
        for space, some in segments.items()
        for segment in some
        if _overlaps(segment, wanted)
    ]
    yield from sorted(found, key=lambda pair: (-pair[1].begin, pair[0]))


def _compare(
    path: Path, vector: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32], int]:
    """Wall clock and cosine of each embedding in a segment by time, and places passed over."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""  # its retention was over meanwhile
    except OSError:
        return np.zeros(0), np.zeros(0, np.float32), 1
    times, cosines, damaged = [np.zeros(0)], [np.zeros(0, np.float32)], 0
    for block in each_block(data):
        if block is None or (block.rows.size and block.rows.shape[1] != vector.size):
            damaged += 1
        elif block.rows.size:
            times.append(block.captured_at[~block.quiet])
            cosines.append(block.rows @ vector)
    at, similarity = np.concatenate(times), np.concatenate(cosines)
    order = np.argsort(at, kind="stable")
    return at[order], similarity[order], damaged


def _best(tallies: dict[Space, _Tally], limit: int) -> list[tuple[Space, _Tally, Peak]]:
    """The best peaks of all, an event once per camera and sense whatever views saw it."""
    everywhere = {space.modality: Similarities() for space in tallies}
    for space, tally in tallies.items():
        everywhere[space.modality].counts += tally.all.counts

    def rank(found: tuple[Space, _Tally, Peak]) -> tuple[float, float]:
        space, tally, peak = found
        scores = [
            score
            for one in (tally.all, everywhere[space.modality])
            if (score := one.unusual(peak.similarity)) is not None
        ]
        # Where nobody can say what is unusual, what is similar comes last, in its own order.
        return (sum(scores) / len(scores) if scores else -math.inf, peak.similarity)

    found = [(space, tally, peak) for space, tally in tallies.items() for peak in tally.peaks]
    found.sort(key=rank, reverse=True)
    chosen: list[tuple[Space, _Tally, Peak]] = []
    for space, tally, peak in found:
        for other, _, taken in chosen:
            same = (other.camera, other.modality) == (space.camera, space.modality)
            if same and taken.meets(peak):
                taken.take_in(peak)
                break
        else:
            of_sense = sum(other.modality is space.modality for other, _, _ in chosen)
            if of_sense < limit:
                chosen.append((space, tally, peak))
    return chosen


def _named(space: Space, tally: _Tally, peak: Peak, pictures: KeptPictures) -> Moment:
    unusual = tally.all.unusual(peak.similarity)
    seen = space.modality is Modality.VIDEO
    return Moment(
        camera=space.camera,
        view=space.view,
        sense=space.modality.value,
        at=peak.at,
        begin=peak.begin,
        end=peak.end,
        similarity=peak.similarity,
        unusual=unusual,
        stands_out=stands_out(unusual, tally.all.number),
        picture=pictures.nearest(
            space.camera,
            peak.at,
            view=space.view if seen else None,
            within_s=_PICTURE_WITHIN_S,
            event=(peak.begin, peak.end),
        ),
    )


def main() -> None:
    """Entry of the process."""
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    wanted = msgspec.json.decode(sys.stdin.buffer.read(), type=Search)
    sys.stdout.buffer.write(msgspec.json.encode(search(wanted)))


if __name__ == "__main__":
    main()
