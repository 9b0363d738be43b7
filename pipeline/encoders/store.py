"""The model store: weights as safetensors in one folder, each pinned in ``models.lock``.

A pull records the sha256 of what it stored; every later load proves it again first. A model that
changed at its source, or on the disk, is an error and never a surprise.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

import msgspec
import platformdirs

from pipeline.encoders.base import EncoderError
from pipeline.encoders.digest import file_sha256
from pipeline.encoders.embedded_files import MissingModelError

LOCK_NAME = "models.lock"
EMBEDDED_NAME = "embedded"
CLAP_REPOSITORY = "lukewys/laion_clap"
TOKENIZER_REPOSITORY = "FacebookAI/roberta-base"
#: CLAP checkpoints that fit HTSAT-tiny without fusion.
CLAP_NAMES = ("630k-audioset-best", "630k-best")
Kind = Literal["sight", "sound"]
#: Of a file, bytes: the usual limit of file systems.
_LONGEST_NAME = 255


class LockError(EncoderError):
    """``models.lock`` cannot be read."""


class NoTokenizerError(EncoderError):
    """A model is asked for as a sound model and has no tokenizer."""


class HashMismatchError(EncoderError):
    """A stored file is not the one that was pinned."""


class PinnedError(EncoderError):
    """A pull brought other weights than the pinned ones."""


class FetchError(EncoderError):
    """A download failed."""


class LockedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stored file, relative to the models folder."""

    path: str
    sha256: str
    size: int


class LockedModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a pull recorded. The first file holds the weights."""

    kind: Kind
    #: Where it came from: ``hub:<repository>/<file>`` or ``file:<name>``.
    source: str
    #: Digest of the file as fetched, before it became safetensors.
    source_sha256: str
    files: tuple[LockedFile, ...]


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``models.lock``."""

    version: Literal[1] = 1
    models: dict[str, LockedModel] = {}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model, for a list."""

    name: str
    kind: Literal["sight", "sound", "both"]
    source: str
    #: Bytes on disk; 0 where it was not pulled.
    size: int
    #: Of the stored weights; empty where it was not pulled.
    sha256: str
    installed: bool


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Whether a model's files are the pinned ones, and what is wrong if not."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class StoredModel:
    """Where a verified model lies."""

    name: str
    kind: Kind
    weights: Path
    #: Folder of the tokenizer's files; None for models with CLIP's own.
    tokenizer: Path | None
    #: ``<name>@<first 12 hex digits>``.
    model_id: str


def models_folder(chosen: Path | None = None) -> Path:
    """``chosen``, else ``$HEARSIGHT_MODELS``, else the user's data folder."""
    if chosen is not None:
        return chosen
    named = os.environ.get("HEARSIGHT_MODELS")
    if named:
        return Path(named)
    return Path(platformdirs.user_data_dir("hearsight", appauthor=False)) / "models"


def read_lock(folder: Path) -> Lock:
    """The lock of a models folder; an empty one where nothing was pulled.

    Raises:
        LockError: the file is there but not readable as a lock.
    """
    path = folder / LOCK_NAME
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Lock()
    try:
        lock = msgspec.json.decode(raw, type=Lock)
        for name, model in lock.models.items():
            _check(name, model)
    except (ValueError, RecursionError) as error:
        raise LockError(
            f"{path} cannot be read ({error}): restore it from a backup, "
            "or delete it and pull again"
        ) from error
    return lock


def _check(name: str, model: LockedModel) -> None:
    """Refuse what no pull has written. Raises ValueError."""
    if not model.files:
        raise ValueError(f"{name!r} has no file")
    for one in model.files:
        path = PurePath(one.path)
        usual = all(part != ".." and len(os.fsencode(part)) <= _LONGEST_NAME for part in path.parts)
        if not path.parts or path.is_absolute() or not usual or "\0" in one.path:
            raise ValueError(f"{name!r} names {one.path!r}, which is no file of this folder")


def write_lock(folder: Path, lock: Lock) -> None:
    """Replace the lock at once, synced to disk before its name points at it."""
    partial = folder / f"{LOCK_NAME}.part"
    with partial.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(lock), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / LOCK_NAME)


def list_models(models_dir: Path | None = None) -> list[ModelEntry]:
    """The embedded pair, everything pulled, and the CLAP names that can be.

    Sight models besides are any of open_clip's ``architecture/tag``.
    """
    from pipeline.encoders.words import EMBEDDED

    shipped = sum(path.stat().st_size for path in sorted(EMBEDDED.glob("*")) if path.is_file())
    entries = [ModelEntry(EMBEDDED_NAME, "both", "package", shipped, "", True)]
    lock = read_lock(models_folder(models_dir))
    for name, model in sorted(lock.models.items()):
        size = sum(one.size for one in model.files)
        entries.append(
            ModelEntry(name, model.kind, model.source, size, model.files[0].sha256, True)
        )
    known: list[tuple[str, Kind, str]] = [
        ("ViT-B-32/laion2b_s34b_b79k", "sight", "hub:open_clip"),
        *((name, "sound", f"hub:{CLAP_REPOSITORY}/{name}.pt") for name in CLAP_NAMES),
    ]
    for name, kind, source in known:
        if name not in lock.models:
            entries.append(ModelEntry(name, kind, source, 0, "", False))
    return entries


def verify(name: str | None = None, *, models_dir: Path | None = None) -> list[VerifyResult]:
    """Prove the stored files of one model, or of all, against the lock.

    Raises:
        MissingModelError: ``name`` was never pulled.
        LockError: the lock is unreadable.
    """
    folder = models_folder(models_dir)
    lock = read_lock(folder)
    if name is not None and name not in lock.models:
        raise MissingModelError(_not_pulled(name, folder))
    results = []
    for one in [name] if name is not None else sorted(lock.models):
        wrong = _first_fault(folder, one, lock.models[one])
        results.append(VerifyResult(one, wrong is None, str(wrong) if wrong else "as pinned"))
    return results


def locate(name: str, *, models_dir: Path | None = None) -> StoredModel:
    """Where a pulled model lies, after proving its files.

    Raises:
        MissingModelError: never pulled, or a file is gone.
        HashMismatchError: a file is not the pinned one.
        LockError: the lock is unreadable.
    """
    folder = models_folder(models_dir)
    model = read_lock(folder).models.get(name)
    if model is None:
        raise MissingModelError(_not_pulled(name, folder))
    wrong = _first_fault(folder, name, model)
    if wrong is not None:
        raise wrong
    weights = model.files[0]
    tokenizer = (folder / model.files[1].path).parent if len(model.files) > 1 else None
    return StoredModel(
        name, model.kind, folder / weights.path, tokenizer, f"{name}@{weights.sha256[:12]}"
    )


def locate_sound(name: str, *, models_dir: Path | None = None) -> tuple[StoredModel, Path]:
    """Where a pulled CLAP lies, and its tokenizer.

    Raises:
        MissingModelError, HashMismatchError, LockError: as `locate`.
        NoTokenizerError: the model has none: it is no CLAP.
    """
    stored = locate(name, models_dir=models_dir)
    if stored.tokenizer is None:
        raise NoTokenizerError(
            f"{name} has no tokenizer in the store: it is no CLAP; see `hearsight models list`"
        )
    return stored, stored.tokenizer


def record(
    folder: Path, name: str, kind: Kind, source: str, digest: str, paths: Sequence[Path]
) -> None:
    """Pin files that lie in the models folder; the first holds the weights."""
    files = tuple(
        LockedFile(str(path.relative_to(folder)), file_sha256(path), path.stat().st_size)
        for path in paths
    )
    lock = read_lock(folder)
    write_lock(folder, Lock(models={**lock.models, name: LockedModel(kind, source, digest, files)}))


def remove(name: str, *, models_dir: Path | None = None) -> None:
    """Delete a model's files and its pin: the way to accept other weights under the same name.

    Raises:
        MissingModelError: never pulled.
    """
    folder = models_folder(models_dir)
    lock = read_lock(folder)
    model = lock.models.get(name)
    if model is None:
        raise MissingModelError(_not_pulled(name, folder))
    write_lock(folder, Lock(models={k: v for k, v in lock.models.items() if k != name}))
    for one in model.files:
        (folder / one.path).unlink(missing_ok=True)
    shutil.rmtree(folder / f"{file_stem(name)}.tokenizer", ignore_errors=True)


def file_stem(name: str) -> str:
    """A model's name as a file's: no separators."""
    return name.replace("/", "--")


def _first_fault(
    folder: Path, name: str, model: LockedModel
) -> MissingModelError | HashMismatchError | None:
    for one in model.files:
        path = folder / one.path
        if not path.is_file():
            return MissingModelError(f"{path} of {name} is gone: `hearsight models pull {name}`")
        size = path.stat().st_size
        if size != one.size:
            return HashMismatchError(
                f"{path} of {name} has {size} bytes instead of {one.size}: it is truncated or was "
                f"replaced. Delete it and run `hearsight models pull {name}`"
            )
        found = file_sha256(path)
        if found != one.sha256:
            return HashMismatchError(
                f"{path} of {name} has sha256 {found[:12]}... instead of the pinned "
                f"{one.sha256[:12]}...: it was changed. Delete it and run "
                f"`hearsight models pull {name}`"
            )
    return None


def _not_pulled(name: str, folder: Path) -> str:
    return (
        f"{name} is not in {folder}: run `hearsight models pull {name}`, "
        "or set the models to embedded"
    )
