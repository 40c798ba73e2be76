"""Times as exports write them: the order of day and month, odd hours, numbers, zones."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns import ticks
from kqlpy.sources import open_part
from kqlpy.sources.catalog import Catalog
from kqlpy.sources.portal_time import Order, TimeStyle, order_of, parse_times
from kqlpy.sources.zones import to_utc
from tests.sources.helpers import at, load, rows_of

DAY_FIRST = TimeStyle(day_first=True)


def read(*texts: str, style: TimeStyle = TimeStyle()) -> list[int | None]:  # noqa: B008  it is frozen
    """The times of some texts."""
    found: list[int | None] = parse_times(pa.array(texts), style).array.to_pylist()
    return found


def loaded(path: Path, *texts: str) -> Catalog:
    """A catalog whose table T has a datetime column t of these texts."""
    return load(path, "t\n" + "".join(f'"{text}"\n' for text in texts), schemas={"T": {"t": "datetime"}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4/28/2021, 2:32:14.029\u202fPM", "2021-04-28T14:32:14.029"),
        ("4/28/2021, 2:32:14\u00a0pm", "2021-04-28T14:32:14"),
        ("4/28/2021 2:32:14 p.m.", "2021-04-28T14:32:14"),
        ("28.04.2021, 14:32:14.029", "2021-04-28T14:32:14.029"),
        ("Apr 28, 2021 2:32:14 PM", "2021-04-28T14:32:14"),
        ("/Date(1614758888123)/", "2021-03-03T08:08:08.123"),
        ("1614758888123456", "2021-03-03T08:08:08.123456"),
        ("1614758888123456700", "2021-03-03T08:08:08.1234567"),
        ("132592324881234567", "2021-03-03T08:08:08.1234567"),
        ("637503556881234567", "2021-03-03T08:08:08.1234567"),
        ("3/31/2022, 14:51:35.857 PM", "2022-03-31T14:51:35.857"),
        ("31/3/2022, 14:51:35.857 pm", "2022-03-31T14:51:35.857"),
    ],
)
def test_what_todatetime_does_not_read(text: str, expected: str) -> None:
    assert read(text) == [at(expected)]


@pytest.mark.parametrize("text", ["30/30/2021", "28/4/21 14:32", "soon", "14:32 PM today", "-"])
def test_what_is_no_time(text: str) -> None:
    assert read(text) == [None]


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        ([], Order()),
        (["2021-04-28", "", None], Order()),
        (["3/4/2021", "2021-04-28"], Order("3/4/2021")),
        (["3/4/2021", "4/28/2021 2:32 PM"], Order("3/4/2021", month_first=True)),
        (["3/4/2021", "28/4/2021, 2:32 pm"], Order("3/4/2021", day_first=True)),
        (["3-4-2021", "28-4-2021"], Order("3-4-2021", day_first=True)),
        (["3.4.2021 14:32"], Order("3.4.2021 14:32", day_first=True)),
        (["28/4/2021", "4/28/2021"], Order("28/4/2021", True, True)),
    ],
)
def test_what_a_column_says_about_day_and_month(texts: list[str | None], order: Order) -> None:
    assert order_of(pa.array(texts, pa.string())) == order
    assert order_of(pa.array(texts, pa.string()).dictionary_encode()) == order


def test_a_value_that_cannot_have_the_columns_order_is_read_the_other_way(tmp_path: Path) -> None:
    assert read("16/11/2021, 9:07 pm", "3/11/2021", "11/16/2021 10:00 PM", "2021-04-28", style=DAY_FIRST) == [
        at("2021-11-16T21:07"), at("2021-11-03"), at("2021-11-16T22:00"), at("2021-04-28"),
    ]  # fmt: skip
    assert rows_of(loaded(tmp_path, "28/4/2021", "3/4/2021", "4/29/2021").table("T")) == [(at("2021-04-28"),), (at("2021-04-03"),), (at("2021-04-29"),)]


def test_dates_that_leave_the_order_open_are_read_month_first_and_told(tmp_path: Path) -> None:
    text = 't,u,v\n"3/4/2021, 2:32:14 PM",5/6/2021,28/4/2021\n'
    catalog = load(tmp_path, text, schemas={"T": {"t": "datetime", "u": "datetime", "v": "datetime"}})
    assert rows_of(catalog.table("T")) == [(at("2021-03-04T14:32:14"), at("2021-05-06"), at("2021-04-28"))]
    assert catalog.reports()[0].notes == ("no date tells day and month apart in t, u; they are read month first, such as 3/4/2021, 2:32:14 PM",)


@pytest.mark.parametrize("keep", [512 << 20, 0])
def test_proof_of_the_order_may_come_late(tmp_path: Path, keep: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_part, "_KEEP_BYTES", keep)
    catalog = loaded(tmp_path, *(["3/4/2021"] * 70_000), "28/4/2021")
    assert set(rows_of(catalog.table("T"))) == {(at("2021-04-03"),), (at("2021-04-28"),)}


def test_odd_hours_are_told(tmp_path: Path) -> None:
    catalog = loaded(tmp_path, "3/31/2022, 10:51:35 AM", "3/31/2022, 14:51:35 PM", "3/31/2022, 14:51:35 PM")
    assert rows_of(catalog.table("T"))[1] == (at("2022-03-31T14:51:35"),)
    assert catalog.reports()[0].notes == (
        "column `t`: 2 times have an hour that contradicts AM or PM and is read as of 24 hours, such as '3/31/2022, 14:51:35 PM'",
    )


@pytest.mark.parametrize("text", ["28.04.2021 14:32:14", "4/28/2021, 2:32:14\u202fPM", "28/4/2021, 2:32:14 p.m."])
def test_columns_of_such_times_are_found_by_their_values(tmp_path: Path, text: str) -> None:
    catalog = load(tmp_path, f't,n\n"{text}",1\n')
    assert rows_of(catalog.table("T")) == [(at("2021-04-28T14:32:14"), 1)]


moments = st.datetimes(min_value=__import__("datetime").datetime(1971, 1, 1), max_value=__import__("datetime").datetime(2099, 1, 1))


@given(moments=st.lists(moments, min_size=1, max_size=8), zone=st.sampled_from(["Europe/Berlin", "America/Los_Angeles", "Asia/Calcutta"]))
def test_local_times_become_utc_value_by_value(moments: list[object], zone: str) -> None:
    texts = [str(moment) for moment in moments]
    expected = [to_utc(at(text), zone) for text in texts]
    assert read(*texts, style=TimeStyle(zone=zone)) == expected


@pytest.mark.parametrize("text", ["2021-04-28T14:32:14Z", "2021-04-28 16:32:14 +02:00", "2021-04-28 14:32:14 UTC"])
def test_a_time_that_names_its_zone_is_not_converted_again(text: str) -> None:
    assert read(text, style=TimeStyle(zone="Asia/Tokyo")) == [ticks.parse_datetime("2021-04-28T14:32:14Z")]


def test_a_date_is_not_taken_for_an_offset() -> None:
    assert read("28-04-2021", style=TimeStyle(zone="Asia/Tokyo")) == [at("2021-04-27T15:00:00")]
