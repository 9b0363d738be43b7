"""A world of a few colours and tones, and encoders that know them: whose figures are known.

What is red, or whistles, is alarming; what is blue, or hums, is ordinary.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import SightEncoder, SoundEncoder
from pipeline.evaluation.bench import Bench
from pipeline.evaluation.models import TrainedOn
from pipeline.evaluation.tracks import TrackStore
from tests.pipeline.encoders.fakes import FRONT, Still

RED, BLUE, GREY, GREEN = (220, 20, 20), (20, 20, 220), (128, 128, 128), (20, 220, 20)
WHISTLE, HUM = 6000.0, 200.0
Colour = tuple[int, int, int]


def film(
    path: Path,
    colours: Sequence[Colour],
    tone: float | None = None,
    *,
    fps: int = 10,
    size: int = 32,
) -> Path:
    """A film with one colour a frame, and a tone all along."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=fps)
        video.width, video.height, video.pix_fmt = size, size, "yuv420p"
        video.options = {"preset": "ultrafast", "bf": "0"}
        sound = container.add_stream("aac", rate=48_000, layout="mono") if tone else None
        for colour in colours:
            pixels = np.full((size, size, 3), colour, np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(video.encode(None))
        if sound is not None and tone:
            samples = beep(len(colours) / fps, tone)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
            frame.sample_rate = 48_000
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def beep(seconds: float, tone: float) -> NDArray[np.float32]:
    """A tone, float32 at 48 kHz."""
    at = np.arange(round(seconds * 48_000)) / 48_000
    return (0.5 * np.sin(2 * np.pi * tone * at)).astype(np.float32)


def recording(
    path: Path,
    tone: float,
    seconds: float = 1.0,
    *,
    loudness: float = 0.5,
    silent_from_s: float | None = None,
) -> Path:
    """A wav file with one tone, and nothing from a second on."""
    samples = beep(seconds, tone) * (loudness / 0.5)
    if silent_from_s is not None:
        samples[round(silent_from_s * 48_000) :] = 0.0
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48_000)
        out.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def still(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """A picture, (H, W, 3) RGB or (H, W) grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels[..., ::-1] if pixels.ndim == 3 else pixels)
    return path


def plain(colour: Colour, height: int = 32, width: int = 32) -> NDArray[np.uint8]:
    """A picture of one colour, uint8 (H, W, 3) RGB."""
    return np.full((height, width, 3), colour, np.uint8)


class ColourSight(Still):
    """Embeds a picture by its mean colour, and words by the colour that ``colour_of`` gives."""

    image_size = (16, 16)
    dim = 4
    logit_scale = 20.0

    def __init__(
        self, colour_of: Callable[[str], Colour], model_id: str = "colours@000000000000"
    ) -> None:
        self._colour_of = colour_of
        self.model_id = model_id
        self.seen = 0

    def encode_images(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.seen += len(pixels)
        return _unit(pixels.mean(axis=(1, 2)))

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        return _unit(np.array([self._colour_of(prompt) for prompt in prompts], np.float64))

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        return []


class ToneSound:
    """Embeds sound by its pitch, and words by the pitch that ``tone_of`` gives."""

    window_s = 1.0
    front = FRONT
    dim = 8
    logit_scale = 20.0

    def __init__(
        self, tone_of: Callable[[str], float], model_id: str = "tones@000000000000"
    ) -> None:
        self._tone_of = tone_of
        self.model_id = model_id
        self.heard = 0

    def encode_mel(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        raise AssertionError("evaluation gives sound as it is")

    def encode_sounds(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        self.heard += len(samples)
        spectra = np.abs(np.fft.rfft(samples, axis=1))
        pitches = spectra.argmax(axis=1) * 48_000 / samples.shape[1]
        return np.stack([self._row(pitch) for pitch in pitches])

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._row(self._tone_of(prompt)) for prompt in prompts])

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        return []

    def _row(self, pitch: float) -> NDArray[np.float32]:
        places = np.geomspace(100, 12_000, self.dim)
        row = np.exp(-(np.log(max(pitch, 1.0) / places) ** 2))
        return (row / np.linalg.norm(row)).astype(np.float32)


class World:
    """A pair of encoders for which red and whistling is what ``alarming`` words mean."""

    def __init__(
        self,
        alarming: Callable[[str], bool],
        *,
        names: tuple[str, str] = ("colours@000000000000", "tones@000000000000"),
        seen: TrainedOn | None = None,
    ) -> None:
        self.sight = ColourSight(lambda text: RED if alarming(text) else BLUE, names[0])
        self.sound = ToneSound(lambda text: WHISTLE if alarming(text) else HUM, names[1])
        self.seen = seen or TrainedOn()

    def ordinary(self, encoder: SightEncoder | SoundEncoder) -> NDArray[np.float32]:
        """Blues and hums, each a little different."""
        rng = np.random.default_rng(0)
        if isinstance(encoder, ColourSight):
            return _unit(np.array(BLUE) + rng.uniform(-10, 10, (60, 3)))
        assert isinstance(encoder, ToneSound)
        return np.stack([encoder._row(HUM * rng.uniform(0.9, 1.1)) for _ in range(60)])

    def trained_on(self, encoder: SightEncoder | SoundEncoder) -> TrainedOn:
        return self.seen


def bench_of(world: World, folder: Path, resamples: int = 50) -> Bench:
    """A bench that keeps what it embeds in ``folder``."""
    return Bench(models=world, store=TrackStore(folder / "tracks"), resamples=resamples)


def _unit(colours: NDArray[np.floating]) -> NDArray[np.float32]:
    rows = np.concatenate([colours, np.full((len(colours), 1), 20.0)], axis=1)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
