"""What a soak writes down while it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.soak.errors import SoakError
from pipeline.soak.samples import Ended, Writer, read
from pipeline.soak.schedule import Disturbance, Kind
from tests.pipeline.soak.soaks import arrived, begun, owed, process, sample

CUT = Disturbance(12.0, 30.0, Kind.CUT, "gate")


def written(path: Path) -> Path:
    with Writer(path) as writer:
        writer.write(begun())
        writer.write(sample(10.0, process(mb=81.5), owed=[owed("a", 9.0)]))
        writer.write(CUT)
        writer.write(sample(20.0, arrived=[arrived("a", 12.0)]))
    return path


def test_it_reads_back_what_was_written_while_it_runs(tmp_path: Path) -> None:
    told = read(written(tmp_path / "samples.jsonl"))

    assert told.begun == begun()
    assert [one.at_s for one in told.samples] == [10.0, 20.0]
    assert told.samples[0].processes[0].own == 81_500_000
    assert told.samples[1].arrived[0].latency_s == 0.8
    assert told.disturbances == (CUT,)
    assert told.ended is None


def test_a_kill_in_mid_line_loses_that_line_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "samples.jsonl")
    with path.open("ab") as file:
        file.write(b'{"type":"sample","at_s":30.0,"at":17')

    assert [one.at_s for one in read(path).samples] == [10.0, 20.0]


def test_its_end_is_told(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    with Writer(path) as writer:
        writer.write(begun())
        writer.write(Ended(5.0, "over"))

    assert read(path).ended == Ended(5.0, "over", [])


def test_an_earlier_soak_is_never_written_over(tmp_path: Path) -> None:
    path = written(tmp_path / "samples.jsonl")
    before = path.read_bytes()

    with pytest.raises(SoakError, match="folder of its own"), Writer(path):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "does not begin as a soak does"),
        (b'{"type":"ended","at_s":1.0,"reason":"over"}\n', "does not begin as a soak does"),
        (b"no json\n", "line 1 is no line of a soak"),
        (b'{"type":"sample","at_s":"soon"}\n', "line 1 is no line of a soak"),
    ],
)
def test_what_is_no_soak_is_refused(tmp_path: Path, text: bytes, said: str) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_bytes(text)

    with pytest.raises(SoakError, match=said):
        read(path)
    with pytest.raises(SoakError, match="cannot be read"):
        read(tmp_path / "nowhere.jsonl")
