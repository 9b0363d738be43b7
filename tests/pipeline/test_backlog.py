"""What waits for a process that is behind stays within its bounds."""

from __future__ import annotations

from pipeline.backlog import Backlog


def waiting(backlog: Backlog) -> list[bytes]:
    return [data for _, data in backlog]


def test_the_oldest_that_may_be_dropped_goes() -> None:
    backlog = Backlog(most=3)
    gone = [backlog.add(data, kept=data == b"stop") for data in (b"stop", b"one", b"two", b"three")]
    assert gone == [0, 0, 0, 1]
    assert waiting(backlog) == [b"stop", b"two", b"three"]


def test_what_is_kept_is_kept_beyond_every_bound() -> None:
    backlog = Backlog(most=2)
    assert [backlog.add(b"cut", kept=True) for _ in range(4)] == [0] * 4
    assert backlog.add(b"picture", kept=False) == 1
    assert len(backlog) == 4


def test_a_few_large_ones_are_as_much_as_many_small_ones() -> None:
    backlog = Backlog(most=4096, most_bytes=1000)
    assert sum(backlog.add(bytes(300), kept=False) for _ in range(10)) == 7
    assert backlog.add(bytes(900), kept=False) == 3
    assert backlog.add(b"small", kept=False) == 0
    assert backlog.first_packet() == [bytes(900), b"small"]
    # What has been sent makes room.
    backlog.pop(1)
    assert backlog.add(bytes(900), kept=False) == 0
    backlog.clear()
    assert backlog.add(bytes(900), kept=False) == 0
