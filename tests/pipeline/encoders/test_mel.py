"""Log-mel pictures: where a tone lands, and how silence looks."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.encoders.mel import BANDS, FRONT, log_mel_numpy
from pipeline.log_mel import RATE, mel_bank


def test_every_band_listens_and_sums_to_one() -> None:
    bank = mel_bank(FRONT)
    np.testing.assert_allclose(bank.sum(axis=1), 1.0, rtol=1e-4)


@pytest.mark.parametrize("hertz", [200.0, 1000.0, 3100.0, 9000.0])
def test_a_tone_is_loudest_in_the_band_of_its_pitch(hertz: float) -> None:
    t = np.arange(RATE) / RATE
    mel = log_mel_numpy((0.3 * np.sin(2 * np.pi * hertz * t)).astype(np.float32)[None])[0]
    bins = np.linspace(0, RATE / 2, mel_bank(FRONT).shape[1])
    band = int(mel[:, 10:40].mean(axis=1).argmax())
    centre = float((mel_bank(FRONT)[band] * bins).sum())
    assert centre == pytest.approx(hertz, rel=0.12, abs=40)


def test_five_seconds_give_250_columns_and_silence_is_finite() -> None:
    mel = log_mel_numpy(np.zeros((2, 5 * RATE), np.float32))
    assert mel.shape == (2, BANDS, 250)
    assert np.isfinite(mel).all()
    assert np.ptp(mel) == pytest.approx(0.0, abs=1e-5)
