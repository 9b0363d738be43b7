"""A camera's scores over time: the nearest to an alert of each minute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sinks.console.history import History, Point
from sinks.console.plots import plot_of, plot_over_time

T = 1_800_000_000.0


@pytest.fixture
def history(tmp_path: Path) -> Any:
    with History(tmp_path / "history.sqlite3", 3600, now=lambda: T + 600) as opened:
        yield opened


def told(at: float, score: float, threshold: float = 3.0, **senses: float) -> dict[str, Any]:
    return {"at": at, "score": score, "threshold": threshold, "senses": senses}


def test_of_each_minute_the_nearest_to_an_alert_is_kept_whatever_its_rule(history: History) -> None:
    history.take("yard", "fire", told(T + 1, 1.0, video=1.5))
    history.take("yard", "fight", told(T + 2, 4.0, threshold=4.5, video=2.0, audio=5.0))
    history.take("yard", "fire", told(T + 3, 0.5))
    history.take("yard", "fire", told(T + 61, 3.5))
    history.flush()
    assert history.of("yard", T, T + 600) == [
        Point(T, -0.5, "fight", -2.5, 0.5),
        Point(T + 60, 0.5, "fire", None, None),
    ]
    assert history.of("gate", T, T + 600) == []


def test_a_minute_that_goes_on_after_a_flush_only_grows(history: History) -> None:
    history.take("yard", "fire", told(T + 1, 2.0))
    history.flush()
    history.take("yard", "fire", told(T + 30, 1.0))
    history.flush()
    history.take("yard", "fire", told(T + 40, 2.5))
    history.flush()
    assert [p.over for p in history.of("yard", T, T + 60)] == [-0.5]


def test_what_is_forgotten_is_not_written_anew(history: History, tmp_path: Path) -> None:
    """By another process, of a camera whose newest minute the console still had in mind."""
    history.take("yard", "fire", told(T + 1, 2.0))
    history.flush()
    with History(tmp_path / "history.sqlite3", 3600) as other:
        assert other.forget("yard", T, T + 600) == 1
    history.flush()
    assert history.of("yard", T, T + 600) == []


def test_a_long_time_is_told_in_few_points_and_keeps_every_peak(history: History) -> None:
    for minute in range(60):
        history.take("yard", "fire", told(T + 60 * minute, 5.0 if minute == 31 else 1.0))
    history.flush()
    points = history.of("yard", T - 30 * 86_400, T + 86_400)
    assert len(points) <= 3
    assert max(p.over for p in points) == 2.0


def test_what_is_too_old_goes(history: History) -> None:
    history.take("yard", "fire", told(T - 7200, 1.0))
    history.take("yard", "fire", told(T, 1.0))
    history.flush()
    assert [p.at for p in history.of("yard", T - 7300, T + 600)] == [T]


def test_a_window_without_threshold_is_passed_over(history: History) -> None:
    history.take("yard", "fire", {"at": T, "score": 1.0})
    history.flush()
    assert history.of("yard", 0, T + 600) == []


def test_a_line_breaks_where_nothing_was_scored() -> None:
    points = [Point(T + 60 * k, -1.0, "fire", -1.0, None) for k in (0, 1, 2, 30, 31)]
    plot = plot_over_time(points, [(T + 90, "critical", "i1")], T, T + 3600, lambda _: "x" * 20)
    names = [name for name, _ in plot["lines"]]
    assert names == ["video", "video", "both", "both"]
    assert [len(told.split()) for _, told in plot["lines"]] == [3, 2, 3, 2]
    (mark,) = plot["incidents"]
    assert 40 < mark["x"] < 80


def test_an_incident_without_scores_has_a_plot_without_lines() -> None:
    plot = plot_of([], {"video": []}, None)
    assert plot["lines"] == []
    assert plot["threshold"] is None
    plot = plot_of([[0.0, 1.0], [2.0, 9.0]], {"audio": [[1.0, 4.0]], "odd": [[0.0, 1.0]]}, 3.0)
    assert [name for name, _ in plot["lines"]] == ["audio", "both"]
    # Everything lies within the picture.
    for _, told_ in plot["lines"]:
        for pair in told_.split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= plot["width"]
            assert 0 <= y <= plot["height"]


def labels(first: float, last: float) -> list[str]:
    return [words for _, words in plot_of([[first, 1.0], [last, 1.0]], {}, None)["ticks"]]


def test_an_axis_of_seconds_has_round_numbers_at_even_distances() -> None:
    assert labels(0.0, 6.7) == ["2 s", "4 s", "6 s"]
    assert labels(0.0, 15.0) == ["5 s", "10 s"]
    assert labels(3.0, 63.0) == ["10 s", "20 s", "30 s", "40 s", "50 s", "60 s"]
    assert len(labels(0.0, 90_000.0)) == 5, "of an incident that lasts for days"
