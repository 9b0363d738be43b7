"""Figures: what is reached, how samples spread, and what a reader of the JSON is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.bench.errors import BenchError
from pipeline.bench.page import tables
from pipeline.bench.report import Figure, Report, number, percentiles, show, write

MACHINE = {"cpu": "Abacus", "cores": 2, "memory_gb": 4.0, "versions": {"av": "18.1"}}


def report(*figures: Figure, bench: str = "line") -> Report:
    return Report(bench, MACHINE, ["hearsight", "bench", bench], list(figures), at=1e9)


@pytest.mark.parametrize(
    ("value", "target", "at_most", "reached"),
    [
        (10.0, 10.0, False, True),
        (9.9, 10.0, False, False),
        (50.0, 50.0, True, True),
        (50.1, 50.0, True, False),
        (1.0, None, False, None),
    ],
)
def test_a_target_is_a_floor_or_a_ceiling(
    value: float, target: float | None, at_most: bool, reached: bool | None
) -> None:
    assert Figure("x", value, target=target, at_most=at_most).reached is reached


def test_percentiles_are_those_of_the_samples() -> None:
    told = percentiles([float(n) for n in range(1, 102)])

    assert told == {"p50": 51.0, "p95": 96.0, "p99": 100.0, "max": 101.0}
    assert percentiles([]) == {"p50": None, "p95": None, "p99": None, "max": None}


def test_ratios_stand_by_name_whatever_else_is_told(tmp_path: Path) -> None:
    line = report(Figure("line_vs_baseline", 12.5, target=10, baseline=1.0))
    line.samples["all"] = ("ms", [1.0, 3.0])
    line.details["keyframes"] = {"parts": Figure("inner", 2.0)}
    other = report(Figure("int8_vs_fp32", float("nan")), bench="encode")

    write([line], tmp_path / "one.json")
    write([line, other], tmp_path / "two.json")

    one = json.loads((tmp_path / "one.json").read_text())
    assert one["ratios"] == {"line_vs_baseline": 12.5}
    assert one["figures"][0]["reached"] is True
    assert one["percentiles"]["all"] == {
        "unit": "ms",
        "count": 2,
        "p50": 2.0,
        "p95": 2.9,
        "p99": 2.98,
        "max": 3.0,
    }
    assert one["details"]["keyframes"]["parts"]["value"] == 2.0
    assert one["at"] == "2001-09-09T01:46:40Z"
    two = json.loads((tmp_path / "two.json").read_text())
    assert two["ratios"] == {"line_vs_baseline": 12.5, "int8_vs_fp32": None}
    assert [bench["bench"] for bench in two["benches"]] == ["line", "encode"]


def test_a_terminal_shows_what_stands_beside_a_figure() -> None:
    console = Console(width=160, record=True)
    told = report(Figure("cameras_per_core_keyframes", 41.26, "", 3.9, 88.0, 35.0))
    told.notes.append("two cameras were late")

    show(told, console)

    text = console.export_text()
    for word in ("41.3", "3.90", "88.0", "≥ 35.0", "yes", "2 x Abacus", "two cameras were late"):
        assert word in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0.0, "0"),
        (0.01234, "0.0123"),
        (1.5, "1.50"),
        (99.5, "99.5"),
        (4321.0, "4,321"),
    ],
)
def test_numbers_have_three_digits(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_a_page_puts_reports_under_their_machines(tmp_path: Path) -> None:
    write([report(Figure("a", 2.0, "ms", limit=1.0, target=3.0, at_most=True))], tmp_path / "a")
    second = report(Figure("b", 1.0, target=2.0))
    second.machine = MACHINE | {"cpu": "Sieve"}
    write([report(Figure("c", 1.0)), second], tmp_path / "b")

    page = tables([tmp_path / "a", tmp_path / "b"])

    assert page.index("## 2 x Abacus") < page.index("`a`") < page.index("`c`")
    assert page.index("`c`") < page.index("## 2 x Sieve") < page.index("`b`")
    assert "| `a` | 2.00 ms |  | 1.00 | 3.00 | reached |" in page
    assert "2001-09-09, `hearsight bench line` (av 18.1)" in page


@pytest.mark.parametrize("text", ["no json", "[]", '{"schema": "another/1"}'])
def test_a_page_refuses_what_is_no_report(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)

    with pytest.raises(BenchError, match=r"x\.json"):
        tables([tmp_path / "x.json"])


def test_a_plot_is_drawn_with_and_without_samples(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from pipeline.bench.plot import draw, require

    told = report(Figure("a", 2.0, "ms", baseline=1.0, limit=4.0, target=3.0), Figure("zero", 0.0))
    told.samples["all"] = ("ms", [1.0, 2.0])
    require()

    draw([told, report(Figure("b", 1.0))], tmp_path / "plot.png")

    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
