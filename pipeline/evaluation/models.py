"""The models that are evaluated, opened when a suite first needs them, and what they have seen."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from pipeline.config import Models, load_site
from pipeline.encoders import SightEncoder, SoundEncoder, open_sight, open_sound
from pipeline.encoders.background import background
from pipeline.encoders.running import pick_device, running_of, threads_of
from pipeline.encoders.words import EMBEDDED
from pipeline.evaluation.errors import EvaluationError, TrainedOnError
from pipeline.evaluation.splits import TRAINABLE, Part, part_of

#: How the ids of the models that this project trains begin.
_OURS = "hearsight-"


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """What a model's weights have seen."""

    #: Data sets, by the names of `pipeline.evaluation.splits`; their train part alone, where they
    #: have one.
    sets: frozenset[str] = frozenset()
    #: SHA-256 of files, in hex.
    files: frozenset[str] = frozenset()


class ModelPair:
    """A sight and a sound encoder, each opened at its first use.

    Args:
        settings: which; default: the embedded pair.
        cache: where the banks of models that ship none are kept.
    """

    def __init__(self, settings: Models | None, cache: Path) -> None:
        self.settings = settings or Models()
        self._cache = cache

    @cached_property
    def sight(self) -> SightEncoder:
        """The sight model. Raises EncoderError."""
        return open_sight(self.settings.sight, **self._how())

    @cached_property
    def sound(self) -> SoundEncoder:
        """The sound model. Raises EncoderError."""
        return open_sound(self.settings.sound, **self._how())

    def _how(self) -> dict[str, Any]:
        device = pick_device(self.settings.device)
        running = running_of(self.settings, device, self._cache)
        return {"device": device, "threads": threads_of(self.settings), "running": running}

    def ordinary(self, encoder: SightEncoder | SoundEncoder) -> NDArray[np.float32]:
        """A model's bank of ordinary embeddings, (m, d): shipped, kept, or embedded now."""
        return background(encoder, self._cache)

    def trained_on(self, encoder: SightEncoder | SoundEncoder) -> TrainedOn:
        """What a model has seen. Raises EvaluationError."""
        return trained_on(encoder.model_id)


def models_named(name: str, cache: Path, **how: str) -> ModelPair:
    """The embedded pair, or the ``models:`` of a site file.

    Args:
        name: ``embedded``, or the site file's path.
        cache: see `ModelPair`.
        how: ``runtime`` and ``precision`` in place of those settings.

    Raises:
        EvaluationError: the name is neither ``embedded`` nor a file.
        SiteFileError: the site file cannot be used.
    """
    if name == "embedded":
        return ModelPair(_changed(Models(), how), cache)
    if not Path(name).is_file():
        raise EvaluationError(f"--models {name}: write 'embedded', or the path of a site file")
    return ModelPair(_changed(load_site(Path(name)).models, how), cache)


def _changed(settings: Models, how: dict[str, str]) -> Models:
    try:
        return Models.model_validate(settings.model_dump() | how)
    except ValidationError as error:
        said = "; ".join(one["msg"] for one in error.errors())
        raise EvaluationError(f"--runtime, --precision: {said}") from error


def trained_on(model_id: str, folder: Path = EMBEDDED) -> TrainedOn:
    """What a model has seen: nothing of the public sets, for any but this project's own.

    A ``<name>.trained_on.json`` beside the weights, ``{"sets": [...], "files": [sha256, ...]}``,
    says it exactly; without it every set that may be trained on counts as seen.

    Raises:
        EvaluationError: the file is no such JSON.
    """
    name = model_id.partition("@")[0]
    if not name.startswith(_OURS):
        return TrainedOn()
    path = folder / f"{name}.trained_on.json"
    if not path.is_file():
        return TrainedOn(sets=TRAINABLE)
    try:
        told = json.loads(path.read_text("utf-8"))
        return TrainedOn(frozenset(told["sets"]), frozenset(told.get("files", ())))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(
            f'{path} must hold {{"sets": [names], "files": [SHA-256 in hex]}}: {error!r}'
        ) from error


def refuse_trained(dataset: str, names: Iterable[str], model_id: str, seen: TrainedOn) -> None:
    """Refuse to score as test what a model was trained on.

    Args:
        dataset: a suite's name.
        names: the files that would be scored.
        model_id: the model, for the message.
        seen: what it was trained on.

    Raises:
        TrainedOnError: it was trained on one of them, or on a set that is all test.
    """
    if dataset not in seen.sets:
        return
    if dataset not in TRAINABLE:
        raise TrainedOnError(
            f"{model_id} says that it was trained on {dataset}, all of which is test: "
            "its figures there mean nothing; evaluate other weights"
        )
    trained = [name for name in names if part_of(dataset, name) is Part.TRAIN]
    if trained:
        raise TrainedOnError(
            f"{model_id} was trained on {len(trained)} of the items of {dataset} that would be "
            f"scored (first: {trained[0]}): use --split test"
        )
