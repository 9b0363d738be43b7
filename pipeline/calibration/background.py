"""A camera's own normal, learned from its window statistics in bounded memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.calibration.fit import Fit, fit_histories
from pipeline.calibration.history import History
from pipeline.calibration.own import OTHER_HOURS, own_reading
from pipeline.calibration.pool import Pool
from pipeline.calibration.prior import PriorBank
from pipeline.calibration.reading import (
    SECONDS_PER_DAY,
    UNKNOWN,
    Calibrated,
    CalibrationError,
)

_NS_PER_S = 1e9
#: Own history says nothing before so many seconds.
_MIN_WATCHED_S = 300.0
#: After so many it tells what is ordinary at this camera, whatever the prior says.
_SETTLED_S = 3600.0
#: History is kept in two halves of so many days: the older is dropped when the newer is full.
_HALF_S = 7 * SECONDS_PER_DAY
#: Runs of suspect windows stay in doubt for so many watched seconds.
_DOUBT_S = SECONDS_PER_DAY
#: Readings that are remembered.
_READ = 64
_STATE_VERSION = 1


@dataclass(frozen=True, slots=True)
class BackgroundSettings:
    """How windows are cut and incidents end, as far as calibration needs it. Seconds."""

    window_s: float
    hop_s: float
    #: Exceedances closer than this are one incident: window length + exit time.
    gap_s: float

    def __post_init__(self) -> None:
        numbers = (self.window_s, self.hop_s, self.gap_s)
        if not all(math.isfinite(x) and x > 0 for x in numbers):
            raise CalibrationError(f"calibration needs times above zero, not {numbers}")


class Background:
    """Learns one statistic of one camera and rule, and says how unusual a value of it is.

    What is promised to the operator is *incidents*, so ``per_day`` is the rate at which clusters of
    exceedances (runs declustering, see `pipeline.calibration.clusters`) reach a value: counted
    where 10 to 150 clusters or more reached it, read from a generalised Pareto tail fitted to the
    peaks of those clusters beyond, and never less than counted.

    ``p_value`` is a window's: (1 + windows at least as high) / (n + 1) in the bulk, the share of
    time above in the top, and the same tail beyond.

    *Prior.* The bank of the model and the camera's own history are two estimates of one rate, and
    pooled by how well each knows it (`pipeline.calibration.pool`). What the camera was seen to do
    it knows best itself, after minutes; of what lies far beyond, a short history knows next to
    nothing and the bank speaks on, moved up where the camera proves that its scores are higher.
    So learning does not make deaf to what was clear before. Below five minutes of history the
    reading is the prior's alone. Without a prior no rate is said to be lower than once in the time
    watched.

    *Guard.* An anomaly must not teach itself as normal, yet a camera on which "anomalies" keep
    coming must be believed. Windows that were suspect when seen (rare, or inside an open incident)
    enter the bulk at one tenth, and of their runs in the top the three highest of the last 24
    watched hours are set aside. So three such events a day teach nothing until a day later; the
    fourth counts at once.

    *Memory.* At most 43 kB of history (7 to 14 days; the older week is dropped as a whole) and
    22 kB of fit and pooled curves, however long it runs. Observing is O(1); every 64 windows, later
    every 2 % more, the fit is made anew in about 4 ms; between fits a reading takes about 10 us,
    with a prior of its own 25 us.

    Time is the background's own: gaps and jumps of the stream add nothing to the time watched and
    end a cluster.
    """

    def __init__(
        self, settings: BackgroundSettings, prior: PriorBank | None = None, *, seed: int = 0
    ) -> None:
        """Make a background without history; ``seed`` decides what enters the bounded sample."""
        self._settings = settings
        self._prior = prior
        self._rng = np.random.default_rng(seed)
        self._older: History | None = None
        self._newer = History()
        self._clock_s = 0.0
        self._last_end_ns: int | None = None
        # The bucket under way: start, maximum, in doubt.
        self._bucket_s = max(settings.hop_s, settings.gap_s / 4)
        self._bucket: tuple[float, float, bool] | None = None
        self._since_fit = 0
        self._windows = 0
        self._fit: Fit | None = None
        self._pool: Pool | None = None
        self._silence = Calibrated(1.0, self._always, False, OTHER_HOURS)
        #: Readings from the present fit: a scene that stands still asks for the same few.
        self._read: dict[tuple[float, Calibrated | None], Calibrated] = {}
        self._read_from: Fit | None = None

    @property
    def watched_s(self) -> float:
        """Seconds of stream time that the history stands for."""
        return self._newer.watched_s + (self._older.watched_s if self._older else 0.0)

    @property
    def settled(self) -> bool:
        """True once an hour was watched: what is ordinary here is then known from here."""
        return self.watched_s >= _SETTLED_S

    def reading(self, statistic: float, prior: Calibrated | None = None) -> Calibrated:
        """Return how unusual ``statistic`` is; learns nothing.

        Args:
            statistic: a window statistic; -inf reads as ordinary, +inf as rarer than anything.
            prior: what to pool the own history with, in place of the bank.

        Raises:
            CalibrationError: the statistic is NaN.
        """
        if math.isnan(statistic):
            raise CalibrationError("a statistic is NaN: drop the window it came from")
        if statistic == -math.inf:
            return self._silence
        fit = None if self.watched_s < _MIN_WATCHED_S else self._fitted()
        if fit is not self._read_from or len(self._read) == _READ:
            self._read.clear()
            self._read_from = fit
        asked = statistic, prior
        reading = self._read.get(asked)
        if reading is None:
            reading = self._read[asked] = self._reading(statistic, prior, fit)
        return reading

    def _reading(self, statistic: float, prior: Calibrated | None, fit: Fit | None) -> Calibrated:
        if fit is None:
            if prior is None and self._prior is not None:
                prior = self._prior.reading(statistic)
            return prior or Calibrated(1.0, self._always, True, UNKNOWN)
        if prior is None and self._prior is None:
            return own_reading(fit, statistic, self._always, at_least_one=True)
        if self._pool is None:
            self._pool = Pool(fit, self._always, self._prior)
        return self._pool.reading(statistic, prior)

    def observe(self, statistic: float, end_ns: int, *, suspect: bool = False) -> None:
        """Learn one window.

        Args:
            statistic: its statistic; -inf where nothing was worth scoring.
            end_ns: stream time at which it ends.
            suspect: it was rare, or lies in an open incident: see the class's guard.

        Raises:
            CalibrationError: the statistic is NaN or +inf.
        """
        if math.isnan(statistic) or statistic == math.inf:
            raise CalibrationError(f"a statistic of {statistic} cannot be learned: drop its window")
        self._pass_time(end_ns)
        self._newer.add_window(statistic, suspect, self._rng)
        if self._bucket and self._clock_s < self._bucket[0] + self._bucket_s - 1e-9:
            start, value, doubted = self._bucket
            self._bucket = (start, max(value, statistic), doubted or suspect)
        else:
            self._end_bucket()
            self._bucket = (self._clock_s, statistic, suspect)
        self._since_fit += 1
        self._windows += 1

    def _pass_time(self, end_ns: int) -> None:
        settings = self._settings
        step = math.inf
        if self._last_end_ns is not None:
            step = (end_ns - self._last_end_ns) / _NS_PER_S
        self._last_end_ns = end_ns
        if 0 < step <= settings.gap_s:
            self._clock_s += step
            self._newer.watched_s += step
        else:
            self._clock_s += 2 * settings.gap_s
            self._newer.watched_s += settings.hop_s
        if self._newer.watched_s >= _HALF_S:
            self._end_bucket()
            self._older, self._newer = self._newer, History()
            self._fit = None

    def _end_bucket(self) -> None:
        if self._bucket:
            self._newer.add_top(*self._bucket)
            self._bucket = None

    @property
    def _always(self) -> float:
        """The rate of what is always there: as many windows as the prior counts in a day."""
        return 2 * SECONDS_PER_DAY / self._settings.window_s

    # --- fit -------------------------------------------------------------------------------------

    def _fitted(self) -> Fit:
        if self._fit is None or self._since_fit >= max(64, self._windows // 50):
            self._fit = self._make_fit()
            self._since_fit = 0
            self._pool = None
        return self._fit

    def _make_fit(self) -> Fit:
        return fit_histories(
            [h for h in (self._older, self._newer) if h is not None],
            doubt_after_s=self._clock_s - _DOUBT_S,
            gap_s=self._settings.gap_s,
            bucket_s=self._bucket_s,
        )

    # --- state -----------------------------------------------------------------------------------

    def to_state(self) -> dict[str, Any]:
        """Return everything learned, as plain values and numpy arrays.

        Whoever takes it over makes the fit anew, at once; here the present one goes on. Their
        readings differ by what a fit grows old by, 2 % of the windows: to fit anew whenever all is
        saved would cost more than all the judging.
        """
        self._end_bucket()
        return {
            "version": _STATE_VERSION,
            "rng": self._rng.bit_generator.state,
            "older": self._older.to_state() if self._older else None,
            "newer": self._newer.to_state(),
            "clock_s": self._clock_s,
            "windows": self._windows,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `to_state` gave. Stream time begins anew: it need not continue.

        Raises:
            CalibrationError: the state is not one of this version; nothing was taken over.
        """
        try:
            if state["version"] != _STATE_VERSION:
                raise ValueError(f"version {state['version']}")
            older = History.from_state(state["older"]) if state["older"] else None
            newer = History.from_state(state["newer"])
            rng = np.random.default_rng()
            rng.bit_generator.state = state["rng"]
            clock_s, windows = float(state["clock_s"]), int(state["windows"])
        except (KeyError, TypeError, ValueError) as error:
            raise CalibrationError(
                f"a saved background cannot be read ({error}): remove it, and it is learned anew"
            ) from error
        self._older, self._newer, self._rng = older, newer, rng
        self._clock_s, self._windows = clock_s, windows
        self._last_end_ns, self._bucket, self._fit = None, None, None
        self._read.clear()
