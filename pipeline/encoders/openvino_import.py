"""OpenVINO and nncf without what they would tell their makers.

Both report their use to an analytics service through the package ``openvino_telemetry``: nncf
without asking. Where that package cannot be imported they do without it, so here it cannot.
"""

from __future__ import annotations

import sys
from typing import Any

from pipeline.encoders.running import RuntimeChoiceError


def openvino() -> Any:
    """The module ``openvino``, which from here on tells nobody anything.

    Raises:
        RuntimeChoiceError: it is not installed.
    """
    # None in place of a module: every import of it raises ImportError.
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    try:
        import openvino as module
    except ImportError as error:
        raise RuntimeChoiceError(
            "OpenVINO is not installed: `make setup-edge`, or `pip install 'hearsight[edge]'`"
        ) from error
    return module


def nncf() -> Any:
    """The module ``nncf``, likewise. Brings in torch.

    Raises:
        RuntimeChoiceError: it is not installed.
    """
    openvino()
    try:
        import nncf as module
    except ImportError as error:
        raise RuntimeChoiceError(
            "nncf, which makes models int8, is not installed: `make setup-edge`, or "
            "`pip install 'hearsight[edge]'`"
        ) from error
    return module
