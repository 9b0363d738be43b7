"""What waits in doubt takes little room."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.base import Moments
from pipeline.learning.quarantine import Quarantine
from tests.detectors.worlds import still


def test_a_group_keeps_many_moments_and_the_patches_of_few() -> None:
    patches = np.random.default_rng(0).normal(size=(300, 4, 4, 8))
    lorry = still(300, patches=patches)
    quarantine = Quarantine(patience_s=86_400.0, reach=1.0)
    for k in range(300):
        quarantine.add(lorry[k : k + 1], 10.0 * k, 10.0)
    (group,) = quarantine.groups
    assert len(group.samples) == 16
    known = [m for m in group.samples if m.patches is not None]
    assert len(known) == 4
    # Together they are moments like any: what is not known is told as such.
    joined = Moments.joined(group.samples)
    assert joined.patches is not None
    assert np.isfinite(joined.patches[:, 0, 0, 0]).sum() == 4
    again = Quarantine(patience_s=86_400.0, reach=1.0)
    again.restore(quarantine.to_state())
    assert sum(m.patches is not None for m in again.groups[0].samples) == 4
    assert again.groups[0].stayed_s == pytest.approx(3000)
