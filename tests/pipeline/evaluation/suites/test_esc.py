"""ESC: recordings of two classes, by their names and by other words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.encoders.normal_prompts import NORMAL_HEAR
from pipeline.evaluation.bench import Outcome, Request
from pipeline.evaluation.errors import EvaluationError, LayoutError, TrainedOnError
from pipeline.evaluation.models import TrainedOn
from pipeline.evaluation.suites import SUITES
from pipeline.evaluation.suites.esc_words import ESC10, REWORDED
from tests.pipeline.evaluation.worlds import HUM, WHISTLE, World, bench_of, recording

ESC = SUITES["esc"]


def measured(folder: Path, world: World) -> Outcome:
    return ESC.run(Request(folder), bench_of(world, folder))


def birds_and_engines(folder: Path) -> None:
    """The layout of ESC-50."""
    lines = ["filename,fold,target,category,esc10,src_file,take"]
    for fold in (3, 4, 5):
        for category, tone in (("rooster", WHISTLE), ("engine", HUM)):
            name = f"{fold}-{10 + fold}-A-{len(category)}.wav"
            recording(folder / "audio" / name, tone, seconds=1.5)
            lines.append(f"{name},{fold},1,{category},False,1,A")
    (folder / "meta").mkdir()
    (folder / "meta/esc50.csv").write_text("\n".join(lines))


def test_classes_are_named_by_whoever_knows_their_names(tmp_path: Path) -> None:
    birds_and_engines(tmp_path)
    knows_the_name = World(lambda text: text.endswith("rooster") or "sound of rooster" in text)

    found = measured(tmp_path, knows_the_name)

    assert found.counts == {"clips": 4, "classes": 2, "unreadable": 0}
    assert found.metrics["audio"]["accuracy"] == 1.0
    assert found.metrics["audio"]["auc"] == 1.0
    assert found.chance["audio"]["accuracy"] == 0.5
    # The plural, the synonym and the sentence mean nothing to it: all is taken for the first class.
    assert found.metrics["audio"]["accuracy_reworded"] == 0.5
    assert found.per_class["rooster"]["auc"] == 1.0
    assert found.per_class["rooster"]["recall"] == 1.0
    assert "auc_against_normal" not in found.per_class["rooster"]


def test_other_words_are_measured_by_themselves(tmp_path: Path) -> None:
    birds_and_engines(tmp_path)
    plural, synonym, sentence = REWORDED["rooster"]
    knows_two = World(lambda text: "rooster" in text and text != synonym)

    found = measured(tmp_path, knows_two)

    assert plural != sentence
    accuracy = {row["prompts"]: row["accuracy"] for row in found.ablations}
    assert accuracy == {"class name": 1.0, "plural": 1.0, "synonym": 0.5, "sentence": 1.0}
    assert found.metrics["audio"]["accuracy_reworded"] == pytest.approx((1 + 0.5 + 1) / 3)


def test_what_matters_to_security_is_held_against_ordinary_sounds(tmp_path: Path) -> None:
    birds_and_engines(tmp_path)
    takes_an_engine_for_a_whistle = World(lambda text: text not in NORMAL_HEAR)

    found = measured(tmp_path, takes_an_engine_for_a_whistle)

    # Its engines hum, as what is ordinary does, and its words for them whistle.
    assert found.per_class["engine"]["auc_against_normal"] == 0.0


def test_the_folders_of_esc10_are_read_too(tmp_path: Path) -> None:
    recording(tmp_path / "001 - Dog bark/4-1-A.wav", WHISTLE)
    recording(tmp_path / "001 - Dog bark/1-1-A.wav", WHISTLE)
    recording(tmp_path / "002 - Rain/4-2-A.wav", HUM)

    found = measured(tmp_path, World(lambda text: "dog" in text))

    assert found.counts["clips"] == 2
    assert set(found.per_class) == {"dog", "rain"}
    assert found.prompts["dog"]["class name"] == "dog bark"


def test_folds_that_were_trained_on_are_refused(tmp_path: Path) -> None:
    birds_and_engines(tmp_path)
    trained = World(lambda text: True, seen=TrainedOn(sets=frozenset({"esc"})))

    with pytest.raises(TrainedOnError, match="use --split test"):
        ESC.run(Request(tmp_path, split="train"), bench_of(trained, tmp_path))


def test_one_class_alone_is_no_test(tmp_path: Path) -> None:
    recording(tmp_path / "002 - Rain/4-2-A.wav", HUM)

    with pytest.raises(EvaluationError, match="holds 1 class"):
        measured(tmp_path, World(lambda text: True))


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"looked for meta/esc50\.csv.*it holds nothing"):
        measured(tmp_path, World(lambda text: True))


def test_every_class_has_other_words() -> None:
    assert len(REWORDED) == 50
    assert set(ESC10.values()) <= set(REWORDED)
    for category, phrases in REWORDED.items():
        assert len(set(phrases)) == 3, category
        assert category.replace("_", " ") not in phrases
