"""Defects: red spots on blue objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.evaluation.bench import Outcome, Request
from pipeline.evaluation.errors import EvaluationError, LayoutError, TrainedOnError
from pipeline.evaluation.models import TrainedOn
from pipeline.evaluation.suites import SUITES
from tests.pipeline.evaluation.worlds import BLUE, RED, World, bench_of, plain, still

DEFECTS = SUITES["defects"]


def inspector(**more: object) -> World:
    wrong = ("damage", "with flaw", "with defect", "broken")
    return World(lambda text: any(word in text for word in wrong), **more)  # type: ignore[arg-type]


def spotted(top: int, left: int) -> tuple[np.ndarray, np.ndarray]:
    """A blue picture with a red spot, and its mask."""
    pixels, mask = plain(BLUE, 48, 48), np.zeros((48, 48), np.uint8)
    pixels[top : top + 16, left : left + 16] = RED
    mask[top : top + 16, left : left + 16] = 255
    return pixels, mask


def nuts(root: Path) -> None:
    """A category as in MVTec AD."""
    for n in range(3):
        still(root / f"test/good/{n}.png", plain(BLUE, 48, 48))
        pixels, mask = spotted(0, 16 * n)
        still(root / f"test/crack/{n}.png", pixels)
        still(root / f"ground_truth/crack/{n}_mask.png", mask)


def test_a_spot_is_found_and_where_it_is(tmp_path: Path) -> None:
    nuts(tmp_path / "hazel_nut")

    found = DEFECTS.run(Request(tmp_path), bench_of(inspector(), tmp_path / "kept"))

    assert found.counts == {"categories": 1, "pictures": 6, "defective": 3, "unreadable": 0}
    assert found.metrics["video"]["image_auroc"] == 1.0
    assert found.metrics["video"]["pixel_auroc"] > 0.95
    assert found.metrics["video"]["pro"] > 0.8
    assert found.chance["video"] == {"image_auroc": 0.5, "pixel_auroc": 0.5, "pro": 0.15}
    assert "a photo of a hazel nut with defect" in found.prompts["hazel_nut"]["defective"]
    assert set(found.per_class) == {"crack"}


def test_words_that_mean_nothing_are_at_chance(tmp_path: Path) -> None:
    nuts(tmp_path)
    for n in range(3):  # so that nothing but words could tell
        still(tmp_path / f"test/crack/{n}.png", plain(BLUE, 48, 48))

    found = DEFECTS.run(Request(tmp_path), bench_of(inspector(), tmp_path / "kept"))

    assert found.metrics["video"]["image_auroc"] == 0.5
    assert found.metrics["video"]["pixel_auroc"] == pytest.approx(0.5)


def test_categories_are_averaged(tmp_path: Path) -> None:
    nuts(tmp_path / "nut")
    nuts(tmp_path / "bolt")
    for n in range(3):
        still(tmp_path / f"bolt/test/crack/{n}.png", plain(BLUE, 48, 48))

    found = DEFECTS.run(Request(tmp_path), bench_of(inspector(), tmp_path / "kept"))

    assert found.metrics["video"]["image_auroc"] == pytest.approx((1.0 + 0.5) / 2)
    assert found.per_class["nut"]["image_auroc"] == 1.0
    assert found.per_class["bolt"]["image_auroc"] == 0.5


@pytest.mark.parametrize("inside", ["", "Imgs"])
def test_magnetic_tiles_are_read(tmp_path: Path, inside: str) -> None:
    pixels, mask = spotted(16, 16)
    still(tmp_path / "MT_Blowhole" / inside / "a.jpg", pixels)
    still(tmp_path / "MT_Blowhole" / inside / "a.png", mask)
    still(tmp_path / "MT_Free" / inside / "b.jpg", plain(BLUE, 48, 48))

    found = DEFECTS.run(Request(tmp_path), bench_of(inspector(), tmp_path / "kept"))

    assert found.settings["dataset"] == "magnetic-tile"
    assert found.per_class["blowhole"]["image_auroc"] == 1.0


def test_a_defect_without_a_mask_is_left_out_and_named(tmp_path: Path) -> None:
    nuts(tmp_path)
    (tmp_path / "ground_truth/crack/2_mask.png").unlink()
    bench = bench_of(inspector(), tmp_path / "kept")

    found = DEFECTS.run(Request(tmp_path), bench)

    assert found.counts["defective"] == 2
    assert any("shows crack and has no mask" in reason for reason in bench.unreadable.values())


def test_weights_that_have_seen_the_set_are_refused(tmp_path: Path) -> None:
    nuts(tmp_path)
    trained = inspector(seen=TrainedOn(sets=frozenset({"mvtec"})))

    with pytest.raises(TrainedOnError, match="trained on mvtec"):
        DEFECTS.run(Request(tmp_path), bench_of(trained, tmp_path / "kept"))


def test_there_is_no_train_part(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="use --split test"):
        DEFECTS.run(Request(tmp_path, split="all"), bench_of(inspector(), tmp_path))


def test_another_folder_is_refused(tmp_path: Path) -> None:
    still(tmp_path / "nut/train/good/0.png", plain(BLUE))

    with pytest.raises(LayoutError, match=r"looked for \[CATEGORY/\]test/good.*it holds nut/"):
        DEFECTS.run(Request(tmp_path), bench_of(inspector(), tmp_path))


def many_nuts(root: Path, *, train: int = 0, good: int = 6) -> None:
    """Nuts of slightly different blues, some of which are there to be learned from."""
    rng = np.random.default_rng(0)

    def nut() -> np.ndarray:
        return plain(BLUE, 48, 48) + rng.integers(0, 12, (48, 48, 3)).astype(np.uint8)

    for n in range(good):
        still(root / f"test/good/{n}.png", nut())
    for n in range(train):
        still(root / f"train/good/{n}.png", nut())
    for n in range(3):
        pixels, mask = spotted(0, 16 * n)
        still(root / f"test/crack/{n}.png", np.where(mask[:, :, None] > 0, pixels, nut()))
        still(root / f"ground_truth/crack/{n}_mask.png", mask)


def rows_of(found: Outcome) -> dict[str, dict[str, object]]:
    return {str(row["image score"]): row for row in found.ablations}


def test_what_flawless_pictures_taught_finds_the_spots_too(tmp_path: Path) -> None:
    many_nuts(tmp_path / "nut", train=20)

    found = DEFECTS.run(Request(tmp_path), bench_of(inspector(), tmp_path / "kept"))

    row = rows_of(found)["learned from 20 flawless: texture"]
    assert row["image_auroc"] == 1.0
    assert float(str(row["pixel_auroc"])) > 0.95
    assert row["image_auroc_sd"] == 0.0
    assert "learned from 20 flawless: with distance and density" in rows_of(found)
    assert rows_of(found)["  crack"]["image_auroc"] == 1.0
    # The picture, its heat and its mask, side by side; the spot glows, the rest does not.
    panel = found.pictures["nut-best-crack"].astype(int)
    assert panel.shape == (48, 144, 3)
    changed = np.abs(panel[:, 48:96] - panel[:, :48]).sum(axis=2)
    spot = panel[:, 96:, 0] > 0
    rows, cols = np.nonzero(spot)
    away = np.ones_like(spot)
    away[: rows.max() + 17, max(0, cols.min() - 16) : cols.max() + 17] = False
    assert changed[spot].mean() > 100
    assert changed[spot].mean() > 4 * changed[away].mean()
    assert "nut-flawless" in found.pictures


def test_without_a_train_part_some_flawless_pictures_are_learned_and_not_scored(
    tmp_path: Path,
) -> None:
    many_nuts(tmp_path, good=30)

    found = DEFECTS.run(Request(tmp_path), bench_of(inspector(), tmp_path / "kept"))

    assert rows_of(found)["learned from 20 flawless: texture"]["image_auroc"] == 1.0
    assert found.counts["pictures"] == 33  # the prompts are scored on all of them


def test_too_few_flawless_pictures_teach_nothing(tmp_path: Path) -> None:
    nuts(tmp_path)

    found = DEFECTS.run(Request(tmp_path), bench_of(inspector(), tmp_path / "kept"))

    assert not any(name.startswith("learned") for name in rows_of(found))
    assert "too few flawless pictures to learn from: prompts alone" in found.notes
    assert not found.pictures
