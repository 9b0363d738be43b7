"""Fights: red and whistling clips among blue and humming ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.evaluation.bench import Request
from pipeline.evaluation.errors import LayoutError, TrainedOnError
from pipeline.evaluation.models import TrainedOn
from pipeline.evaluation.suites import SUITES
from pipeline.evaluation.suites.fights import HEAR, SEE
from tests.pipeline.evaluation.worlds import BLUE, HUM, RED, WHISTLE, World, bench_of, film

FIGHTS = SUITES["fights"]


def fighting_world(**more: object) -> World:
    return World(lambda text: text in SEE + HEAR, **more)  # type: ignore[arg-type]


def test_what_is_seen_and_heard_is_told_apart(tmp_path: Path) -> None:
    for n in (11, 12, 13):
        film(tmp_path / f"fight/fi0{n}.mp4", [RED] * 8, WHISTLE)
        film(tmp_path / f"noFight/nofi0{n}.mp4", [BLUE] * 8, HUM)
    film(tmp_path / "fight/fi001.mp4", [BLUE] * 8, HUM)  # of the train part: not scored

    found = FIGHTS.run(Request(tmp_path), bench_of(fighting_world(), tmp_path))

    assert found.counts == {
        "clips": 6,
        "positive": 3,
        "ordinary": 3,
        "calibration": 0,
        "unreadable": 0,
    }
    for sense in ("video", "audio", "fused"):
        assert found.metrics[sense] == {"auc": 1.0, "average_precision": 1.0}
        assert found.baseline[sense]["auc"] == 1.0
        assert found.intervals[sense]["auc"] == [1.0, 1.0]
        assert found.chance[sense] == {"auc": 0.5, "average_precision": 0.5}
    methods = {row["method"] for row in found.ablations}
    assert methods == {
        "video",
        "audio",
        "max_z",
        "sum_z",
        "tfisher",
        "fisher",
        "bonferroni",
        "harmonic",
        "cauchy",
        "twice_arithmetic",
        "e_geometric",
        "rule_line",
    }


def test_a_sense_that_tells_nothing_is_at_chance_and_does_not_hide_the_other(
    tmp_path: Path,
) -> None:
    for n in (11, 12, 13):
        film(tmp_path / f"fight/fi0{n}.mp4", [BLUE] * 8, WHISTLE)
        film(tmp_path / f"noFight/nofi0{n}.mp4", [BLUE] * 8, HUM)

    found = FIGHTS.run(Request(tmp_path), bench_of(fighting_world(), tmp_path))

    assert found.metrics["video"]["auc"] == 0.5
    assert found.metrics["audio"]["auc"] == 1.0
    assert found.metrics["fused"]["auc"] == 1.0


def test_clips_without_sound_are_judged_by_what_is_seen(tmp_path: Path) -> None:
    film(tmp_path / "fight/fi011.mp4", [RED] * 8)
    film(tmp_path / "fight/fi012.mp4", [RED] * 8, WHISTLE)
    film(tmp_path / "noFight/nofi011.mp4", [BLUE] * 8)
    film(tmp_path / "noFight/nofi012.mp4", [BLUE] * 8, HUM)

    found = FIGHTS.run(Request(tmp_path), bench_of(fighting_world(), tmp_path))

    assert found.metrics["fused"]["auc"] == 1.0
    assert any("2 of 4 clips have no audio" in note for note in found.notes)
    sounding = [r for r in found.ablations if r["clips"] == "every sense"]
    assert {r["n"] for r in sounding} == {2}


def test_a_run_that_goes_on_embeds_nothing_twice(tmp_path: Path) -> None:
    film(tmp_path / "fight/fi011.mp4", [RED] * 8, WHISTLE)
    film(tmp_path / "noFight/nofi011.mp4", [BLUE] * 8, HUM)
    first = fighting_world()
    FIGHTS.run(Request(tmp_path), bench_of(first, tmp_path))
    film(tmp_path / "noFight/nofi012.mp4", [BLUE] * 12, HUM)

    again = fighting_world()
    bench = bench_of(again, tmp_path)
    FIGHTS.run(Request(tmp_path), bench)

    assert first.sight.seen == 2 * 4  # 0.8 s at 5 frames a second
    assert again.sight.seen == 6  # the new clip alone
    assert bench.store.made == 2


def test_what_the_model_was_trained_on_is_not_scored(tmp_path: Path) -> None:
    film(tmp_path / "fight/fi001.mp4", [RED] * 4)
    film(tmp_path / "noFight/nofi011.mp4", [BLUE] * 4)
    trained = fighting_world(seen=TrainedOn(sets=frozenset({"fights"})))

    with pytest.raises(TrainedOnError, match=r"trained on 1 of the items.*fi001\.mp4.*--split"):
        FIGHTS.run(Request(tmp_path, split="all"), bench_of(trained, tmp_path))

    other = FIGHTS.run(Request(tmp_path, split="all"), bench_of(fighting_world(), tmp_path))
    assert other.counts["clips"] == 2


def test_a_test_clip_that_the_weights_name_is_not_scored(tmp_path: Path) -> None:
    film(tmp_path / "fight/fi011.mp4", [RED] * 4)
    leaked = film(tmp_path / "noFight/nofi011.mp4", [BLUE] * 4)
    digest = bench_of(fighting_world(), tmp_path).store.file_hash(leaked)
    trained = fighting_world(seen=TrainedOn(files=frozenset({digest})))

    with pytest.raises(TrainedOnError, match=r"1 of these very files.*nofi011\.mp4"):
        FIGHTS.run(Request(tmp_path), bench_of(trained, tmp_path))


def test_a_damaged_clip_is_named_and_left_out(tmp_path: Path) -> None:
    film(tmp_path / "fight/fi011.mp4", [RED] * 4)
    film(tmp_path / "noFight/nofi011.mp4", [BLUE] * 4)
    (tmp_path / "noFight/nofi012.mp4").write_bytes(b"no film at all")
    bench = bench_of(fighting_world(), tmp_path)

    found = FIGHTS.run(Request(tmp_path), bench)

    assert (found.counts["clips"], found.counts["unreadable"]) == (2, 1)
    assert [Path(p).name for p in bench.unreadable] == ["nofi012.mp4"]


def test_another_folder_is_refused_with_what_was_looked_for(tmp_path: Path) -> None:
    film(tmp_path / "boxing/fi011.mp4", [RED] * 4)

    with pytest.raises(LayoutError, match=r"looked for fight/fiNNN\.mp4.*it holds boxing/"):
        FIGHTS.run(Request(tmp_path), bench_of(fighting_world(), tmp_path))
