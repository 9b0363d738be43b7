"""The suites: each maps a data set's public layout to labelled clips or frames.

A new one is one module, one line in `SUITES` and one test.
"""

from pipeline.evaluation.bench import Suite
from pipeline.evaluation.suites import esc, falls, fights, folder

#: By the name on the command line.
SUITES: dict[str, Suite] = {
    suite.name: suite for suite in (fights.SUITE, falls.SUITE, esc.SUITE, folder.SUITE)
}
