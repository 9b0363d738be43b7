"""Bringing a model into the store: from the model hub, or from a local file."""

from __future__ import annotations

import shutil
from pathlib import Path

from torch import Tensor

from pipeline.encoders.checkpoints import read_checkpoint, write_safetensors
from pipeline.encoders.clap_hub import TOKENIZER_FILES, TokenizerError, clap_state, open_tokenizer
from pipeline.encoders.clip_hub import UnknownModelError, clip_state, split_name
from pipeline.encoders.digest import file_sha256
from pipeline.encoders.embedded_files import MissingModelError
from pipeline.encoders.store import (
    CLAP_NAMES,
    CLAP_REPOSITORY,
    EMBEDDED_NAME,
    TOKENIZER_REPOSITORY,
    FetchError,
    Kind,
    ModelEntry,
    PinnedError,
    file_stem,
    list_models,
    models_folder,
    read_lock,
    record,
)


def pull(
    name: str,
    *,
    file: Path | None = None,
    tokenizer: Path | None = None,
    models_dir: Path | None = None,
) -> ModelEntry:
    """Fetch a model once, convert it to safetensors and pin it.

    Args:
        name: ``architecture/tag`` of open_clip for sight (with ``file``, any tag), else the name of
            a LAION CLAP checkpoint (with ``file``, any name).
        file: take the weights from this file instead of the hub.
        tokenizer: folder of roberta-base's files, for a CLAP; else fetched from the hub.
        models_dir: see ``models_folder``.

    Raises:
        UnknownModelError: no model goes by this name.
        FetchError: the hub cannot be reached or has no such file.
        UnsafeCheckpointError, DamagedModelError, WrongModelError: the file is refused.
        TokenizerError: the tokenizer is not RoBERTa's.
        PinnedError: other weights than the pinned ones; they were not taken.
    """
    if name == EMBEDDED_NAME:
        raise UnknownModelError("the embedded pair comes with the package: nothing to pull")
    kind: Kind = "sight" if "/" in name else "sound"
    if kind == "sight":
        split_name(name)
    elif file is None and name not in CLAP_NAMES:
        raise UnknownModelError(
            f"{name!r} is no sound model: choose {' or '.join(CLAP_NAMES)}, "
            "or give a local checkpoint with --file"
        )
    folder = models_folder(models_dir)
    folder.mkdir(parents=True, exist_ok=True)
    fetched, source = _weights(name, kind, file)
    digest = file_sha256(fetched)
    pinned = read_lock(folder).models.get(name)
    if pinned is not None and pinned.source_sha256 != digest:
        raise PinnedError(
            f"{name} is pinned to a file of sha256 {pinned.source_sha256[:12]}..., and {source} "
            f"now has {digest[:12]}...: nothing was changed. To accept the new one, "
            f"`hearsight models remove {name}` first"
        )
    state = _accepted(name, kind, read_checkpoint(fetched))
    paths = [folder / f"{file_stem(name)}.safetensors"]
    if kind == "sound":
        paths += _store_tokenizer(tokenizer, folder / f"{file_stem(name)}.tokenizer")
    write_safetensors(state, paths[0])
    record(folder, name, kind, source, digest, paths)
    return next(entry for entry in list_models(folder) if entry.name == name)


def _accepted(name: str, kind: Kind, state: dict[str, Tensor]) -> dict[str, Tensor]:
    if kind == "sight":
        return clip_state(split_name(name)[0], state)
    return clap_state(state)


def _weights(name: str, kind: Kind, file: Path | None) -> tuple[Path, str]:
    if file is not None:
        if not file.is_file():
            raise MissingModelError(f"{file} does not exist: give the checkpoint's file")
        return file, f"file:{file.name}"
    if kind == "sound":
        return _hub(CLAP_REPOSITORY, (f"{name}.pt",))
    import open_clip

    architecture, tag = split_name(name)
    known = open_clip.get_pretrained_cfg(architecture, tag)
    if not known.get("hf_hub"):
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(architecture)) or "none"
        raise UnknownModelError(
            f"open_clip knows no hub weights {tag!r} for {architecture} (tags: {tags}): "
            "choose one of them, or give a local file with --file"
        )
    repository, _, filename = known["hf_hub"].rpartition("/")
    if filename:
        return _hub(repository, (filename,))
    return _hub(repository, ("open_clip_model.safetensors", "open_clip_pytorch_model.bin"))


def _hub(repository: str, names: tuple[str, ...]) -> tuple[Path, str]:
    """The first of ``names`` that the repository has."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError

    for name in names:
        try:
            return Path(hf_hub_download(repository, name)), f"hub:{repository}/{name}"
        except LocalEntryNotFoundError as error:
            raise FetchError(_unreachable(repository, name, error)) from error
        except EntryNotFoundError:
            continue
        except (HfHubHTTPError, OSError) as error:
            raise FetchError(_unreachable(repository, name, error)) from error
    raise FetchError(f"{repository} has none of {', '.join(names)}: give a local file with --file")


def _unreachable(repository: str, name: str, error: Exception) -> str:
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return (
        f"{name} of {repository} cannot be fetched ({reason[0][:160]}): check the network, "
        "or fetch it elsewhere and give it with --file"
    )


def _store_tokenizer(given: Path | None, target: Path) -> list[Path]:
    """Copy the tokenizer's files beside the weights, after proving them."""
    if given is None and target.is_dir():
        given = target
    if given is not None:
        files = [given / one for one in TOKENIZER_FILES if (given / one).is_file()]
        open_tokenizer(given)
    else:
        files = [_hub(TOKENIZER_REPOSITORY, (one,))[0] for one in TOKENIZER_FILES]
    target.mkdir(parents=True, exist_ok=True)
    kept = []
    for path in files:
        place = target / path.name
        if path.resolve() != place.resolve():
            shutil.copyfile(path, place)
        kept.append(place)
    try:
        open_tokenizer(target)
    except TokenizerError:
        shutil.rmtree(target)
        raise
    return kept
