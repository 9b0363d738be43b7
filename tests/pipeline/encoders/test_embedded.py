"""The pair that ships: built through open_clip and laion_clap, and able to tell the obvious."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import open_clip
import pytest
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from pipeline.encoders import SightEncoder, SoundEncoder, open_sight, open_sound
from pipeline.encoders.background import background
from pipeline.encoders.base import BadInputError
from pipeline.encoders.clap_import import clap_model_module
from pipeline.encoders.embedded_files import DamagedModelError, MissingModelError
from pipeline.encoders.embedded_sight import WEIGHTS_FILE, build_sight, load_embedded_sight
from pipeline.encoders.embedded_sound import build_sound, load_embedded_sound
from pipeline.encoders.normal_prompts import NORMAL_HEAR, NORMAL_SEE
from pipeline.encoders.torch_common import DeviceError
from pipeline.encoders.vocabulary import EMBEDDED
from pipeline.log_mel import RollingMel
from pipeline.scene.pictures import sample_picture
from pipeline.scene.sounds import sample_sound

#: Unit rows of samples, and what is to be seen or heard in each.
Known = tuple[NDArray[np.float32], list[frozenset[str]]]


@pytest.fixture(scope="module")
def sight() -> SightEncoder:
    return open_sight("embedded")


@pytest.fixture(scope="module")
def sound() -> SoundEncoder:
    return open_sound("embedded")


def test_the_pair_is_built_by_the_two_libraries() -> None:
    assert isinstance(build_sight(), open_clip.CLIP)
    assert isinstance(build_sound(), clap_model_module().CLAP)


def test_the_shipped_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in EMBEDDED.iterdir() if path.is_file()) < 32e6


def test_embeddings_are_unit_rows_that_batches_do_not_change(sight: SightEncoder) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (3, 160, 160, 3), dtype=np.uint8)
    together = sight.encode_images(pixels)
    assert together.shape == (3, sight.dim)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(together[1:2], sight.encode_images(pixels[1:2]), atol=1e-4)
    assert sight.encode_images(pixels[:0]).shape == (0, sight.dim)
    assert sight.encode_texts([]).shape == (0, sight.dim)


def test_sound_of_any_length_embeds(sound: SoundEncoder) -> None:
    for seconds in (1, 5, 8):
        rows = sound.encode_sounds(np.zeros((1, seconds * 48_000), np.float32))
        assert rows.shape == (1, sound.dim)
    assert sound.encode_sounds(np.zeros((0, 48_000), np.float32)).shape == (0, sound.dim)


@pytest.mark.promise("bad input 19")
@pytest.mark.parametrize(
    "level", [0.0, 1.0, -1.0, 1e-30, 0.3], ids=["silence", "DC", "-DC", "denormal", "less DC"]
)
def test_sound_that_never_changes_embeds_like_any_other(sound: SoundEncoder, level: float) -> None:
    rows = sound.encode_sounds(np.full((1, 5 * 48_000), level, np.float32))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, rtol=1e-5)


def test_a_picture_of_a_window_embeds_like_the_window(sound: SoundEncoder) -> None:
    made = [sample_sound(np.random.default_rng(k), 5.0).samples for k in range(8)]
    windows = np.stack(made).astype(np.float32)
    rolling = RollingMel(sound.front)
    pictures = np.stack([rolling.whole(window) for window in windows])
    alike = (sound.encode_mel(pictures) * sound.encode_sounds(windows)).sum(axis=1)
    assert float(alike.min()) > 0.9999
    assert sound.encode_mel(pictures[:0]).shape == (0, sound.dim)
    with pytest.raises(BadInputError, match=r"\(n, 64, 250\), got float32 \(8, 64, 249\)"):
        sound.encode_mel(pictures[:, :, 1:])


def _hits(scores: np.ndarray[tuple[int, ...], np.dtype[np.float32]], wanted: list[bool]) -> float:
    """Chance that a picture with the thing scores above one without."""
    has = scores[np.array(wanted)]
    lacks = scores[~np.array(wanted)]
    return float((has[:, None] > lacks[None]).mean())


@pytest.fixture(scope="module")
def unseen(sight: SightEncoder) -> Known:
    """Pictures that no model was trained on."""
    made = [sample_picture(np.random.default_rng(8_000_000 + k)) for k in range(240)]
    pixels = np.stack(
        [cv2.resize(one.pixels, (160, 160), interpolation=cv2.INTER_AREA) for one in made]
    ).astype(np.uint8)
    return sight.encode_images(pixels), [one.concepts for one in made]


@pytest.fixture(scope="module")
def unheard(sound: SoundEncoder) -> Known:
    """Windows of sound that no model was trained on."""
    made = [sample_sound(np.random.default_rng(8_000_000 + k), 5.0) for k in range(100)]
    rows = sound.encode_sounds(np.stack([one.samples for one in made]))
    return rows, [one.concepts for one in made]


@pytest.mark.parametrize(
    ("concept", "prompt", "least"),
    [
        ("fire", "a fire with flames", 0.93),
        ("covered_lens", "the camera is covered", 0.93),
        ("person_lying", "a person lying on the ground", 0.75),
    ],
)
def test_sight_tells_apart_what_it_never_saw(
    sight: SightEncoder, unseen: Known, concept: str, prompt: str, least: float
) -> None:
    rows, concepts = unseen
    scores = (rows @ sight.encode_texts([prompt]).T)[:, 0]
    assert _hits(scores, [concept in shown for shown in concepts]) > least


@pytest.mark.parametrize(
    ("concept", "prompt"),
    [
        ("fire_alarm", "a fire alarm is beeping"),
        ("glass_breaking", "a window is smashed"),
        ("dog_bark", "dogs barking"),
    ],
)
def test_hearing_tells_apart_what_it_never_heard(
    sound: SoundEncoder, unheard: Known, concept: str, prompt: str
) -> None:
    rows, concepts = unheard
    scores = (rows @ sound.encode_texts([prompt]).T)[:, 0]
    assert _hits(scores, [concept in heard for heard in concepts]) > 0.93


def test_normal_prompts_hold_no_word_the_models_never_met(
    sight: SightEncoder, sound: SoundEncoder
) -> None:
    assert sight.unknown_words(NORMAL_SEE) == []
    assert sound.unknown_words(NORMAL_HEAR) == []
    assert sight.unknown_words(["a zebra on fire"]) == ["zebra"]


def test_the_shipped_banks_belong_to_the_shipped_weights(
    sight: SightEncoder, sound: SoundEncoder, tmp_path: Path
) -> None:
    for encoder in (sight, sound):
        rows = background(encoder, tmp_path)
        assert rows.shape[0] >= 1000
        assert rows.shape[1] == encoder.dim
    assert list(tmp_path.iterdir()) == []


def test_missing_and_damaged_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="reinstall"):
        load_embedded_sound(weights=tmp_path / "none.safetensors")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(WEIGHTS_FILE.read_bytes()[:5000])
    with pytest.raises(DamagedModelError, match="reinstall"):
        load_embedded_sight(weights=cut)


@pytest.mark.parametrize("device", ["tpu", "meta", "cuda:99"])
def test_a_device_that_is_not_there_is_named(device: str) -> None:
    with pytest.raises(DeviceError, match="cpu"):
        open_sight("embedded", device=device)


def test_a_window_of_sound_is_cheap(sound: SoundEncoder) -> None:
    """Operations are counted and not timed: they are as many on a busy machine."""
    with FlopCounterMode(display=False) as counter:
        sound.encode_sounds(np.zeros((1, 240_000), np.float32))
    assert 1e8 < counter.get_total_flops() < 1e9
