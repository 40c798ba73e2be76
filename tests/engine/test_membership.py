"""`in`, `has_any` and their kin over lists that stand in a column: as over the same lists written in the query."""

from __future__ import annotations

import pytest

import kqlpy

LISTS = (
    '["a", 5, true, null]', "[1.0, 2, \"3\"]", "[]", '["2020-01-01T00:00:00Z", "01:00:00"]', '["74be27de-1e4e-49d9-b579-fe0b331d3642"]',
    "null", '"a b"', "5", '[[1], {"k": 1}]', '["A", ""]', "[1000000000000000000000000000000, 5]",
)  # fmt: skip
LEFTS = (
    '"a"', '"a 5 b"', '""', "5", "1", "1.0", "true", "datetime(2020-01-01)", "1h", "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)",
    "decimal(2)", "1e30", "long(null)", 'dynamic("a")', "dynamic(5)",
)  # fmt: skip


def answers(left: str, items: str, op: str) -> tuple[list[bool], list[bool]]:
    """What the test gives for the list in a column and for the list in the text."""
    column = kqlpy.query(f"datatable(d: dynamic)[dynamic({items})] | extend x = {left} | project v = x {op} (d)")
    written = kqlpy.query(f"print x = {left} | project v = x {op} (dynamic({items}))")
    return column["v"].to_pylist(), written["v"].to_pylist()


@pytest.mark.parametrize("items", LISTS)
@pytest.mark.parametrize("left", LEFTS)
@pytest.mark.parametrize("op", ["in", "!in"])
def test_in_a_list_of_the_row(left: str, items: str, op: str) -> None:
    """Datetimes, timespans and guids are read from the texts of the list."""
    column, written = answers(left, items, op)
    assert column == written


@pytest.mark.parametrize("items", LISTS)
@pytest.mark.parametrize("left", ['"a"', '"a 5 b"', '""', '"true"', 'dynamic("a 2")', "dynamic(null)"])
@pytest.mark.parametrize("op", ["has_any", "has_all", "in~", "!in~"])
def test_terms_of_a_list_of_the_row(left: str, items: str, op: str) -> None:
    """Elements that are no texts are searched by their text."""
    column, written = answers(left, items, op)
    assert column == written
