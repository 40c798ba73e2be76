"""A result as an HTML table, for notebooks and for charts that are tables: every cell is escaped, columns say their KQL type when pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pyarrow as pa

from kqlpy.output.cells import clean, kql_type, texts
from kqlpy.output.writers import rows_of
from kqlpy.types import NUMERIC

__all__ = ["html_table"]

_WIDEST = 300


def html_table(table: pa.Table, rows: int | None = 100) -> str:
    """The first `rows` rows (None: all) and a line that tells how many there are; long texts are cut, and whole when pointed at."""
    shown = table if rows is None else table.slice(0, rows)
    right = [kql_type(field) in NUMERIC for field in table.schema]
    head = "".join(f'<th title="{escape(str(kql_type(field)))}">{escape(clean(field.name))}</th>' for field in table.schema)
    body = "".join(f"<tr>{_cells(row, right)}</tr>\n" for portion in rows_of(shown, texts) for row in portion)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n<p>{_counted(shown.num_rows, table.num_rows)}</p>\n"


def _cells(row: Sequence[str | None], right: Sequence[bool]) -> str:
    return "".join(f"<td{_style(is_right)}{_whole(cell)}>{escape(_cut(cell or ''))}</td>" for cell, is_right in zip(row, right, strict=True))


def _style(right: bool) -> str:
    return f' style="text-align: {"right" if right else "left"}"'


def _cut(cell: str) -> str:
    return clean(cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…")


def _whole(cell: str | None) -> str:
    return f' title="{escape(clean(cell))}"' if cell and len(cell) > _WIDEST else ""


def _counted(shown: int, rows: int) -> str:
    counted = f"{rows:,} row{'' if rows == 1 else 's'}"
    return counted if shown == rows else f"the first {shown:,} of {counted}"
