"""Batches fill up to a size but never wait longer than a deadline, nor for an idle device."""

from pipeline.batching import Batcher


def test_a_full_batch_leaves_at_once() -> None:
    batcher: Batcher[str] = Batcher(size=2, deadline_s=0.1, bound=10)
    batcher.add("a", 0.0)
    assert batcher.take(0.01, idle=False) == []
    batcher.add("b", 0.02)
    assert batcher.take(0.02, idle=False) == ["a", "b"]


def test_a_lone_item_leaves_when_its_time_is_up() -> None:
    batcher: Batcher[str] = Batcher(size=8, deadline_s=0.1, bound=10)
    batcher.add("a", 1.0)
    assert batcher.take(1.05, idle=False) == []
    assert batcher.take(1.1, idle=False) == ["a"]


def test_an_idle_device_waits_for_nobody_and_works_on_nothing() -> None:
    batcher: Batcher[str] = Batcher(size=8, deadline_s=0.1, bound=10)
    assert batcher.take(0.0, idle=True) == []
    batcher.add("a", 1.0)
    assert batcher.take(1.0, idle=True) == ["a"]


def test_overfull_the_oldest_goes_and_is_handed_back_to_be_counted() -> None:
    batcher: Batcher[int] = Batcher(size=2, deadline_s=1.0, bound=3)
    assert [batcher.add(item, 0.0) for item in range(5)] == [None, None, None, 0, 1]
    assert batcher.take(0.0, idle=False) == [2, 3]
    assert len(batcher) == 1


def test_out_of_memory_halves_the_batch_down_to_one() -> None:
    batcher: Batcher[int] = Batcher(size=5, deadline_s=1.0, bound=9)
    sizes = []
    for _ in range(4):
        batcher.halve()
        sizes.append(batcher.size)
    assert sizes == [2, 1, 1, 1]


def test_what_has_waited_for_too_long_goes_oldest_first_and_the_rest_stays() -> None:
    batcher: Batcher[str] = Batcher(size=8, deadline_s=0.1, bound=10)
    assert batcher.age_s(5.0) == 0.0
    for at, item in ((1.0, "a"), (1.5, "b"), (3.0, "c")):
        batcher.add(item, at)
    assert batcher.age_s(3.5) == 2.5
    assert batcher.expire(3.5, 2.0) == ["a"]
    assert batcher.expire(3.5, 2.0) == []
    assert batcher.take(3.5, idle=False) == ["b", "c"]


def test_batches_that_last_too_long_shrink_and_grow_again() -> None:
    batcher: Batcher[int] = Batcher(size=32, deadline_s=0.1, bound=100)
    batcher.took(32, 4.0)  # an eighth of a second each
    assert batcher.size == 4
    for item in range(10):
        batcher.add(item, 0.0)
    assert batcher.take(0.0, idle=False) == [0, 1, 2, 3]
    batcher.took(4, 0.55)
    assert batcher.size == 3
    batcher.took(2, 0.1)
    assert batcher.size == 3, "a small one tells nothing of larger ones"
    for _ in range(20):
        batcher.took(batcher.size, 0.1)
    assert batcher.size == 32
    batcher.took(1, 9.0)
    assert batcher.size == 1, "never none"
