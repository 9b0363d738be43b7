"""Towers on OpenVINO: the same rows as torch's, in batches of any size, kept for the next start."""

from __future__ import annotations

import importlib
import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from structlog.testing import capture_logs
from torch import nn

from pipeline.encoders import openvino_build, openvino_import
from pipeline.encoders.openvino_tower import ConversionError, OpenVinoTower, open_tower
from pipeline.encoders.running import Precision
from pipeline.encoders.torch_common import PixelNorm
from pipeline.encoders.torch_towers import FromPixels

SIDE, DIM = 16, 24


class Small(nn.Module):
    """A tower of two convolutions."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.body = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, DIM, 3, 2, 1), nn.ReLU()
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.body(x).mean(dim=(2, 3))
        return out


class Forgetful(Small):
    """Answers for the batch that it was traced with."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        even = len(x.tolist()) % 2 == 0
        return super().forward(x) * (1.0 if even else -1.0)


class Source:
    """A model to be converted, which counts how often its weights were opened."""

    name = "small@000000000000"
    transformer = False
    keep = 0
    shape = partial = (SIDE, SIDE, 3)
    dtype = np.uint8

    def __init__(self, visual: type[Small] = Small) -> None:
        self.opened = 0
        self.visual = visual

    def module(self) -> Any:
        self.opened += 1
        return FromPixels(self.visual(), PixelNorm())

    def samples(self, n: int) -> Iterator[NDArray[np.uint8]]:
        rng = np.random.default_rng(5)
        return (rng.integers(0, 255, (1, *self.shape), np.uint8) for _ in range(n))

    def facts(self) -> dict[str, Any]:
        return {"dim": DIM}


def pictures(n: int) -> NDArray[np.uint8]:
    return np.random.default_rng(n).integers(0, 255, (n, SIDE, SIDE, 3), np.uint8)


def rows_of(items: NDArray[np.uint8]) -> NDArray[np.float32]:
    with torch.inference_mode():
        out: NDArray[np.float32] = Source().module()(torch.from_numpy(items)).numpy()
    return out


def tower(source: Source, cache: Path | None, precision: Precision = "fp32") -> OpenVinoTower:
    opened, facts = open_tower(source, precision, threads=1, most=4, cache=cache)
    assert facts == {"dim": DIM}
    return opened


def cosines(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1))


def test_in_single_precision_the_rows_are_torch_s(tmp_path: Path) -> None:
    running = tower(Source(), tmp_path)
    for n in (1, 3, 4, 6):
        items = pictures(n)
        np.testing.assert_allclose(running.begin(items).result(), rows_of(items), atol=1e-5)


def test_one_batch_is_on_its_way_while_the_next_is_filled_in() -> None:
    running = tower(Source(), None)
    batches = [pictures(3), pictures(2), pictures(4)]
    first = running.room(3)
    first[:] = batches[0]
    on_its_way = running.begin(first)
    for items in batches[1:]:
        room = running.room(len(items))
        assert not np.shares_memory(room, first), "what is being read is not written to"
        room[:] = items
        following = running.begin(room)
        np.testing.assert_allclose(on_its_way.result(), rows_of(batches[0]), atol=1e-5)
        on_its_way, first, batches[0] = following, room, items
    np.testing.assert_allclose(on_its_way.result(), rows_of(batches[-1]), atol=1e-5)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_second_start_opens_no_weights(tmp_path: Path, precision: Precision) -> None:
    items = pictures(4)
    source = Source()
    before = tower(source, tmp_path, precision).begin(items).result()
    assert source.opened == 1
    after = tower(source, tmp_path, precision).begin(items).result()
    assert source.opened == 1
    np.testing.assert_array_equal(before, after)
    assert cosines(after, rows_of(items)).min() > 0.99
    if precision == "int8":
        assert not np.allclose(after, rows_of(items), atol=1e-5), "it does round"


class Fog(Source):
    """Is quantised by dull pictures and a single one of full contrast."""

    def samples(self, n: int) -> Iterator[NDArray[np.uint8]]:
        rng = np.random.default_rng(5)
        for place in range(n):
            low, high = (0, 255) if place == n // 2 else (105, 125)
            yield rng.integers(low, high, (1, *self.shape), np.uint8)


def test_in_int8_nothing_is_cut_off_that_was_seen_once() -> None:
    """Real pictures go beyond what the generated ones hold on average."""
    items = pictures(16)
    ends, sides = items.copy(), items.copy()
    ends[:, : SIDE // 2], sides[:, :, : SIDE // 2] = 0, 255
    bright = np.concatenate([items, ends, sides])
    rows = tower(Fog(), None, "int8").begin(bright).result()
    assert cosines(rows, rows_of(bright)).min() > 0.99


def test_a_damaged_file_is_made_anew_and_said(tmp_path: Path) -> None:
    source = Source()
    tower(source, tmp_path)
    (blob,) = tmp_path.glob("openvino/*/compiled.blob")
    blob.write_bytes(blob.read_bytes()[:-9] + b"different")
    with capture_logs() as said:
        running = tower(source, tmp_path)
    assert any("damaged" in line["event"] for line in said)
    assert source.opened == 2
    np.testing.assert_allclose(running.begin(pictures(2)).result(), rows_of(pictures(2)), atol=1e-5)
    tower(source, tmp_path)
    assert source.opened == 2, "the new one is kept"


def test_a_folder_that_cannot_be_written_costs_the_next_start_only(tmp_path: Path) -> None:
    (tmp_path / "openvino").write_text("a file where a folder should be", "utf-8")
    with capture_logs() as said:
        running = tower(Source(), tmp_path)
    assert any("not kept" in line["event"] for line in said)
    assert running.begin(pictures(1)).result().shape == (1, DIM)


def test_a_graph_that_answers_otherwise_is_never_used(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="runtime: torch"):
        tower(Source(Forgetful), tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_told_to_the_makers_of_the_libraries() -> None:
    """What both would report through, nncf without asking, is installed and cannot be imported."""
    assert importlib.metadata.version("openvino-telemetry")
    openvino_import.nncf()
    with pytest.raises(ImportError):
        importlib.import_module("openvino_telemetry")
    from nncf.telemetry import wrapper

    assert not hasattr(wrapper, "Telemetry")


def test_the_shipped_model_is_the_same_in_both_runtimes(tmp_path: Path) -> None:
    """...and knows everything about itself without torch at its second start."""
    from pipeline.encoders import open_sight
    from pipeline.encoders.running import Running
    from pipeline.movement import DIM as READINGS

    running = Running("openvino", cache=tmp_path)
    converted, plain = open_sight(running=running, threads=1), open_sight(threads=1)
    assert converted.model_id == plain.model_id
    side = plain.image_size[0]
    pixels = np.random.default_rng(0).integers(0, 255, (2, side, side, 3), np.uint8)
    rows, patches = converted.encode_with_patches(pixels)
    wanted, wanted_patches = plain.encode_with_patches(pixels)
    np.testing.assert_allclose(rows, wanted, atol=1e-5)
    np.testing.assert_array_equal(patches, wanted_patches)
    readings = np.zeros((2, READINGS), np.float32)
    readings[1] = np.nan
    moved = converted.with_movement(rows, readings)
    np.testing.assert_array_equal(moved[1], rows[1])
    assert not np.allclose(moved[0], rows[0])
    np.testing.assert_allclose(converted.encode_texts(["a fire"]), plain.encode_texts(["a fire"]))
    again = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from pipeline.encoders import open_sight\n"
        "from pipeline.encoders.running import Running\n"
        f"running = Running('openvino', cache=Path({str(tmp_path)!r}))\n"
        "sight = open_sight(running=running, threads=1)\n"
        "rows = sight.encode_images(np.zeros((1, *sight.image_size, 3), np.uint8))\n"
        "assert rows.shape == (1, sight.dim) and sight.unknown_words(['xyzzy']) == ['xyzzy']\n"
        "assert sight.logit_scale > 1 and sight.patch_id\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", again], check=True, timeout=120)


def test_the_tracer_is_left_as_it_was(tmp_path: Path) -> None:
    fast = torch.backends.mha.get_fastpath_enabled()
    openvino_build.build(Source(), "fp32")
    assert torch.backends.mha.get_fastpath_enabled() == fast


def test_the_shipped_sound_model_is_too_for_windows_of_any_length(tmp_path: Path) -> None:
    from pipeline.encoders import open_sound
    from pipeline.encoders.running import Running

    running = Running("openvino", cache=tmp_path)
    converted, plain = open_sound(running=running, threads=1), open_sound(threads=1)
    assert converted.model_id == plain.model_id
    assert converted.front == plain.front
    rng = np.random.default_rng(0)
    mel = rng.normal(0, 1, (3, *plain.front.shape)).astype(np.float32)
    np.testing.assert_allclose(converted.encode_mel(mel), plain.encode_mel(mel), atol=1e-5)
    for length in (plain.front.window, 48_000):
        samples = rng.normal(0, 0.1, (2, length)).astype(np.float32)
        heard, wanted = converted.encode_sounds(samples), plain.encode_sounds(samples)
        assert cosines(heard, wanted).min() > 0.9999
