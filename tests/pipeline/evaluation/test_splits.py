"""What may be trained on and what is only scored is written down once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.evaluation.splits import Part, part_of


@pytest.mark.parametrize(
    ("dataset", "name", "part"),
    [
        ("fights", "fi001.mp4", Part.TRAIN),
        ("fights", "fi010.mp4", Part.TRAIN),
        ("fights", "nofi011.mp4", Part.TEST),
        ("fights", "fi020.mp4", Part.TEST),
        ("fights", "fi021.mp4", Part.TRAIN),
        ("fights", "fight/fi031.mp4", Part.TEST),
        ("fights", "fi051.mp4", Part.TRAIN),
        ("fights", "fi061.mp4", Part.TEST),
        ("esc", "3-100032-A.ogg", Part.TRAIN),
        ("esc", "4-100032-A-0.wav", Part.TEST),
        ("esc", "5-9032-A-0.wav", Part.TEST),
        ("falls", "01.mp4", Part.TEST),
        ("intel", "car-detection.mp4", Part.TRAIN),
        ("ped2", "testing/01.mp4", Part.TEST),
        ("magnetic-tile", "exp1_num_1.jpg", Part.TEST),
    ],
)
def test_each_file_belongs_to_one_part(dataset: str, name: str, part: Part) -> None:
    assert part_of(dataset, name) is part


@pytest.mark.parametrize(("dataset", "name"), [("fights", "clip7.mp4"), ("esc", "dog.wav")])
def test_a_name_that_does_not_tell_is_refused(dataset: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"no file name of {dataset}"):
        part_of(dataset, name)


def test_training_can_ask_without_loading_a_library(project: Path) -> None:
    script = "import sys, pipeline.evaluation.splits\nprint(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=True
    ).stdout.split()

    assert {m.partition(".")[0] for m in loaded} & {"numpy", "sklearn", "av", "torch"} == set()
