"""Tables for people: what fits, what is cut, and what a terminal must not obey."""

from __future__ import annotations

import kqlpy
from kqlpy.output.text_table import Rendered, render

WIDE = "range i from 1 to {rows} step 1 | extend " + ", ".join(f'column{n} = strcat("a rather long text ", i)' for n in range(8))


def shown(query: str, width: int | None = 80, rows: int | None = None) -> Rendered:
    return render(kqlpy.query(query), width, rows)


def test_a_narrow_table_is_not_stretched() -> None:
    assert shown('print n = 1, s = "x"').text == "n  s\n─  ─\n1  x\n"


def test_numbers_stand_on_the_right() -> None:
    assert shown("range number from 9 to 10 step 1").text == "number\n──────\n     9\n    10\n"


def test_long_texts_are_cut_to_the_width() -> None:
    lines = shown('print a = strrep("x", 100), b = strrep("y", 100)', 40).text.splitlines()
    assert lines[2] == "x" * 18 + "…  " + "y" * 18 + "…"


def test_no_line_is_wider_than_the_terminal() -> None:
    lines = shown(WIDE.format(rows=20)).text.splitlines()
    assert max(map(len, lines)) <= 80


def test_columns_that_do_not_fit_are_named() -> None:
    rendered = shown(WIDE.format(rows=20))
    assert rendered.notes == ("2 of 9 columns do not fit: column6, column7 (--format csv or json gives all)",)


def test_a_few_wide_rows_stand_upright() -> None:
    rendered = shown(WIDE.format(rows=1))
    assert rendered.notes == ()
    assert rendered.text.splitlines()[:3] == ["── row 1 " + "─" * 71, "i        1", "column0  a rather long text 1"]


def test_empty_columns_give_way_first() -> None:
    blanks = ", ".join(f"blank_column_{n} = ''" for n in range(9))
    rendered = shown(f"range i from 1 to 5 step 1 | extend {blanks}, tail = 'x'")
    assert rendered.text.splitlines()[0] == "i  tail"
    assert rendered.notes == ("9 columns without values are not shown",)


def test_without_a_width_nothing_is_cut() -> None:
    assert "x" * 500 in shown('print strrep("x", 500)', None).text


def test_more_rows_than_are_shown_are_told() -> None:
    rendered = shown("range x from 1 to 30 step 1", rows=10)
    assert len(rendered.text.splitlines()) == 12
    assert rendered.notes == ("the first 10 of 30 rows are shown; --format csv gives all",)


def test_control_characters_cannot_reach_the_terminal() -> None:
    assert shown(r'print s = "\u001b[31m\u202eabc\n"').text.splitlines()[2] == r"\u001b[31m\u202eabc\n"


def test_wide_characters_take_two_cells() -> None:
    assert shown('print a = "日本語", b = 1').text.splitlines()[1] == "──────  ─"


def test_times_lose_only_zeros_that_all_have() -> None:
    query = "datatable(t: datetime)[datetime(2024-05-01), datetime(2024-05-01 10:00:00.25)]"
    assert shown(query).text.splitlines()[2:] == ["2024-05-01T00:00:00.000Z", "2024-05-01T10:00:00.250Z"]


def test_no_rows_still_show_the_columns() -> None:
    assert shown("print x = 1 | where x > 1").text == "x\n─\n"
