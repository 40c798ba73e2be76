"""basket: frequent patterns, which are values of columns that many rows have together.

The reference's example shows which of them Kusto gives: those to which no value can be added without losing rows (`Damage == "NO"` alone is not among
them, as all its rows have `DamageCrops == 0` too). Values that follow from the others do not count for `MaxDimensions`.

https://learn.microsoft.com/kusto/query/basket-plugin
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.columns.storage import arrow_type, plain, scalar
from kqlpy.engine.batch import Batch
from kqlpy.engine.groups import group
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.plugins.timeline import Ints
from kqlpy.functions.registry import plugin
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

__all__: list[str] = []

Pattern = tuple[int, ...]
"""For each column the code of its value, or -1 where any value will do."""
_COUNTED = (Column("SegmentId", Type.LONG), Column("Count", Type.LONG), Column("Percent", Type.REAL))


def _columns(call: PluginCall) -> Schema:
    """Number, rows and share of the pattern, then the input's columns."""
    threshold = call.constant("Threshold")
    if threshold is not None and not 0.015 <= threshold <= 1:
        raise messages.out_of_bounds(call.name, "Threshold", "0.015", "1", call.span)
    clash = [c.name for c in _COUNTED if c.name in call.schema]
    if clash:
        raise messages.columns_clash(call.name, clash, call.span, "rename them before, with project-rename")
    return Schema((*_COUNTED, *call.schema.columns), call.schema.open)


@plugin(
    "(Threshold: const real = ~, WeightColumn: column scalar = ~, MaxDimensions: const integer = ~, *CustomWildcard: const scalar) -> table",
    columns=_columns,
    whole=True,
    page="basket-plugin",
)
def basket(call: PluginCall, rows: Batch) -> Batch:
    """Values that at least a share of the rows (0.05) have together, with their rows; a column that may have any value is null or empty, or the wildcard of its type.

    Patterns with the most rows come first. `MaxDimensions` (5) bounds the values that make a pattern.

    >>> datatable(a:string, b:long)["x", 1, "x", 1, "y", 2] | evaluate basket(0.6) | project strcat(a, b, ": ", Count)
    x1: 2
    """
    if rows.rows and call.given("WeightColumn"):
        raise messages.unsupported("`basket` with weights", call.span, "the reference does not say what the column of weights shows")
    if rows.rows and any(c.type is Type.DYNAMIC for c in call.schema):
        raise messages.unsupported("`basket` over dynamic columns", call.span, "convert them before: extend x = tostring(x)")
    least = max(1, int(np.ceil(call.constant("Threshold", 0.05) * rows.rows - 1e-9)))
    columns = [rows.columns[c.name] for c in call.schema]
    codes = [group([column], rows.rows) for column in columns]
    found = list(_patterns(_Rows.of([g.ids for g in codes], least), call.constant("MaxDimensions", 5), call))
    found.sort(key=lambda pair: -pair[1])
    counts = np.array([count for _, count in found], np.int64)
    shown = {
        "SegmentId": pa.array(np.arange(len(found))), "Count": pa.array(counts),
        "Percent": pa.array(np.round(100 * counts / max(1, rows.rows), 1)),
    }  # fmt: skip
    for number, (column, values) in enumerate(zip(call.schema, columns, strict=True)):
        at = [codes[number].first[pattern[number]] if pattern[number] >= 0 else None for pattern, _ in found]
        shown[column.name] = _shown(plain(values), at, column.type, _wildcard(call, column.type))
    return Batch(shown, len(found))


def _wildcard(call: PluginCall, type_: Type) -> object:
    """What stands for any value in columns of a type: the given constant of that type, else null or the empty text."""
    for given in call.arguments.get("CustomWildcard", ()):
        value = call.value_of(given)
        if given.type is type_ and value != "~":
            return value
    return None


def _shown(values: pa.Array, at: list[int | None], type_: Type, wildcard: object) -> pa.Array:
    """The values at these rows, and the wildcard where there is none."""
    kept = pa.concat_arrays([values, pa.array([scalar(wildcard, type_).as_py()], arrow_type(type_))])
    return kept.take(pa.array([len(values) if row is None else row for row in at], pa.int64()))


# ---------------------------------------------------------------- patterns


@dataclass(frozen=True)
class _Rows:
    """The different rows of codes, and how often each occurs. A code that is too rare for any pattern is -1."""

    codes: list[Ints]
    counts: Ints
    least: int

    @classmethod
    def of(cls, columns: list[Ints], least: int) -> _Rows:
        """The rows of these columns."""
        kept = [np.where(np.bincount(c)[c] >= least, c, -1) if len(c) else c for c in columns]
        if not kept:
            return cls([], np.zeros(0, np.int64), least)
        cells = group([pa.array(c) for c in kept], len(kept[0]))
        return cls([c[cells.first] for c in kept], cells.sizes, least)

    def supports(self, at: Ints) -> list[Ints]:
        """For each column, how many of the rows at these places have each code."""
        return [np.bincount(c[at][c[at] >= 0], weights=self.counts[at][c[at] >= 0]).astype(np.int64) for c in self.codes]

    def closure(self, supports: list[Ints], count: int) -> Pattern:
        """The codes that all rows share."""
        return tuple(int(s.argmax()) if len(s) and s.max() == count else -1 for s in supports)


def _patterns(rows: _Rows, depth: int, call: PluginCall) -> Iterator[tuple[Pattern, int]]:
    """All patterns that at most `depth` values make, each with its rows: from the one of all rows on, one value more at a time."""
    everything = np.arange(len(rows.counts))
    level = {rows.closure(rows.supports(everything), int(rows.counts.sum())): everything} if len(everything) else {}
    seen: set[Pattern] = set()
    for size in range(depth + 1):
        following: dict[Pattern, Ints] = {}
        for pattern, at in level.items():
            call.budget.check_time()
            if any(code >= 0 for code in pattern):
                yield pattern, int(rows.counts[at].sum())
            if size < depth:
                following.update((p, a) for p, a in _extended(rows, pattern, at) if p not in seen and p not in level)
        seen.update(level)
        call.budget.check_rows(call.name, len(seen) + len(following))
        level = {p: a for p, a in following.items() if p not in seen}


def _extended(rows: _Rows, pattern: Pattern, at: Ints) -> Iterator[tuple[Pattern, Ints]]:
    """The patterns with a further value that are still frequent."""
    supports = rows.supports(at)
    for number, code in enumerate(pattern):
        for more in np.flatnonzero(supports[number] >= rows.least).tolist() if code < 0 else ():
            fewer = at[rows.codes[number][at] == more]
            yield rows.closure(rows.supports(fewer), int(supports[number][more])), fewer
