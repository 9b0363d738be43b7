"""What a raw score means at this camera: p-values and expected incidents a day."""

from pipeline.calibration.background import Background, BackgroundSettings
from pipeline.calibration.prior import PriorBank
from pipeline.calibration.reading import Calibrated, CalibrationError

__all__ = [
    "Background",
    "BackgroundSettings",
    "Calibrated",
    "CalibrationError",
    "PriorBank",
]
