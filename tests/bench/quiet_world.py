"""Camera-days in which nothing is wrong, made in the space of embeddings.

There are eleven minutes of real quiet footage, and a promise of one false alarm a day needs a month
to be tested. So days are drawn from what short films look like to the encoders
(`tests.bench.character`). `Camera` draws:

- a course of day and night, and weather that differs from day to day;
- wavering on two time scales, with the measured spreads and the measured share of each;
- visitors: by a Poisson process that follows the hour and is slower at weekends, for seconds to
  minutes, each along a path between two of the film's far embeddings, of a size with a heavy tail;
  they move in the change of blocks, and most are heard as well as seen, so that the senses depend
  on one another;
- sounds that nobody is seen with; between sounds the gate is closed, but for one window in ten
  seconds.

What it is not: pictures. It has no new kind of thing after the first day but rarer and larger ones
of the same kinds, no change of season, and no anomaly: every alert is false.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from tests.bench.character import Character, Floats, Rows

DAY_S, HOUR_S = 86_400.0, 3600.0
#: Midnight of a Tuesday, UTC: warm-up and what follows hold working days and a weekend.
BEGIN_AT = 1_760_400_000.0 - 1_760_400_000.0 % DAY_S
_SUN_S = 6 * HOUR_S


@dataclass(frozen=True)
class Habits:
    """How a camera's days go."""

    #: Visitors an hour when the place is busiest, and the share of them at night.
    visitors: float
    at_night: float
    #: Median seconds that one stays.
    stay_s: float
    #: Standard deviation of the logarithm of a visitor's size.
    sizes: float
    #: Share of visitors that are heard, and sounds an hour of nobody in sight.
    heard: float
    sounds: float
    #: How far night lies from day, as part of the distance to another place.
    night: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Habits:
        """Those of some camera."""
        return cls(
            visitors=float(np.exp(rng.uniform(np.log(4), np.log(60)))),
            at_night=float(rng.uniform(0.02, 0.3)),
            stay_s=float(np.exp(rng.uniform(np.log(6), np.log(40)))),
            sizes=float(rng.uniform(0.2, 0.45)),
            heard=float(rng.uniform(0.4, 0.9)),
            sounds=float(np.exp(rng.uniform(np.log(5), np.log(60)))),
            night=float(rng.uniform(0.05, 0.35)),
        )


@dataclass(frozen=True)
class Stretch:
    """Some consecutive moments of one camera."""

    #: (n,) seconds since the camera's begin, evenly spaced.
    at_s: Floats
    seen: Rows
    change: Rows
    heard: Rows
    #: (n,) whether the gate lets the sound through.
    audible: NDArray[np.bool_]


class Camera:
    """Draws one camera's days, an hour at a time; the same seed draws the same.

    Args:
        sight, sound: characters of its film.
        elsewhere: means of another place's pictures and sounds: where night and weather lead.
        step_s: seconds between moments.
        seed: of all that is drawn.
    """

    def __init__(
        self,
        sight: Character,
        sound: Character,
        elsewhere: tuple[Floats, Floats],
        *,
        step_s: float,
        seed: int,
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.habits = Habits.drawn(self.rng)
        self.step_s = step_s
        self._senses = tuple(
            _Sense(k, c, other - c.mean, self.habits.night, step_s, self.rng)
            for k, (c, other) in enumerate(zip((sight, sound), elsewhere, strict=True))
        )
        self._at_s = 0.0
        self._heartbeat_s = 0.0
        self._open_s = -1.0
        self._under_way: list[_Visit] = []
        assert sight.change is not None
        self._log_mean, self._log_std = sight.change
        self._flicker = 0.0

    def hours(self, n: int) -> Iterator[Stretch]:
        """The next n hours."""
        for _ in range(n):
            yield self._hour()

    def _hour(self) -> Stretch:
        n = round(HOUR_S / self.step_s)
        at = self._at_s + self.step_s * np.arange(n)
        self._at_s += HOUR_S
        self._arrive(float(at[0]))
        seen, heard = (sense.moments(at) for sense in self._senses)
        change = self._still(n)
        loud = np.zeros(n, np.bool_)
        for visit in self._under_way:
            where = np.flatnonzero((at >= visit.begin_s) & (at < visit.end_s))
            if where.size:
                strength = visit.strength(at[where])
                if visit.seen:
                    seen[where] += strength[:, None] * self._senses[0].path(visit, at[where])
                    change[where] += (
                        visit.blob(at[where], change.shape[1:]) * strength[:, None, None]
                    )
                if visit.heard:
                    heard[where] += strength[:, None] * self._senses[1].path(visit, at[where])
                    loud[where] = True
        self._under_way = [v for v in self._under_way if v.end_s > self._at_s]
        return Stretch(
            at,
            _unit(seen),
            np.expm1(np.maximum(change, 0.0)).astype(np.float32),
            _unit(heard),
            self._gate(at, loud),
        )

    def _still(self, n: int) -> Floats:
        """log(1 + change) (n, r, c) with nobody there: the film's, wavering all together."""
        together = self.rng.standard_normal(n) * 0.3
        own = self.rng.standard_normal((n, *self._log_mean.shape), np.float32) * 0.7
        out: Floats = self._log_mean + self._log_std * 0.5 * (together[:, None, None] + own)
        return out

    def _arrive(self, begin_s: float) -> None:
        h = self.habits
        busy = self._busy(begin_s)
        for seen, rate in ((True, h.visitors * busy), (False, h.sounds * (0.3 + 0.7 * busy))):
            for _ in range(self.rng.poisson(rate)):
                self._under_way.append(self._visit(begin_s, seen))

    def _busy(self, at_s: float) -> float:
        """How busy an hour is, in [0, 1]."""
        at_night = self.habits.at_night
        hour, day = at_s / HOUR_S % 24, (at_s // DAY_S + 1) % 7
        by_day = np.exp(-(((hour - 8.5) / 1.8) ** 2)) + np.exp(-(((hour - 17.0) / 2.5) ** 2))
        weekend = 0.5 if day >= 5 else 1.0
        by_day = min(1.0, float(by_day) + 0.35 * (7 < hour < 21))
        return weekend * (at_night + (1 - at_night) * by_day)

    def _visit(self, begin_s: float, seen: bool) -> _Visit:
        h, rng = self.habits, self.rng
        start = begin_s + rng.uniform(0, HOUR_S)
        stay = float(np.clip(h.stay_s * np.exp(0.9 * rng.standard_normal()), 3.0, 1200.0))
        size = float(np.exp(h.sizes * rng.standard_normal()))
        heard = not seen or rng.random() < h.heard
        return _Visit(
            start,
            start + stay,
            size,
            seen,
            heard,
            tuple(rng.integers(len(s.character.far), size=2) for s in self._senses),
            rng.uniform(0.1, 0.9, (2, 2)),
            float(np.exp(0.4 * rng.standard_normal())),
        )

    def _gate(self, at: Floats, loud: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A loud moment opens it, and two seconds more; a window each ten seconds at least."""
        out = np.zeros(len(at), np.bool_)
        for k, t in enumerate(at):
            if loud[k]:
                self._open_s = t + 2.0
            if t <= self._open_s or t >= self._heartbeat_s:
                out[k] = True
                self._heartbeat_s = t + 10.0
        return out


@dataclass(frozen=True)
class _Visit:
    begin_s: float
    end_s: float
    size: float
    seen: bool
    heard: bool
    #: For each sense, where its path leads from and to.
    ends: tuple[NDArray[np.int64], ...]
    #: (2, 2) from where to where in the picture.
    places: Floats
    #: How lively it is.
    lively: float

    def strength(self, at: Floats) -> Floats:
        """(n,) rising within two seconds, and falling so."""
        near = np.minimum(at - self.begin_s, self.end_s - at)
        out: Floats = self.size * np.minimum(1.0, (near + 0.5) / 2.0)
        return out

    def part(self, at: Floats) -> Floats:
        """(n,) how far along its path it is, in [0, 1]."""
        out: Floats = (at - self.begin_s) / (self.end_s - self.begin_s)
        return out

    def blob(self, at: Floats, shape: tuple[int, ...]) -> Floats:
        """(n, r, c) what its motion adds to log(1 + change)."""
        r, c = shape
        to = self.part(at)[:, None]
        down, right = (self.places[0] + to * (self.places[1] - self.places[0])).T
        y, x = (np.arange(r) + 0.5) / r, (np.arange(c) + 0.5) / c
        far_y = np.exp(-(((y - down[:, None]) / 0.12) ** 2))
        far_x = np.exp(-(((x - right[:, None]) / 0.1) ** 2))
        out: Floats = 1.2 * self.lively * far_y[:, :, None] * far_x[:, None, :]
        return out


class _Sense:
    """One sense's wavering: state that goes on from hour to hour."""

    def __init__(
        self,
        place: int,
        character: Character,
        toward: Floats,
        night: float,
        step_s: float,
        rng: np.random.Generator,
    ) -> None:
        self._place = place
        self.character = c = character
        self._rng = rng
        self._toward = night * toward
        #: Weather leads some way of its own.
        other = rng.standard_normal(len(c.axes)) @ c.axes
        self._weather_axis = other / max(float(np.linalg.norm(other)), 1e-9)
        self._weather_size = 0.15 * float(np.linalg.norm(toward)) * night / 0.2
        self._keep = np.exp(-step_s / c.memory_s)
        self._keep_weather = np.exp(-step_s / (5 * HOUR_S))
        self._slow = c.slow * rng.standard_normal(len(c.axes))
        self._weather = float(rng.standard_normal())

    def moments(self, at: Floats) -> Floats:
        """(n, d), not yet of unit length."""
        c, n = self.character, len(at)
        slow = self._wander(n, self._keep, c.slow)
        fast = self._rng.standard_normal((n, len(c.axes))) * c.fast
        shocks = self._rng.standard_normal(n) * np.sqrt(1 - self._keep_weather**2)
        weather = lfilter([1.0], [1.0, -self._keep_weather], shocks)
        weather = weather + self._weather * self._keep_weather ** np.arange(1, n + 1)
        self._weather = float(weather[-1])
        dark = 1 / (1 + np.exp(np.clip((_sun(at)) / 0.15, -50, 50)))
        rest = self._rng.standard_normal((n, len(c.mean)), np.float32) * c.rest
        out: Floats = c.mean + (slow + fast) @ c.axes + rest
        out += dark[:, None] * self._toward
        out += (self._weather_size * weather)[:, None] * self._weather_axis
        return out

    def _wander(self, n: int, keep: float, spread: Floats) -> Floats:
        shocks = self._rng.standard_normal((n, len(spread))) * spread * np.sqrt(1 - keep**2)
        out: Floats = lfilter([1.0], [1.0, -keep], shocks, axis=0)
        out = out + self._slow * (keep ** np.arange(1, n + 1))[:, None]
        self._slow = out[-1]
        return out

    def path(self, visit: _Visit, at: Floats) -> Floats:
        """(n, d) what a visitor adds at full strength."""
        first, last = (self.character.far[k] for k in visit.ends[self._place])
        to = visit.part(at)[:, None]
        out: Floats = (1 - to) * first + to * last
        return out


def _sun(at: Floats) -> Floats:
    """Height of the sun (n,), in [-1, 1]: it rises at six and sets at eighteen."""
    out: Floats = np.sin((at % DAY_S - _SUN_S) / DAY_S * 2 * np.pi)
    return out


def _unit(rows: Floats) -> Rows:
    out: Rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return out
