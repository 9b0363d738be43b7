"""What is found now and then stays covered in between, before and after."""

from __future__ import annotations

from pipeline.exports.boxes import Box, Tracks


def holds(boxes: list[Box], x: float, y: float) -> bool:
    return any(b.left <= x <= b.right and b.top <= y <= b.bottom for b in boxes)


def test_a_face_is_covered_between_two_looks_and_a_while_before_and_after() -> None:
    tracks = Tracks(gap_s=1.5, hold_s=1.0)
    tracks.add(10.0, [Box(100, 50, 120, 70)])
    tracks.add(10.5, [])
    tracks.add(11.0, [Box(120, 50, 140, 70)])
    assert len(tracks) == 1
    assert holds(tracks.at(10.5), 120, 60), "on its way"
    assert holds(tracks.at(9.2), 110, 60)
    assert holds(tracks.at(11.9), 130, 60)
    assert tracks.at(8.9) == []
    assert tracks.at(12.1) == []


def test_the_longer_it_was_not_seen_the_more_is_covered() -> None:
    tracks = Tracks(gap_s=1.5, hold_s=1.0, pad=0.3)
    tracks.add(0.0, [Box(100, 100, 120, 120)])
    tracks.add(1.4, [Box(102, 100, 122, 120)])
    (seen,), (between,), (after,) = tracks.at(0.0), tracks.at(0.7), tracks.at(2.2)
    assert seen.right - seen.left == 20 * 1.6
    assert between.area > seen.area
    assert after.area > seen.area


def test_two_who_cross_are_two_and_one_who_comes_back_later_is_another() -> None:
    tracks = Tracks(gap_s=1.5)
    left, right = Box(0, 0, 20, 20), Box(200, 0, 220, 20)
    tracks.add(0.0, [left, right])
    tracks.add(0.5, [Box(205, 0, 225, 20), Box(5, 0, 25, 20)])
    assert len(tracks) == 2
    tracks.add(9.0, [left])
    assert len(tracks) == 3
    assert tracks.at(5.0) == []
    assert len(tracks.at(9.0)) == 1


def test_a_face_twice_as_large_at_the_same_place_is_somebody_else() -> None:
    tracks = Tracks()
    tracks.add(0.0, [Box(100, 100, 110, 110)])
    tracks.add(0.2, [Box(90, 90, 130, 130)])
    assert len(tracks) == 2


def test_boxes_end_at_the_picture() -> None:
    assert Box(-5.5, 3.2, 700.0, 9.9).inside(640, 480) == (0, 3, 640, 10)
