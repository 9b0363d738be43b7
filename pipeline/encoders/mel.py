"""Log-mel pictures of sound: 64 bands, one column each 20 ms, from 48 kHz mono."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

RATE = 48_000
HOP = 960
FFT = 2048
BANDS = 64
LOW_HZ, HIGH_HZ = 40.0, 16_000.0
#: Added to the power before the logarithm: about -80 dB of full scale per band.
FLOOR = 1e-7


def mel_bank() -> NDArray[np.float32]:
    """Triangular filters on the HTK mel scale, float32 (BANDS, FFT // 2 + 1), each of sum one."""

    def mel(hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray(2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0))

    edges = np.linspace(mel(LOW_HZ), mel(HIGH_HZ), BANDS + 2)
    bins = mel(np.linspace(0.0, RATE / 2, FFT // 2 + 1))
    rise = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
    bank = np.maximum(0.0, np.minimum(rise, fall))
    return np.asarray(bank / bank.sum(axis=1, keepdims=True), np.float32)


class LogMel(nn.Module):
    """Samples (n, samples) to scaled log-mel (n, 64, columns), about zero mean, unit spread."""

    window: Tensor
    bank: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(FFT), persistent=False)
        self.register_buffer("bank", torch.from_numpy(mel_bank()), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """One column for each started 20 ms; the last columns see zeros past the end."""
        samples = samples.to(self.window.dtype)
        columns = -(-samples.shape[-1] // HOP)
        padded = nn.functional.pad(samples, (FFT // 2, FFT // 2 + HOP))
        spectrum = torch.stft(
            padded, FFT, HOP, FFT, self.window, center=False, return_complex=True
        )[..., :columns]
        power = (spectrum.real.square() + spectrum.imag.square()) / FFT
        return (torch.log(torch.matmul(self.bank, power) + FLOOR) + 9.0) / 4.0


@lru_cache(maxsize=1)
def _shared() -> LogMel:
    return LogMel()


def log_mel_numpy(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """``LogMel`` on arrays: float32 (n, samples) to float32 (n, 64, columns)."""
    with torch.inference_mode():
        out: NDArray[np.float32] = _shared()(torch.from_numpy(samples)).numpy()
    return out
