"""Combining p-values of senses that depend on one another: the rules that are usual, side by side.

Each takes surprises, -ln p, float64 (senses, n), NaN where a sense is missing, and gives -ln of the
combined p-value, (n,). What is proven of each:

=================== ==============================================================================
`bonferroni`        k times the smallest p; valid however the senses depend on one another
`twice_arithmetic`  twice the mean p; valid however they depend (Rueschendorf 1982; Vovk & Wang
                    2020, Biometrika 107(4))
`e_geometric`       e times the geometric mean p; valid however they depend (Vovk & Wang 2020)
`harmonic`          the harmonic mean p; for small p nearly exact under many dependences (Wilson
                    2019, PNAS 116(4)); not valid under all of them
`cauchy`            the mean of Cauchy-transformed p; the same (Liu & Xie 2020, JASA 115(529))
=================== ==============================================================================

Fisher's sum (`pipeline.evaluation.fusing`) is valid for independent senses alone. What combines to
more than 1 is left there, below 0 on this scale: it keeps its rank among clips.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
#: p below which 1 / tan(pi p) is 1 / (pi p) to all digits.
_TINY = 1e-8


def bonferroni(surprises: Values) -> Values:
    """-ln of the smallest p times the number of senses that are there."""
    out: Values = np.nanmax(surprises, axis=0) - np.log(_present(surprises))
    return out


def twice_arithmetic(surprises: Values) -> Values:
    """-ln of twice the mean p; of one sense its own p."""
    k = _present(surprises)
    mean = np.nansum(np.exp(-surprises), axis=0) / k
    out: Values = -np.log(np.where(k > 1, 2.0, 1.0) * mean)
    return out


def e_geometric(surprises: Values) -> Values:
    """-ln of e times the geometric mean p; of one sense its own p."""
    k = _present(surprises)
    out: Values = np.nansum(surprises, axis=0) / k - np.where(k > 1, 1.0, 0.0)
    return out


def harmonic(surprises: Values) -> Values:
    """-ln of the harmonic mean p."""
    largest = np.nanmax(surprises, axis=0)
    shares = np.nansum(np.exp(surprises - largest), axis=0) / _present(surprises)
    out: Values = largest + np.log(shares)
    return out


def cauchy(surprises: Values) -> Values:
    """-ln of the p of the mean of tan(pi (1/2 - p)), which is standard Cauchy.

    p is read no larger than 0.99: at 1 a sense to which nothing happens would undo the other.
    """
    p = np.minimum(np.exp(-surprises), 0.99)
    told = np.where(p < _TINY, 1 / (np.maximum(p, 1e-300) * math.pi), 1 / np.tan(math.pi * p))
    mean = np.nansum(told, axis=0) / _present(surprises)
    # arctan(1/x)/pi rather than 1/2 - arctan(x)/pi, which has no digits left for small p.
    far = np.arctan(1 / np.where(mean == 0, 1.0, mean)) / math.pi
    combined = np.where(mean > 0, far, np.where(mean == 0, 0.5, 1 + far))
    out: Values = -np.log(np.clip(combined, 1e-300, 1.0))
    return out


def _present(surprises: Values) -> Values:
    counted: Values = np.isfinite(surprises).sum(axis=0).astype(np.float64)
    return counted


#: By the name that stands in tables.
COMBINATIONS: dict[str, Callable[[Values], Values]] = {
    "bonferroni": bonferroni,
    "harmonic": harmonic,
    "cauchy": cauchy,
    "twice_arithmetic": twice_arithmetic,
    "e_geometric": e_geometric,
}
