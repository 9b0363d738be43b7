"""The suites: each maps a data set's public layout to labelled clips or frames.

A new one is one module, one line in `SUITES` and one test.
"""

from pipeline.evaluation.bench import Suite
from pipeline.evaluation.suites import (
    avenue,
    blur,
    defects,
    esc,
    falls,
    fights,
    folder,
    gate,
    ped2,
    shanghaitech,
    ucf_crime,
    xd_violence,
)

_ALL: tuple[Suite, ...] = (
    fights.SUITE,
    falls.SUITE,
    esc.SUITE,
    ped2.SUITE,
    avenue.SUITE,
    shanghaitech.SUITE,
    defects.SUITE,
    ucf_crime.SUITE,
    xd_violence.SUITE,
    folder.SUITE,
    gate.SUITE,
    blur.SUITE,
)
#: By the name on the command line.
SUITES: dict[str, Suite] = {suite.name: suite for suite in _ALL}
