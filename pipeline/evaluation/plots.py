"""ROC and precision-recall curves as PNG."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from pipeline.evaluation.bench import Curve, Outcome
from pipeline.evaluation.errors import PlotsUnavailable
from pipeline.evaluation.metrics import auc, average_precision
from pipeline.stills import write_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Told apart by colour-blind readers too (Okabe & Ito 2008), and by their dashes.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#444444", "#F0E442")
_DASHES = ("-", "--", "-.", ":")
#: More curves than this in one picture cannot be read.
_MOST = 12


def require() -> None:
    """Say before a long run that curves cannot be drawn. Raises PlotsUnavailable."""
    if importlib.util.find_spec("matplotlib") is None:
        raise PlotsUnavailable(
            "--plots needs matplotlib: pip install 'hearsight[train]' "
            "(in a checkout: make setup-dev), or run without --plots"
        )


def draw(outcome: Outcome, folder: Path) -> list[Path]:
    """Draw an outcome's curves, write its pictures; return the files written. Raises OSError."""
    curves = {n: c for n, c in outcome.curves.items() if c.labels.any() and not c.labels.all()}
    if not curves and not outcome.pictures:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    written = [_written(folder / f"{name}.jpg", made) for name, made in outcome.pictures.items()]
    if not curves:
        return written
    title = f"{outcome.suite}, {outcome.split} part"
    return [
        *written,
        _picture(folder / f"{outcome.suite}-roc.png", f"{title}: ROC", curves, _roc),
        _picture(
            folder / f"{outcome.suite}-pr.png", f"{title}: precision and recall", curves, _precision
        ),
    ]


def _written(path: Path, pixels: NDArray[np.uint8]) -> Path:
    write_picture(path, pixels)
    return path


def _picture(
    path: Path, title: str, curves: dict[str, Curve], plot: Callable[[Axes, str, Curve], None]
) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 5.6), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    shown = list(curves.items())[:_MOST]
    for k, (name, curve) in enumerate(shown):
        plot(axes, name, curve)
        axes.lines[-1].set(
            color=_COLOURS[k % len(_COLOURS)],
            linestyle=_DASHES[k % len(_DASHES)],
            linewidth=2.4 if name == "fused" else 1.7,
        )
    left_out = len(curves) - len(shown)
    axes.set_title(title + (f" ({left_out} more not drawn)" if left_out else ""), fontsize=11)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=9, loc="best")
    figure.savefig(path)
    return path


def _roc(axes: Axes, name: str, curve: Curve) -> None:
    if not axes.lines:
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, label="chance 0.500")
    false, true, _ = roc_curve(curve.labels, curve.scores, sample_weight=curve.weights)
    area = auc(curve.labels, curve.scores, curve.weights)
    axes.plot(false, true, label=f"{name} {area:.3f}")
    axes.set(xlabel="false alarms among ordinary items", ylabel="found among alarming items")


def _precision(axes: Axes, name: str, curve: Curve) -> None:
    weights = np.ones(len(curve.labels)) if curve.weights is None else curve.weights
    if not axes.lines:
        chance = float(np.average(curve.labels, weights=weights))
        axes.axhline(chance, color="#999999", linewidth=1, label=f"chance {chance:.3f}")
    precision: NDArray[np.float64]
    precision, recall, _ = precision_recall_curve(
        curve.labels, curve.scores, sample_weight=curve.weights
    )
    area = average_precision(curve.labels, curve.scores, curve.weights)
    axes.step(recall, precision, where="post", label=f"{name} {area:.3f}")
    axes.set(xlabel="recall", ylabel="precision")
