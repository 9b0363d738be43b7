"""A worker's log-mel pictures are those of a model's own front, and made column by column."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from pipeline.encoders import mel
from pipeline.log_mel import RATE, RollingMel
from tests.pipeline.encoders import fakes
from tests.pipeline.encoders.heard import hold_against, stream


def test_windows_one_after_the_other_are_what_the_embedded_model_makes_of_each() -> None:
    """LAION's front is held against the worker's beside its model (`test_clap_hub`)."""
    hold_against(mel.FRONT, lambda window: mel.log_mel_numpy(window[None])[0], 1e-4)


def test_columns_that_two_windows_share_are_made_once() -> None:
    rolling = RollingMel(fakes.FRONT)
    window = stream(3)[RATE : 2 * RATE]
    before = rolling.window(window, 2 * RATE)
    later = np.zeros_like(window)
    # A tenth of a second on: of the nine tenths that both share nothing is looked at again.
    after = rolling.window(later, 2 * RATE + RATE // 10)
    assert np.array_equal(after[:, 1:80], before[:, 11:90])
    # After a window of another stream everything is.
    rolling.whole(window)
    silence = rolling.window(later, 2 * RATE + RATE // 5)
    assert np.ptp(silence) == 0.0


def test_what_is_no_window_is_refused_and_spoils_nothing() -> None:
    rolling = RollingMel(fakes.FRONT)
    window = stream(1)
    before = rolling.window(window, RATE)
    with pytest.raises(ValueError, match=r"float32 \(48000,\), got float32 \(100,\)"):
        rolling.window(window[:100], RATE + 480)
    assert np.array_equal(rolling.window(window, RATE + 4800), before)


@pytest.mark.parametrize("change", [{"hop": 700}, {"fft": 32_768}])
def test_a_front_that_cannot_be_cut_into_columns_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="another kind"):
        RollingMel(msgspec.structs.replace(fakes.FRONT, **change))  # type: ignore[arg-type]
