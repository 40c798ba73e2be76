"""A result as a text table for people: columns share the width that there is, and what does not fit is told.

When the columns fit the width they stand side by side, long texts cut with `…`. When they do not, columns without any value are left out first. If that
is not enough, a few rows are written one below the other, and of many rows the first columns are shown and the others named.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import pyarrow as pa

from kqlpy.output.cells import clean, kql_type, texts
from kqlpy.types import NUMERIC, Type

__all__ = ["Rendered", "render"]

_GAP = 2
_LEAST = 10
_WIDEST = 120
_UPRIGHT_ROWS = 3


@dataclass(frozen=True)
class Rendered:
    """The text, and remarks on what it does not show."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Column:
    name: str
    cells: list[str]
    right: bool = False
    whole: bool = False

    @property
    def natural(self) -> int:
        """The width at which nothing is cut."""
        return max([_width(self.name), *map(_width, self.cells)])

    @property
    def least(self) -> int:
        """The width below which it makes no sense: numbers and times are not cut, texts a little."""
        return self.natural if self.whole else min(self.natural, _LEAST)


def render(table: pa.Table, width: int | None = None, rows: int | None = None, *, colour: bool = False) -> Rendered:
    """The table in `width` cells (None: no bound), at most `rows` rows of it."""
    shown = table if rows is None or table.num_rows <= rows else table.slice(0, rows)
    notes = [] if shown is table else [f"the first {rows:,} of {table.num_rows:,} rows are shown; --format csv gives all"]
    if not table.num_columns:
        return Rendered(f"({table.num_rows:,} rows without columns)\n", tuple(notes))
    columns = [_column(field, column, fitted=width is not None) for field, column in zip(shown.schema, shown.columns, strict=True)]
    if width is None:
        return Rendered(_side_by_side(columns, [c.natural for c in columns], colour), tuple(notes))
    if _least(columns) > width and shown.num_rows:
        columns = _with_values(columns, notes)
    if _least(columns) > width and 0 < shown.num_rows <= _UPRIGHT_ROWS:
        return Rendered(_upright(columns, width, shown.num_rows, colour), tuple(notes))
    kept = _fitting(columns, width)
    if len(kept) < len(columns):
        hidden = ", ".join(clean(c.name) for c in columns[len(kept) :])
        notes.append(f"{len(columns) - len(kept)} of {len(columns)} columns do not fit: {hidden} (--format csv or json gives all)")
    return Rendered(_side_by_side(kept, _shares(kept, width), colour), tuple(notes))


def _least(columns: list[_Column]) -> int:
    return sum(c.least + _GAP for c in columns) - _GAP


def _with_values(columns: list[_Column], notes: list[str]) -> list[_Column]:
    """The columns in which some row has a value; all of them when none has."""
    kept = [c for c in columns if any(c.cells)]
    if not kept or len(kept) == len(columns):
        return columns
    left = len(columns) - len(kept)
    notes.append(f"{left} column{'' if left == 1 else 's'} without values {'is' if left == 1 else 'are'} not shown")
    return kept


def _column(field: pa.Field, column: pa.ChunkedArray, *, fitted: bool) -> _Column:
    type_ = kql_type(field)
    cells = [clean(cell or "") for cell in texts(column.combine_chunks(), type_)]
    if type_ is Type.DATETIME:
        cells = _short_times(cells)
    if type_ is Type.REAL and fitted:
        cells = [_short_real(cell) for cell in cells]
    return _Column(clean(field.name), cells, right=type_ in NUMERIC, whole=type_ in NUMERIC or type_ is Type.DATETIME)


def _short_real(cell: str) -> str:
    """A number with many digits with four of them behind the point, or four in all when it is small."""
    if len(cell) <= _LEAST or "e" in cell:
        return cell
    value = float(cell)
    return str(round(value, 4)) if abs(value) >= 0.001 else f"{value:.4g}"


def _short_times(cells: list[str]) -> list[str]:
    """Datetimes without the fraction digits that are zero in all of them."""
    needed = max((len(cell[20:27].rstrip("0")) for cell in cells), default=0)
    digits = 0 if not needed else 3 if needed <= 3 else 7
    return [cell if len(cell) != 28 else f"{cell[:19]}{cell[19 : 20 + digits] if digits else ''}Z" for cell in cells]


def _fitting(columns: list[_Column], width: int) -> list[_Column]:
    """As many of the first columns as fit at their least widths; at least one."""
    used = 0
    for index, column in enumerate(columns):
        used += column.least + _GAP
        if used - _GAP > width:
            return columns[: max(index, 1)]
    return columns


def _shares(columns: list[_Column], width: int) -> list[int]:
    """Widths that fill no more than `width`: what is left over goes to the narrowest that want more."""
    shares = [min(c.least, width) for c in columns]
    rest = width - sum(shares) - _GAP * (len(columns) - 1)
    wanting = {i for i, c in enumerate(columns) if c.natural > shares[i]}
    while rest > 0 and wanting:
        index = min(wanting, key=lambda i: shares[i])
        shares[index] += 1
        rest -= 1
        if shares[index] >= min(columns[index].natural, _WIDEST):
            wanting.discard(index)
    return shares


def _side_by_side(columns: list[_Column], widths: list[int], colour: bool) -> str:
    gap = " " * _GAP
    head = gap.join(_fit(c.name, w, c.right) for c, w in zip(columns, widths, strict=True)).rstrip()
    lines = [f"\x1b[1m{head}\x1b[0m" if colour else head, gap.join("─" * w for w in widths)]
    fitted = [[_fit(cell, w, c.right) for cell in c.cells] for c, w in zip(columns, widths, strict=True)]
    lines.extend(gap.join(row).rstrip() for row in zip(*fitted, strict=True))
    return "\n".join(lines) + "\n"


def _upright(columns: list[_Column], width: int, rows: int, colour: bool) -> str:
    """Each row as lines of name and value; long values go on in the next line."""
    names = min(max(_width(c.name) for c in columns), max(width // 3, 1))
    room = max(width - names - _GAP, 10)
    lines = []
    for row in range(rows):
        title = f"── row {row + 1} ".ljust(width, "─")
        lines.append(f"\x1b[1m{title}\x1b[0m" if colour else title)
        for column in columns:
            first, *more = _wrapped(column.cells[row], room)
            lines.append(f"{_fit(column.name, names, False)}  {first}".rstrip())
            lines.extend(" " * (names + _GAP) + part for part in more)
    return "\n".join(lines) + "\n"


def _wrapped(text: str, width: int) -> list[str]:
    parts, part, used = [], "", 0
    for char in text:
        size = _width(char)
        if used + size > width:
            parts.append(part)
            part, used = "", 0
        part += char
        used += size
    return [*parts, part]


def _fit(text: str, width: int, right: bool) -> str:
    """The text in exactly `width` cells."""
    size = _width(text)
    if size > width:
        text = _wrapped(text, max(width - 1, 0))[0] + "…" if width else ""
        size = _width(text)
    blank = " " * (width - size)
    return blank + text if right else text + blank


def _width(text: str) -> int:
    """Cells that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
