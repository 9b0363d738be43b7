"""Whole streams of pictures, whatever becomes of their packets, read as a camera's are.

The films are small enough for a case to take a few milliseconds. ``HEARSIGHT_FUZZ_CASES=10000``
tries that many of each, as ``make fuzz`` does; else few, and the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args, get_type_hints

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources import SourceError
from tests.fuzz.many import tried
from tests.pipeline.simulate.clips import FPS
from tests.pipeline.sources.damaged import TINY, Shown, damaged, film_of, flip, shown, torn
from tests.pipeline.sources.reading import Change, lose, pictures_in_order

COUNT, GROUP = 50, 10
FILMS = {
    "H.264": ("libx264", {"preset": "veryfast", "bf": "0", "sc_threshold": "0"}),
    "H.264 without CABAC": ("libx264", {"preset": "ultrafast"}),
    "H.265": ("libx265", None),
}
cases = tried(few=12)
decodes = st.sampled_from(["all", "auto"])


@pytest.fixture(scope="module", params=FILMS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    codec, options = FILMS[request.param]
    path = tmp_path_factory.mktemp("films") / "film.ts"
    return film_of(path, codec, seconds=COUNT / FPS, options=options, gop=GROUP, size=TINY)


class Clean(Shown):
    """The pictures as they were made."""

    def __repr__(self) -> str:
        return "as they were made"


@pytest.fixture(scope="module")
def clean(film: Path) -> Clean:
    whole = Clean(seen_of(film, iter, "all"))
    assert set(whole) == set(range(COUNT))
    return whole


def seen_of(film: Path, change: Change, decode: str) -> Shown:
    rate = 30 if decode == "all" else 4
    return shown(film, change, decode=decode, sample_fps=rate, frame_size=TINY[::-1])


@cases
@given(numbers=st.sets(st.integers(0, COUNT - 1), max_size=12), decode=decodes)
def test_whichever_pictures_are_lost_those_that_are_shown_are_whole(
    film: Path, clean: Clean, numbers: set[int], decode: str
) -> None:
    seen = seen_of(film, lose(*numbers), decode)
    assert damaged(seen, clean) == []
    assert not numbers & set(seen)


# --- whatever becomes of them ---------------------------------------------------------------------


@dataclass(frozen=True)
class Fate:
    """What becomes of a picture's packet."""

    kind: Literal["lost", "twice", "torn", "flipped", "noise", "afterthought", "astray"]
    seed: int
    share: float
    #: Of its time stamps, ticks; None: it has none. Forward leads a file's time astray for good:
    #: a camera's is stamped anew, see `pipeline.sources.clock`.
    shift: int | None

    def of(self, data: bytes) -> list[bytes]:
        """The packets that come in its stead."""
        kept = data[: round(len(data) * self.share)]
        noise = np.random.default_rng(self.seed).bytes(len(data) - len(kept))
        match self.kind:
            case "lost":
                return []
            case "twice":
                return [data, data]
            case "torn":
                return [torn(self.share)(data)]
            case "flipped":
                return [flip(1 + self.seed % 30, self.seed)(data)]
            case "noise":
                return [kept + noise]
            case "afterthought":
                return [data, noise or b"\0"]
            case "astray":
                return [data]


shifts = st.one_of(st.none(), st.just(-3600), st.integers(-(1 << 40), 0))
kinds = st.sampled_from(get_args(get_type_hints(Fate)["kind"]))
fates = st.builds(Fate, kinds, st.integers(0, 1 << 20), st.floats(0, 1), shifts)


def befalls(fate_of: dict[int, Fate]) -> Change:
    """Some pictures' packets have a fate, by their number."""

    def apply(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for at, packet in pictures_in_order(packets):
            if at not in fate_of:
                yield packet
                continue
            fate = fate_of[at]
            shift = fate.shift if fate.kind == "astray" else 0
            for data in fate.of(bytes(packet)):
                made = av.Packet(data)
                made.stream, made.time_base = packet.stream, packet.time_base
                made.duration, made.is_keyframe = packet.duration, packet.is_keyframe
                if shift is not None and packet.pts is not None:
                    made.pts = made.dts = packet.pts + shift
                yield made

    return apply


@cases
@given(
    fate_of=st.dictionaries(st.integers(0, COUNT - 2 * GROUP - 1), fates, min_size=1, max_size=8),
    decode=decodes,
)
def test_whatever_becomes_of_pictures_those_behind_the_next_keyframe_are_whole(
    film: Path, clean: Clean, fate_of: dict[int, Fate], decode: str
) -> None:
    try:
        seen = seen_of(film, befalls(fate_of), decode)
    except SourceError:
        return
    whole_from = (max(fate_of) // GROUP + 1) * GROUP
    behind = {number: pixels for number, pixels in seen.items() if whole_from <= number < COUNT}
    assert damaged(behind, clean) == []
    if decode == "all":
        assert set(behind) == set(range(whole_from, COUNT))
    else:
        assert behind
