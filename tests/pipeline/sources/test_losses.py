"""What FFmpeg says of lost packets is understood."""

from __future__ import annotations

import pytest

from pipeline.sources import CameraSilent
from pipeline.sources.losses import Losses

MISSED = (24, "rtsp", "RTP: missed 3 packets")
OLD = (24, "rtsp", "RTP: dropping old packet received too late")


def test_gaps_are_told_from_other_remarks() -> None:
    losses = Losses("yard")
    assert losses.told([(24, "rtsp", "jitter buffer full"), MISSED])
    assert losses.told([(16, "rtsp", "RTP: PT=60: bad cseq 1234 expected=0012")])
    assert not losses.told([])
    assert not losses.told([OLD, (24, "h264", "something else")])


def test_a_camera_that_counts_anew_is_connected_to_again() -> None:
    losses = Losses("yard")
    for _ in range(5):
        losses.told([OLD] * 150)
        losses.came()  # the network is only slow
    losses.told([OLD] * 150)
    with pytest.raises(CameraSilent, match="yard: the camera began to count its packets anew"):
        losses.told([OLD] * 51)
