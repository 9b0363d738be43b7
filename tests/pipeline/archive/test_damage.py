"""Whatever a killed process or a failing disk leaves, the rest is read and the loss is counted."""

from __future__ import annotations

import os
import random
import signal
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.archive import ArchiveReader
from pipeline.archive.block import MAGIC, decode_blocks, encode_block
from pipeline.records import Embedding, Quiet
from tests.pipeline.archive.days import MODELS, NOON, archive, files, heard, seen, silence

BLOCKS = 12
ITEMS = [
    [seen(10 * n + 1, n), silence(10 * n + 2), seen(10 * n + 3, n + 50)] for n in range(BLOCKS)
]
ENCODED = [encode_block(0, [i for i in items if i.view], pictures=True) for items in ITEMS]
WHOLE = MAGIC + b"".join(ENCODED)
#: Where each block ends.
ENDS = [len(MAGIC) + sum(map(len, ENCODED[: n + 1])) for n in range(BLOCKS)]


def begins(data: bytes) -> list[int]:
    """Stream time, in whole seconds, at which the blocks that can be read begin."""
    blocks, _ = decode_blocks(data)
    return [int(block.times[0, 0]) // 10**9 for block in blocks]


ALL = begins(WHOLE)


def test_a_whole_segment_is_read_whole() -> None:
    expected = [10 * n + 1 for n in range(BLOCKS)]
    assert begins(WHOLE) == expected
    assert decode_blocks(WHOLE)[1] == 0


def test_wherever_it_is_torn_what_was_complete_is_there() -> None:
    for length in range(len(WHOLE)):
        blocks, damaged = decode_blocks(WHOLE[:length])
        complete = sum(end <= length for end in ENDS)
        assert len(blocks) == complete
        on_a_border = length in (0, len(MAGIC), *ENDS)
        assert damaged == (0 if on_a_border else 1), f"torn at {length}"


def test_a_block_that_nests_without_end_costs_itself() -> None:
    deep = b"\x98\x01\x01\x01\xc4\x00\xc4\x00\xc4\x00\x80" + b"\x91" * 100_000
    block = struct.pack("<4sII", b"\xf5\x9dHB", len(deep), zlib.crc32(deep)) + deep
    blocks, damaged = decode_blocks(MAGIC + block + ENCODED[0])
    assert (len(blocks), damaged) == (1, 1)


def test_a_flipped_bit_costs_its_own_block_at_most() -> None:
    rng = random.Random(5)
    for _ in range(600):
        at = rng.randrange(len(WHOLE))
        data = bytearray(WHOLE)
        data[at] ^= 1 << rng.randrange(8)
        hit = (
            next((n for n, end in enumerate(ENDS) if at < end), None) if at >= len(MAGIC) else None
        )
        found = begins(bytes(data))
        assert found == [b for n, b in enumerate(ALL) if n != hit], f"bit at {at}"
        assert decode_blocks(bytes(data))[1] == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(WHOLE)), st.binary(max_size=300)), max_size=4))
def test_bytes_put_in_or_written_over_are_never_taken_for_entries(
    spoiled: list[tuple[int, bytes]],
) -> None:
    data = WHOLE
    for at, rubbish in spoiled:
        data = data[:at] + rubbish + data[at + len(rubbish) // 2 :]
    found = begins(data)
    assert set(found) <= set(ALL)
    assert found == sorted(found)


def test_rubbish_that_looks_like_a_block_is_none() -> None:
    forged = encode_block(0, ITEMS[0], pictures=True)
    empty = b"\xf5\x9dHB" + b"\0" * 8
    long = b"\xf5\x9dHB" + b"\xff" * 8
    assert begins(MAGIC + empty + long + forged + empty) == [1]


def test_a_reader_passes_over_damage_and_says_how_often(tmp_path: Path) -> None:
    archive(tmp_path, [seen(at, at) for at in range(100)], every=10)
    (path,) = files(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data[:-7])
    reader = ArchiveReader(tmp_path)
    items = list(reader.items("yard", MODELS))
    assert len(items) == 80
    assert reader.damaged == 2
    list(reader.items("yard", MODELS))
    assert reader.damaged == 2, "read twice, counted once"


def test_files_that_are_none_of_its_own_are_left_alone(tmp_path: Path) -> None:
    archive(tmp_path, [heard(1)])
    (path,) = files(tmp_path)
    (path.parent / "notes.txt").write_text("do not delete")
    (path.parent / "20250101T000000-0000000g-000000.seg").write_bytes(b"?")
    (tmp_path / "yard" / "whole" / "smell" / "nose").mkdir(parents=True)
    reader = ArchiveReader(tmp_path)
    assert len(list(reader.items("yard", MODELS))) == 1
    assert len(reader.spaces) == 1


KILLED = """
import os, sys
from pathlib import Path
from tests.pipeline.archive.days import seen, writer
pen = writer(Path(sys.argv[1]))
at = 0
while True:
    pen.append(seen(at, at % 7))
    at += 1
    if at % 20 == 0:
        pen.flush()
        print(at, flush=True)
"""


def test_a_killed_writer_loses_what_it_had_not_written_yet_and_no_more(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = 0
        for line in process.stdout:
            told = int(line)
            if told >= 2000:
                os.kill(process.pid, signal.SIGKILL)
                break
        for line in process.stdout:
            if line.endswith("\n"):
                told = int(line)
    items: list[Embedding | Quiet] = list(ArchiveReader(tmp_path).items("yard", MODELS))
    assert len(items) >= told
    assert [i.captured_at - NOON for i in items] == [float(at) for at in range(len(items))]


@pytest.mark.parametrize("length", [0, 5, len(MAGIC)])
def test_a_segment_that_was_only_begun_is_empty(tmp_path: Path, length: int) -> None:
    archive(tmp_path, [seen(0)])
    (path,) = files(tmp_path)
    path.write_bytes(MAGIC[:length])
    assert list(ArchiveReader(tmp_path).items("yard", MODELS)) == []
    assert ArchiveReader(tmp_path).span("yard") == (NOON, NOON)
