"""Which models are measured, and what they say they were trained on."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.evaluation.errors import EvaluationError, TrainedOnError
from pipeline.evaluation.models import TrainedOn, models_named, refuse_trained, trained_on
from pipeline.evaluation.splits import TRAINABLE


def test_a_model_from_elsewhere_has_seen_none_of_our_train_parts(tmp_path: Path) -> None:
    assert trained_on("ViT-B-32/laion2b_s34b_b79k@0123456789ab", tmp_path) == TrainedOn()


def test_our_own_model_counts_as_trained_on_all_that_it_may_be(tmp_path: Path) -> None:
    assert trained_on("hearsight-sight@0123456789ab", tmp_path).sets == TRAINABLE


def test_what_stands_beside_the_weights_says_it_exactly(tmp_path: Path) -> None:
    (tmp_path / "hearsight-sound.trained_on.json").write_text('{"sets": ["esc"], "files": ["ab"]}')

    found = trained_on("hearsight-sound@0123456789ab", tmp_path)

    assert found == TrainedOn(frozenset({"esc"}), frozenset({"ab"}))
    refuse_trained("fights", ["fi001.mp4"], "hearsight-sound", found)
    with pytest.raises(TrainedOnError, match="trained on 1 of the items of esc"):
        refuse_trained("esc", ["1-7-A.ogg", "4-7-A.ogg"], "hearsight-sound", found)


@pytest.mark.parametrize("text", ["[]", "no JSON", '{"files": []}', '{"sets": 3}'])
def test_a_statement_that_cannot_be_read_is_no_clean_bill(tmp_path: Path, text: str) -> None:
    (tmp_path / "hearsight-sight.trained_on.json").write_text(text)

    with pytest.raises(EvaluationError, match="must hold"):
        trained_on("hearsight-sight@0123456789ab", tmp_path)


def test_the_models_of_a_site_file_are_taken(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        "cameras: {a: {url: 'file:a.mp4'}}\n"
        "rules: {r: {see: [a fire]}}\n"
        "models: {sight: ViT-B-32/laion2b_s34b_b79k, threads: 1}\n"
    )

    pair = models_named(str(site), tmp_path)

    assert pair.settings.sight == "ViT-B-32/laion2b_s34b_b79k"
    assert pair.settings.sound == "embedded"
    with pytest.raises(EvaluationError, match="the path of a site file"):
        models_named("ViT-B-32", tmp_path)
