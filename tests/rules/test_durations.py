"""Lengths of time in rules."""

from __future__ import annotations

import datetime as dt

import pytest

from kqlpy.rules.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "hours"),
    [("1d", 24), ("24h", 24), ("1h10m", 70 / 60), ("PT5H", 5), ("P14D", 336), ("p1dt12h", 36), ("30m", 0.5), (" 1H ", 1), ("90s", 0.025)],
)
def test_lengths(text: str, hours: float) -> None:
    assert parse_duration(text) == dt.timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "1", "1w", "P", "PT", "often", "1d!", "-1d", "1.5h", "99999999999d"])
def test_other_texts(text: str) -> None:
    assert parse_duration(text) is None
