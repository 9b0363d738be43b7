"""The model store pins what was pulled and proves it before every load."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pipeline.encoders import open_sight, open_sound
from pipeline.encoders.embedded_files import MissingModelError
from pipeline.encoders.store import (
    LOCK_NAME,
    HashMismatchError,
    Lock,
    LockError,
    list_models,
    locate,
    models_folder,
    read_lock,
    record,
    remove,
    verify,
    write_lock,
)

NAME = "ViT-B-32/site"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A models folder with one pinned file."""
    weights = tmp_path / "ViT-B-32--site.safetensors"
    weights.write_bytes(b"w" * 100)
    record(tmp_path, NAME, "sight", "file:x.pt", "0" * 64, [weights])
    return tmp_path


def test_a_pinned_model_is_found_and_named_by_its_hash(store: Path) -> None:
    found = locate(NAME, models_dir=store)
    digest = read_lock(store).models[NAME].files[0].sha256
    assert found.model_id == f"{NAME}@{digest[:12]}"
    assert found.weights.read_bytes() == b"w" * 100
    assert found.tokenizer is None
    assert verify(models_dir=store)[0].ok


@pytest.mark.promise("bad input 23", "security 10")
def test_a_changed_byte_is_refused_before_loading(store: Path) -> None:
    weights = store / "ViT-B-32--site.safetensors"
    weights.write_bytes(b"w" * 99 + b"x")
    with pytest.raises(HashMismatchError, match=r"pinned .*models pull ViT-B-32/site"):
        locate(NAME, models_dir=store)
    with pytest.raises(HashMismatchError):
        open_sight(NAME, models_dir=store)
    (result,) = verify(NAME, models_dir=store)
    assert not result.ok
    assert "changed" in result.detail


@pytest.mark.promise("bad input 23", "security 10")
def test_a_truncated_file_is_refused_with_its_size(store: Path) -> None:
    (store / "ViT-B-32--site.safetensors").write_bytes(b"w" * 60)
    with pytest.raises(HashMismatchError, match="60 bytes instead of 100"):
        locate(NAME, models_dir=store)


def test_a_file_that_is_gone_is_named_missing(store: Path) -> None:
    (store / "ViT-B-32--site.safetensors").unlink()
    with pytest.raises(MissingModelError, match="gone"):
        locate(NAME, models_dir=store)
    assert not verify(NAME, models_dir=store)[0].ok


def test_a_model_never_pulled_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="models pull 630k-audioset-best"):
        open_sound("630k-audioset-best", models_dir=tmp_path)
    with pytest.raises(MissingModelError):
        verify("630k-audioset-best", models_dir=tmp_path)
    assert verify(models_dir=tmp_path) == []


def test_an_unreadable_lock_is_an_error_and_not_an_empty_store(store: Path) -> None:
    lock = store / LOCK_NAME
    whole = lock.read_bytes()
    for damaged in (whole[:-30], whole.replace(b"a", b"\xe3"), b'{"models":' * 100_000, b""):
        lock.write_bytes(damaged)
        with pytest.raises(LockError, match="restore it"):
            locate(NAME, models_dir=store)


def test_the_list_shows_shipped_pulled_and_available_models(store: Path) -> None:
    entries = {entry.name: entry for entry in list_models(store)}
    assert entries["embedded"].installed
    assert entries[NAME].size == 100
    assert not entries["630k-audioset-best"].installed


@pytest.mark.promise("bad input 23")
@pytest.mark.parametrize(
    "path",
    [
        "../outside",
        "/etc/passwd",
        "//srv/a",
        "",
        ".",
        "a/../../b",
        "a\0b",
        "x" * 256,
        "a/" + "é" * 200,
    ],
)
def test_a_lock_that_names_what_is_no_file_of_its_folder_is_refused(store: Path, path: str) -> None:
    lock = read_lock(store)
    model = lock.models[NAME]
    named = msgspec.structs.replace(model.files[0], path=path)
    write_lock(store, Lock(models={NAME: msgspec.structs.replace(model, files=(named,))}))
    for use in (list_models, lambda _: remove(NAME, models_dir=store)):
        with pytest.raises(LockError, match="no file of this folder"):
            use(store)


@pytest.mark.promise("bad input 23")
def test_a_lock_of_a_model_without_files_is_refused(store: Path) -> None:
    model = msgspec.structs.replace(read_lock(store).models[NAME], files=())
    write_lock(store, Lock(models={NAME: model}))
    with pytest.raises(LockError, match="has no file"):
        list_models(store)


def test_removing_a_model_lifts_its_pin(store: Path) -> None:
    remove(NAME, models_dir=store)
    assert not (store / "ViT-B-32--site.safetensors").exists()
    assert read_lock(store).models == {}
    with pytest.raises(MissingModelError):
        remove(NAME, models_dir=store)


def test_the_folder_is_chosen_then_named_then_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEARSIGHT_MODELS", raising=False)
    assert models_folder().parts[-2:] == ("hearsight", "models")
    monkeypatch.setenv("HEARSIGHT_MODELS", str(tmp_path / "named"))
    assert models_folder() == tmp_path / "named"
    assert models_folder(tmp_path) == tmp_path
