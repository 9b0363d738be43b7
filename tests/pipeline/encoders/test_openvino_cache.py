"""What was converted once is found again; what was damaged since is made anew, and said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pipeline.encoders.openvino_cache import ModelCache


def fill(folder: Path) -> None:
    (folder / "model.bin").write_bytes(b"weights")
    (folder / "model.xml").write_text("<net/>", "utf-8")


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    return ModelCache(tmp_path / "openvino")


@pytest.fixture
def entry(cache: ModelCache) -> Path:
    path = cache.path("clip/tag@1+int8", cpu="Xeon", threads=2)
    cache.write(path, {"dim": 4}, fill)
    return path


def test_an_entry_is_found_again_with_what_it_tells(cache: ModelCache, entry: Path) -> None:
    assert cache.read(entry) == {"dim": 4}
    assert entry.name.startswith("clip_tag_1+int8-")
    assert [path.name for path in entry.parent.iterdir()] == [entry.name], "nothing half written"


def test_another_version_precision_or_cpu_is_another_entry(cache: ModelCache) -> None:
    keys = [{"cpu": "a", "v": 1}, {"cpu": "b", "v": 1}, {"cpu": "a", "v": 2}]
    assert len({cache.path("m@1", **key) for key in keys} | {cache.path("m@2", **keys[0])}) == 4


def test_what_was_never_made_is_no_damage(cache: ModelCache) -> None:
    with capture_logs() as said:
        assert cache.read(cache.path("other")) is None
    assert said == []


@pytest.mark.parametrize("damage", ["flip", "cut", "gone", "json", "shape"])
def test_a_damaged_entry_counts_as_none_and_is_replaced(
    cache: ModelCache, entry: Path, damage: str
) -> None:
    weights, told = entry / "model.bin", entry / "entry.json"
    match damage:
        case "flip":
            weights.write_bytes(b"weightz")
        case "cut":
            weights.write_bytes(b"")
        case "gone":
            weights.unlink()
        case "json":
            told.write_text('{"files": ', "utf-8")
        case "shape":
            told.write_text(json.dumps(["files"]), "utf-8")
    with capture_logs() as said:
        assert cache.read(entry) is None
    assert "made anew" in said[0]["event"]
    cache.write(entry, {"dim": 8}, fill)
    assert cache.read(entry) == {"dim": 8}


def test_a_write_that_fails_leaves_what_was_there(cache: ModelCache, entry: Path) -> None:
    def full(folder: Path) -> None:
        (folder / "model.bin").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        cache.write(entry, {"dim": 8}, full)
    assert cache.read(entry) == {"dim": 4}
    assert [path.name for path in entry.parent.iterdir()] == [entry.name]
