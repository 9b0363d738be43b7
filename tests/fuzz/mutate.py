"""Cases made from a corpus without any instrument: bytes changed, cut, doubled and mixed.

Where a case is JSON, or ends with it, values are swapped as well: what changes bytes alone seldom
comes past its parser.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

#: Bytes that parsers stumble over: ends of ranges, quotes, marks of formats.
_ODD = (
    *(b"\x00", b"\xff", b"\x7f", b"\x80", b"\x1e", b"\n", b"\r\n"),
    *(b"\x00\x00\x01", b"\x00\x00\x03", b"\xed\xa0\x80", "\u202e".encode(), b"\x1b[2J"),
    *(b"{", b"}", b"[", b"]", b'"', b"'", b":", b",", b"=", b"?", b"/"),
    *(b"&a", b"*a", b"!!python/object:os.system", b"../", b"%2e", b"%00", b"<img onerror>"),
    *(b"[" * 3000, b'{"a":' * 3000, b"\x91" * 3000, b"\x81\xa1x" * 3000),
    *(b"NaN", b"Infinity", b"-1", b"1e999", b"9" * 40, b"null", b"true", b"\\ud800"),
)
#: Of cases that hold JSON, so many are changed in its values.
_SWAPPED = 0.5
#: So many are made by the target's own maker, where it has one.
_MADE = 0.5
#: Values where others are expected.
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1 << 70, 1e308, -0.0, 0.5, "", "x", "\u202e\x1b[2J", "a" * 300),
    *([], {}, [None], {"a": {}}, [[1, "2"]], {"": 1.0}),
)
_LONGEST = 64 << 10
#: Between the parts of a request: method, address, headers and body.
CUT = b"\x1e"


#: Makes a case of its own from one that is known.
Make = Callable[[bytes, random.Random], bytes]


def cases(
    corpus: Sequence[bytes], count: int, seed: int = 0, make: Make | None = None
) -> Iterator[bytes]:
    """``count`` cases, the corpus itself first; the same ones for the same seed.

    ``make`` makes half of them where a target knows better what its input looks like.
    """
    rng = random.Random(seed)
    known = [*corpus, b""]
    for number in range(count):
        if number < len(known):
            yield known[number]
            continue
        chosen = rng.choice(known)
        if make is not None and rng.random() < _MADE:
            yield make(chosen, rng)
            continue
        if rng.random() < _SWAPPED and (other := swapped(chosen, rng)) is not None:
            yield other
            continue
        data = bytearray(chosen)
        for _ in range(1 + min(int(rng.expovariate(0.4)), 12)):
            _change(data, rng, known)
        yield bytes(data[:_LONGEST])


def _change(data: bytearray, rng: random.Random, known: Sequence[bytes]) -> None:
    at = rng.randrange(len(data) + 1)
    length = min(1 + int(rng.expovariate(0.1)), len(data) - at)
    match rng.randrange(8):
        case 0 if at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        case 1 if at < len(data):
            data[at] = rng.randrange(256)
        case 2:
            data[at:at] = rng.choice(_ODD)
        case 3:
            data[at : at + length] = rng.choice(_ODD)
        case 4:
            del data[at : at + length]
        case 5:
            data[at:at] = data[at : at + length] * rng.choice((1, 2, 50))
        case 6:
            other = rng.choice(known)
            begin = rng.randrange(len(other) + 1)
            data[at:at] = other[begin : begin + 1 + int(rng.expovariate(0.02))]
        case _:
            data[at:at] = rng.randbytes(rng.randrange(1, 9))


def swapped(data: bytes, rng: random.Random) -> bytes | None:
    """The case with some values of its JSON swapped; None where there is none."""
    begin = data.find(b"{")
    try:
        told = json.loads(data[begin:]) if begin >= 0 else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not told:
        return None
    for _ in range(rng.randrange(1, 4)):
        _swap_one(told, rng)
    return data[:begin] + json.dumps(told).encode()


def _swap_one(told: dict[str, Any] | list[Any], rng: random.Random) -> None:
    while told:
        place: Any = rng.choice(list(told)) if isinstance(told, dict) else rng.randrange(len(told))
        inner = told[place]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.8:
            told = inner
            continue
        if isinstance(told, dict) and rng.random() < 0.2:
            told.pop(place)
        else:
            told[place] = copy.deepcopy(rng.choice(VALUES))
        return
