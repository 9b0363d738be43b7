"""The encoder as a process: it opens its models, says what they are, and ends as it should."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import pipeline.encoders
from pipeline.encoder import run
from pipeline.encoders.background import write_bank
from pipeline.encoders.base import EncoderError
from pipeline.encoders.running import Running, pick_device
from pipeline.messages import Embedded, Failed, ModelsReady
from tests.pipeline.encoders.fakes import FakeSight, FakeSound, row_of
from tests.pipeline.fakes.at_work import AtWork
from tests.pipeline.sampled import Cameras, cameras

__all__ = ["cameras"]


class Shelf:
    """The models that a process finds, in place of the real ones."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        self.sight, self.sound = FakeSight(), FakeSound()
        self.asked: list[tuple[str, str, int]] = []
        self.missing: EncoderError | None = None
        monkeypatch.setattr(pipeline.encoders, "open_sight", self._opener(self.sight))
        monkeypatch.setattr(pipeline.encoders, "open_sound", self._opener(self.sound))
        # The models' banks were made at an earlier start.
        cache.mkdir()
        for model in (self.sight, self.sound):
            name = hashlib.sha256(model.model_id.encode()).hexdigest()[:24]
            rows = np.stack([row_of(str(number), model.dim) for number in range(400)])
            write_bank(cache / f"background-{name}.npz", model.model_id, rows)

    def _opener(self, model: FakeSight | FakeSound) -> Callable[..., FakeSight | FakeSound]:
        def opener(
            name: str, *, device: str, threads: int, running: Running | None = None
        ) -> FakeSight | FakeSound:
            self.asked.append((name, device, threads))
            if self.missing is not None:
                raise self.missing
            return model

        return opener


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Shelf:
    return Shelf(monkeypatch, cache)


def settings_of(**settings: Any) -> dict[str, Any]:
    return {"device": "cpu", "threads": 2, "deadline": 0.01, **settings}


def test_it_says_what_its_models_are_and_then_embeds(
    shelf: Shelf, cache: Path, cameras: Cameras
) -> None:
    start = cameras.start(cache, **settings_of())
    with AtWork(lambda channel: run(channel, start)) as encoder:
        ready = encoder.hear(ModelsReady)
        encoder.tell(cameras.shows("yard", 9))
        assert encoder.hear(Embedded).embedding.camera == "yard"
        encoder.stop()
    assert encoder.ended_by is None
    assert ready.device == "cpu"
    assert shelf.asked == [("embedded", "cpu", 2)] * 2
    sight, sound = ready.sight, ready.sound
    assert sight is not None
    assert sound is not None
    assert (sight.model_id, sight.image_size, sight.window_s) == (FakeSight.model_id, (32, 32), 0)
    assert (sound.model_id, sound.image_size, sound.window_s) == (FakeSound.model_id, (0, 0), 1)
    with np.load(sound.texts_path) as texts:
        assert texts["prompts"].tolist() == ["an alarm", "wind"]
        assert np.allclose(texts["vectors"][1], row_of("wind", 8))
    assert np.load(sight.background_path).shape == (400, 8)
    assert not [path for path in cache.iterdir() if path.name.startswith(".")]


def test_prompts_are_embedded_once_for_all_starts(
    shelf: Shelf, cache: Path, cameras: Cameras
) -> None:
    start = cameras.start(cache, **settings_of())
    for _ in range(2):
        with AtWork(lambda channel: run(channel, start)) as encoder:
            encoder.hear(ModelsReady)
            encoder.stop()
    assert shelf.sight.asked == ["a fire"]


def test_only_what_is_wanted_is_loaded(shelf: Shelf, cache: Path, cameras: Cameras) -> None:
    start = msgspec.structs.replace(cameras.start(cache, **settings_of()), sound=False)
    with AtWork(lambda channel: run(channel, start)) as encoder:
        ready = encoder.hear(ModelsReady)
        encoder.stop()
    assert ready.sound is None
    assert ready.sight is not None
    assert len(shelf.asked) == 1


def test_a_model_that_is_not_there_is_told_with_what_to_do(
    shelf: Shelf, cache: Path, cameras: Cameras
) -> None:
    shelf.missing = EncoderError("no such model: run `hearsight models pull`")
    start = cameras.start(cache, **settings_of())
    with AtWork(lambda channel: run(channel, start)) as encoder:
        assert encoder.hear(Failed).reason == "no such model: run `hearsight models pull`"
        encoder.join()
    assert encoder.ended_by is None


def test_words_that_a_model_never_met_are_told(
    shelf: Shelf, cache: Path, cameras: Cameras, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(prompts: Sequence[str]) -> list[str]:
        return [word for prompt in prompts for word in prompt.split() if word == "alarm"]

    monkeypatch.setattr(shelf.sound, "unknown_words", unknown)
    start = cameras.start(cache, **settings_of())
    with AtWork(lambda channel: run(channel, start)) as encoder:
        ready = encoder.hear(ModelsReady)
        encoder.stop()
    assert ready.sound is not None
    assert ready.sight is not None
    assert (ready.sight.unknown_words, ready.sound.unknown_words) == ([], ["alarm"])


def test_without_a_supervisor_it_ends_in_peace(shelf: Shelf, cache: Path, cameras: Cameras) -> None:
    start = cameras.start(cache, **settings_of())
    with AtWork(lambda channel: run(channel, start)) as encoder:
        encoder.hear(ModelsReady)
        encoder.channel.close()
        encoder.join()
    assert encoder.ended_by is None


def test_a_device_is_what_there_is_unless_one_is_demanded() -> None:
    import torch

    assert pick_device("cpu") == "cpu"
    if torch.cuda.is_available():
        assert pick_device("auto") == pick_device("cuda") == "cuda"
    else:
        assert pick_device("auto") == "cpu"
        with pytest.raises(EncoderError, match="write auto or cpu"):
            pick_device("cuda")
