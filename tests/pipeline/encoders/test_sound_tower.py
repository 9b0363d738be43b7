"""The audio tower laid out for speed says what the trained one says."""

from __future__ import annotations

import torch

from pipeline.encoders.sound_tower import OUT, SoundTower


def test_folding_the_normalisation_changes_nothing_but_speed() -> None:
    torch.manual_seed(0)
    tower = SoundTower()
    mel = torch.randn(3, 64, 100)
    with torch.inference_mode():
        for _ in range(3):
            tower.train().features(mel)
        before = tower.eval().features(mel)
        tower.prepare_to_run()
        after = tower.features(mel)
    assert before.shape == (3, OUT)
    torch.testing.assert_close(before, after, atol=2e-4, rtol=1e-3)
    assert not any(isinstance(one, torch.nn.BatchNorm2d) for one in tower.modules())
