"""The steps into which the plugins over a timeline divide an analysis period: of one width, or weeks, months and years of the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["CALENDAR", "Grid", "Ints", "calendar", "steps_of", "steps_of_width"]

Ints = npt.NDArray[np.int64]
CALENDAR = ("week", "month", "year")
_DAY = 864_000_000_000
_EPOCH = np.datetime64("0001-01-01", "D")


class Grid(Protocol):
    """Steps, numbered from the one that begins at the start."""

    def number(self, times: Any) -> Ints:
        """The number of the step in which each time lies."""

    def begin(self, steps: Ints) -> npt.NDArray[Any]:
        """Where steps begin."""


@dataclass(frozen=True)
class _Regular:
    start: Any
    width: Any

    def number(self, times: Any) -> Ints:
        return steps_of(np.asarray(times), self.start, self.width)

    def begin(self, steps: Ints) -> npt.NDArray[Any]:
        begins: npt.NDArray[Any] = self.start + steps * self.width
        return begins


@dataclass(frozen=True)
class _Calendar:
    """Weeks begin on Sunday. `first` is the number of the start's own period, counted from the year 1."""

    unit: str
    first: int

    def number(self, times: Any) -> Ints:
        return _periods(np.asarray(times), self.unit) - self.first

    def begin(self, steps: Ints) -> npt.NDArray[Any]:
        periods = steps + self.first
        if self.unit == "week":
            return (periods * 7 - 1) * _DAY  # 0001-01-01 is a Monday
        days = (periods.astype(f"datetime64[{self.unit[0].upper()}]")).astype("datetime64[D]") - _EPOCH
        return days.astype(np.int64) * _DAY


def steps_of_width(start: Any, width: Any) -> Grid:
    """Steps of one width."""
    return _Regular(start, width)


def calendar(unit: str, start: int) -> Grid | None:
    """The weeks, months or years from a start (in ticks) on; None for a start inside such a period."""
    grid = _Calendar(unit, int(_periods(np.array([start]), unit)[0]))
    return grid if int(grid.begin(np.zeros(1, np.int64))[0]) == start else None


def steps_of(times: npt.NDArray[Any], start: Any, width: Any) -> Ints:
    """The number of the step in which each time lies, for steps of one width."""
    found: Ints = np.floor_divide(times - start, width).astype(np.int64)
    return found


def _periods(ticks: Ints, unit: str) -> Ints:
    """The number of the period of each time: weeks since the one that holds 0001-01-01, months and years since 1970."""
    days = ticks // _DAY
    if unit == "week":
        weeks: Ints = (days + 1) // 7
        return weeks
    periods: Ints = (_EPOCH + days.astype("timedelta64[D]")).astype(f"datetime64[{unit[0].upper()}]").astype(np.int64)
    return periods
