"""The loop: it learns, it resumes where it stopped, and what it writes loads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from pipeline.training.common import Placed, Plan, Towers, save_half, start_from, train
from pipeline.training.data import Shards
from pipeline.training.grammar import Phrase
from pipeline.training.objective import PhraseBook, PhraseSampler

CONCEPTS = ("fire", "dog", "car")
BOOK = PhraseBook(tuple(Phrase(name, (frozenset({name}),)) for name in CONCEPTS), ("{}",))


class Tiny(nn.Module):
    """Two linear towers over one-hot words and noisy labels."""

    def __init__(self) -> None:
        super().__init__()
        self.item = nn.Linear(6, 8)
        self.text = nn.Embedding(3, 8)
        self.scale = nn.Parameter(torch.tensor(2.3))


def world() -> Shards:
    """Items whose first numbers give their labels away."""
    rng = np.random.default_rng(0)
    y = (rng.random((200, 3)) < 0.4).astype(np.float32)
    x = np.concatenate([y, rng.normal(size=(200, 3))], axis=1).astype(np.float32)
    return Shards(CONCEPTS, x, y)


def towers(model: Tiny) -> Towers:
    """The loop's view of ``Tiny``."""

    def prepare(x: NDArray[Any], y: NDArray[Any], rng: np.random.Generator) -> tuple[Tensor, Any]:
        return torch.from_numpy(x), y

    def texts(written: list[str]) -> Tensor:
        rows: Tensor = model.text(torch.tensor([CONCEPTS.index(text) for text in written]))
        return rows

    return Towers(model, prepare, model.item, texts, model.scale, dim=8)


class Mapped(Tiny):
    """A tower whose items are pooled from a map of one cell a number."""

    def both(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Embeddings, and the map."""
        features = x[:, :, None, None]
        return self.item(features.amax(dim=(2, 3))), features


def run(out: Path, steps: int, minutes: float = 1.0) -> tuple[Tiny, list[dict[str, float]]]:
    """Train ``Tiny`` from its fixed seed."""
    torch.manual_seed(5)
    model = Tiny()
    plan = Plan(out, minutes, steps, batch=32, phrases=6, rate=0.02, log_every=5)
    train(plan, towers(model), world(), PhraseSampler(BOOK, pairs=0.0), lambda: {"mean_auc": 0.5})
    return model, json.loads((out / "history.json").read_text())


def test_the_loss_falls(tmp_path: Path) -> None:
    _, history = run(tmp_path, 120)
    assert history[-1]["loss"] < 0.7 * history[0]["loss"]


def test_a_run_that_was_stopped_goes_on_and_a_finished_one_does_nothing(tmp_path: Path) -> None:
    _, stopped = run(tmp_path, 40, minutes=0.0)
    assert stopped[-1]["step"] == 0
    model, history = run(tmp_path, 40)
    assert history[-1]["step"] == 40
    finished, again = run(tmp_path, 40)
    assert again[-1]["step"] == 40
    for name, value in model.state_dict().items():
        assert torch.equal(value, finished.state_dict()[name]), name


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    one, _ = run(tmp_path / "1", 20)
    other, _ = run(tmp_path / "2", 20)
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_another_run_can_start_from_the_weights_alone(tmp_path: Path) -> None:
    trained, _ = run(tmp_path, 20)
    fresh = Tiny()
    start_from(fresh, tmp_path / "checkpoint.pt")
    assert torch.equal(fresh.item.weight, trained.item.weight)
    save_half(trained, tmp_path / "w.safetensors")
    again = Tiny()
    start_from(again, tmp_path / "w.safetensors")
    torch.testing.assert_close(again.item.weight, trained.item.weight, atol=1e-3, rtol=0)


def test_weights_are_written_in_half_precision(tmp_path: Path) -> None:
    model = Tiny()
    save_half(model, tmp_path / "w.safetensors")
    state = load_file(tmp_path / "w.safetensors")
    assert {value.dtype for value in state.values()} == {torch.float16}
    torch.testing.assert_close(state["item.weight"].float(), model.item.weight, atol=1e-3, rtol=0)


def test_a_tower_with_a_map_learns_from_where_things_are(tmp_path: Path) -> None:
    flat = world()
    data = Shards(CONCEPTS, flat.x, flat.y, np.ones((len(flat), 2, 1), np.uint16))
    asked: list[NDArray[Any]] = []

    def prepare(
        x: NDArray[Any], y: NDArray[Any], cells: NDArray[Any], rng: np.random.Generator
    ) -> tuple[Tensor, Any, Tensor]:
        asked.append(cells)
        return torch.from_numpy(x), y, torch.from_numpy(y[:, :, None, None])

    def losses(weight: float, out: Path) -> float:
        torch.manual_seed(5)
        model = Mapped()
        placed = Placed(CONCEPTS, 6, prepare, model.both, weight)
        plan = Plan(out, 1.0, 60, batch=32, phrases=6, rate=0.02, log_every=5)
        loop = replace(towers(model), placed=placed)
        train(plan, loop, data, PhraseSampler(BOOK, pairs=0.0), lambda: {"mean_auc": 0.5})
        history = json.loads((out / "history.json").read_text())
        return float(history[0]["loss"] - history[-1]["loss"])

    without, with_map = losses(0.0, tmp_path / "0"), losses(40.0, tmp_path / "40")
    assert with_map > without + 0.5
    assert asked[0].shape == (32, 2, 1)


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    model = Tiny()
    with torch.no_grad():
        model.item.weight.fill_(float("nan"))
    plan = Plan(tmp_path, 1.0, 5, batch=8, phrases=6)
    with pytest.raises(FloatingPointError, match="lower --rate"):
        train(plan, towers(model), world(), PhraseSampler(BOOK, pairs=0.0), dict)
