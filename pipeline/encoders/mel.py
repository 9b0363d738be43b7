"""Log-mel pictures of sound: 64 bands, one column each 20 ms, from 48 kHz mono."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.log_mel import RATE, MelFront, mel_bank

HOP = 960
FFT = 2048
BANDS = 64
#: Added to the power before the logarithm: about -80 dB of full scale per band.
FLOOR = 1e-7
#: The scaled logarithm has about zero mean and unit spread.
GAIN, OFFSET = 0.25, 2.25

#: The same for workers, over windows of five seconds.
FRONT = MelFront(
    window=5 * RATE,
    fft=FFT,
    hop=HOP,
    bands=BANDS,
    low_hz=40.0,
    high_hz=16_000.0,
    mel="htk",
    edges="zeros",
    closing=False,
    scale=1.0 / FFT,
    floor=FLOOR,
    floor_added=True,
    gain=GAIN,
    offset=OFFSET,
    sixteen_bit=False,
)


class LogMel(nn.Module):
    """Samples (n, samples) to scaled log-mel (n, 64, columns), about zero mean, unit spread."""

    window: Tensor
    bank: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(FFT), persistent=False)
        self.register_buffer("bank", torch.from_numpy(mel_bank(FRONT)), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """One column for each started 20 ms; the last columns see zeros past the end."""
        samples = samples.to(self.window.dtype)
        columns = -(-samples.shape[-1] // HOP)
        padded = nn.functional.pad(samples, (FFT // 2, FFT // 2 + HOP))
        spectrum = torch.stft(
            padded, FFT, HOP, FFT, self.window, center=False, return_complex=True
        )[..., :columns]
        power = (spectrum.real.square() + spectrum.imag.square()) / FFT
        return GAIN * torch.log(torch.matmul(self.bank, power) + FLOOR) + OFFSET


@lru_cache(maxsize=1)
def _shared() -> LogMel:
    return LogMel()


def log_mel_numpy(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """``LogMel`` on arrays: float32 (n, samples) to float32 (n, 64, columns)."""
    with torch.inference_mode():
        out: NDArray[np.float32] = _shared()(torch.from_numpy(samples)).numpy()
    return out
