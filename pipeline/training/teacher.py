"""What a network trained on AudioSet says about a sound: soft labels to be distilled from.

The network is mn04 of EfficientAT (Schmid et al., "Efficient Large-Scale Audio Tagging via
Transformer-to-CNN Knowledge Distillation", 2023), MIT licence. It is never shipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import resample_poly
from torch import Tensor

from pipeline.scene.acoustics import Samples

_NETWORK, _BANK = "mn04_as.onnx", "mn04_melbank_128x513.npy"
_LABELS = "audioset_527_labels.txt"

#: AudioSet's labels of each of our concepts; what has none is not asked about.
LABELS_OF: Mapping[str, tuple[str, ...]] = {
    "fire_alarm": ("Fire alarm", "Smoke detector, smoke alarm"),
    "siren": (
        "Siren",
        "Police car (siren)",
        "Ambulance (siren)",
        "Fire engine, fire truck (siren)",
        "Civil defense siren",
    ),
    "glass_breaking": ("Shatter", "Glass"),
    "scream": ("Screaming",),
    "gunshot": ("Gunshot, gunfire", "Machine gun", "Fusillade", "Artillery fire"),
    "speech": ("Speech", "Male speech, man speaking", "Female speech, woman speaking"),
    "crowd": ("Crowd", "Hubbub, speech noise, speech babble", "Chatter"),
    "footsteps": ("Walk, footsteps", "Run"),
    "dog_bark": ("Bark", "Dog", "Bow-wow"),
    "bird_song": ("Bird", "Chirp, tweet", "Bird vocalization, bird call, bird song"),
    "wind": ("Wind", "Wind noise (microphone)"),
    "rain": ("Rain", "Rain on surface", "Raindrop"),
    "car_engine": ("Car", "Car passing by", "Traffic noise, roadway noise", "Engine"),
    "car_horn": ("Vehicle horn, car horn, honking", "Toot", "Air horn, truck horn"),
    "door_slam": ("Slam", "Door"),
    "dishes": ("Dishes, pots, and pans", "Cutlery, silverware", "Chink, clink"),
    "keys_jingling": ("Keys jangling", "Coin (dropping)"),
    "phone_ring": ("Telephone bell ringing", "Ringtone", "Telephone"),
    "hum": ("Mains hum", "Hum", "Mechanical fan", "Air conditioning"),
    "silence": ("Silence",),
    "music": ("Music",),
    "hammering": ("Hammer", "Jackhammer"),
    "burglar_alarm": (),
    "car_alarm": ("Car alarm",),
    "alarm_clock": ("Alarm clock",),
    "reversing_beeps": ("Reversing beeps",),
    "shouting": ("Shout", "Yell", "Bellow", "Children shouting"),
    "explosion": ("Explosion", "Boom"),
    "fireworks": ("Fireworks", "Firecracker"),
    "thunder": ("Thunder", "Thunderstorm"),
    "crash": ("Smash, crash",),
    "tyre_squeal": ("Skidding", "Tire squeal"),
    "baby_cry": ("Baby cry, infant cry", "Crying, sobbing"),
    "laughter": ("Laughter", "Giggle", "Belly laugh", "Chuckle, chortle"),
    "cough": ("Cough",),
    "sneeze": ("Sneeze",),
    "applause": ("Applause", "Clapping"),
    "cheering": ("Cheering",),
    "cat": ("Cat", "Meow"),
    "rooster": ("Chicken, rooster", "Crowing, cock-a-doodle-doo"),
    "crow": ("Crow", "Caw"),
    "insects": ("Insect", "Cricket", "Fly, housefly", "Bee, wasp, etc."),
    "motorcycle": ("Motorcycle",),
    "truck": ("Truck", "Bus", "Air brake"),
    "train": ("Train", "Rail transport", "Subway, metro, underground"),
    "helicopter": ("Helicopter",),
    "aircraft": ("Fixed-wing aircraft, airplane", "Jet engine", "Aircraft engine"),
    "chainsaw": ("Chainsaw",),
    "lawn_mower": ("Lawn mower",),
    "power_drill": ("Drill", "Power tool", "Dental drill, dentist's drill"),
    "vacuum_cleaner": ("Vacuum cleaner",),
    "sea_waves": ("Waves, surf", "Ocean"),
    "water_running": ("Water tap, faucet", "Stream", "Sink (filling or washing)", "Pour"),
    "water_dripping": ("Drip",),
    "fire_crackling": ("Crackle", "Fire"),
    "doorbell": ("Doorbell", "Ding-dong"),
    "church_bell": ("Church bell", "Bell"),
    "whistle": ("Whistle", "Whistling"),
    "knocking": ("Knock",),
    "typing": ("Typing", "Computer keyboard", "Typewriter"),
    "clock_tick": ("Tick-tock", "Tick", "Clock"),
}

#: A label that the teacher gives this much is there; it knows the events of a clip by weak labels
#: alone, so that even a sure one rarely exceeds a half.
SURE = 0.5


class Teacher:
    """The network, ready to be asked; one thread.

    Args:
        folder: where the network, its filter bank and its labels lie.

    Raises:
        ModuleNotFoundError: onnxruntime is absent; install ``hearsight[train]``.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._network: Any = onnxruntime.InferenceSession(
            str(folder / _NETWORK), options, providers=["CPUExecutionProvider"]
        )
        self._bank = torch.from_numpy(np.load(folder / _BANK))
        self._window = torch.hann_window(800, periodic=False)
        self.labels: tuple[str, ...] = tuple(
            (folder / _LABELS).read_text("utf-8").strip().splitlines()
        )

    def mel(self, samples: Samples) -> NDArray[np.float32]:
        """The network's log-mel picture, float32 (128, t), of mono sound at 48 kHz."""
        x: Tensor = torch.from_numpy(resample_poly(samples, 2, 3).astype(np.float32))
        x = x[1:] - 0.97 * x[:-1]
        spectrum = torch.stft(x, 1024, 320, 800, self._window, center=True, return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square()
        out: NDArray[np.float32] = ((torch.log(self._bank @ power + 1e-5) + 4.5) / 5).numpy()
        return out

    def ask(self, samples: Samples) -> NDArray[np.float32]:
        """Probabilities of the 527 labels, float32 (527,), for mono sound at 48 kHz."""
        logits = self._network.run(["logits"], {"mel": self.mel(samples)[None, None]})[0][0]
        out: NDArray[np.float32] = (1 / (1 + np.exp(-logits))).astype(np.float32)
        return out

    def columns(self, concept: str) -> list[int]:
        """Which of ``labels`` tell of the concept."""
        return [self.labels.index(name) for name in LABELS_OF[concept]]


def soft_labels(
    said: NDArray[np.float32], labels: Sequence[str], concepts: Sequence[str]
) -> NDArray[np.float32]:
    """How strongly each concept is there by the teacher's probabilities: float32 (c,) in [0, 1].

    Args:
        said: probabilities (527,).
        labels: their names.
        concepts: keys of ``LABELS_OF``.
    """
    at = {name: k for k, name in enumerate(labels)}
    best = [max((said[at[name]] for name in LABELS_OF[c]), default=0.0) for c in concepts]
    scaled = np.clip(np.array(best, np.float32) / np.float32(SURE), 0, 1)
    out: NDArray[np.float32] = np.where(scaled < 0.1, 0, scaled).astype(np.float32)
    return out
