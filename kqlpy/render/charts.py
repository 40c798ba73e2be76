"""A result drawn as its `render` operator says: HTML that works without a network, PNG, SVG, or the Vega-Lite specification as JSON.

Vega-Lite is the chart language and vl-convert-python (the extra `charts`) the one library: it carries Vega and a renderer in its wheel, so that PNG needs no
browser and HTML no network. Tables, cards and JSON need nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa

from kqlpy.output.html_table import html_table
from kqlpy.render import messages
from kqlpy.render.columns import Axes, Kind, choose, kinds
from kqlpy.render.points import MOST, points, unit
from kqlpy.render.specs import CHARTS, Picture, spec

__all__ = ["Chart", "chart_of", "is_drawable", "write_chart"]

_PROPERTIES = {
    "title", "xcolumn", "ycolumns", "series", "kind", "legend", "ysplit", "xtitle", "ytitle", "ymin", "ymax", "xaxis", "yaxis", "anomalycolumns", "accumulate",
}  # fmt: skip
_TABLE_ROWS = 1_000
_STYLE = """body { font: 14px sans-serif; margin: 2em } table { border-collapse: collapse } th, td { padding: .3em .8em; border-bottom: 1px solid #ddd }
.card { display: inline-block; margin-right: 3em } .card b { display: block; font-size: 48px }"""


@dataclass(frozen=True)
class Chart:
    """How a result is drawn: a Vega-Lite specification, or HTML where that draws nothing (tables, cards); and remarks for the reader."""

    name: str
    title: str
    spec: dict[str, Any] | None
    html: str = ""
    notes: tuple[str, ...] = ()


def chart_of(table: pa.Table) -> Chart:
    """The chart that a result's `render` asks for; without one, times are drawn as a time chart and other rows as a table."""
    written = json.loads((table.schema.metadata or {}).get(b"kql.render", b"null"))
    if written is None:
        return _drawn(_usual(table), {}, table, ["the query has no render operator"])
    properties = {name.lower(): value for name, value in written.items() if name != "chart"}
    others = sorted(name for name, value in properties.items() if name not in _PROPERTIES and value is not None)
    notes = [f"render: {', '.join(others)} {'has' if len(others) == 1 else 'have'} no effect here"] if others else []
    return _drawn(str(written["chart"]).lower(), properties, table, notes)


def is_drawable(table: pa.Table) -> bool:
    """True when the result has a `render` operator and something to draw."""
    return b"kql.render" in (table.schema.metadata or {}) and bool(table.num_rows)


def write_chart(table: pa.Table, path: Path) -> Chart:
    """Draw a result into a file; the ending of its name says how."""
    from kqlpy.output.target import whole_file

    content = chart_of(table)
    data = _WRITERS[path.suffix.lower()](content, path.name)
    with whole_file(path) as out:
        out.write(data)
    return content


def _drawn(name: str, properties: Mapping[str, Any], table: pa.Table, notes: list[str]) -> Chart:
    title = str(properties.get("title") or "")
    if name == "card" and table.num_rows:
        return Chart(name, title, None, _card(table), tuple(notes))
    if name not in CHARTS or not table.num_rows:
        if name not in ("table", "card", *CHARTS):
            notes.append(f"render {name} is not drawn: the rows are shown as a table")
        return Chart("table", title, None, html_table(table, _TABLE_ROWS), tuple(notes))
    axes = choose(name, properties, table)
    rows = list(islice(points(table, axes), MOST + 1))
    if len(rows) > MOST:
        rows.pop()
        notes.append(f"the chart shows the first {MOST:,} points")
    if str(properties.get("accumulate")).lower() == "true":
        rows = _accumulated(rows)
    return Chart(name, title, spec(_picture(name, properties, table, axes, rows)), "", tuple(notes))


def _picture(name: str, properties: Mapping[str, Any], table: pa.Table, axes: Axes, rows: list[dict[str, Any]]) -> Picture:
    kind = kinds(table)[axes.x] if axes.x else Kind("number")
    x_type = {"time": "temporal", "number": "quantitative", "text": "nominal"}[kind.holds]
    x = unit(table.schema.field(axes.x)) if axes.x else ""
    y = ", ".join(unit(table.schema.field(column)) for column in axes.y)
    return Picture(name, rows, x, y, x_type, properties)


def _accumulated(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sums: dict[str, float] = {}
    found = []
    for row in rows:
        sums[row["series"]] = sums.get(row["series"], 0) + (row["y"] or 0)
        found.append({**row, "y": sums[row["series"]]})
    return found


def _usual(table: pa.Table) -> str:
    held = {kind.holds for kind in kinds(table).values()}
    return "timechart" if {"time", "number"} <= held else "table"


def _card(table: pa.Table) -> str:
    row = table.slice(0, 1)
    from kqlpy.output.cells import kql_type, texts

    cells = [(field.name, texts(column.combine_chunks(), kql_type(field))[0] or "") for field, column in zip(row.schema, row.columns, strict=True)]
    return "".join(f'<div class="card"><b>{escape(value)}</b>{escape(name)}</div>' for name, value in cells)


def _library(name: str) -> ModuleType:
    try:
        import vl_convert
    except ImportError:
        raise messages.no_library(name) from None
    found: ModuleType = vl_convert
    return found


def _html(chart: Chart, name: str) -> bytes:
    title = escape(chart.title or chart.name)
    if chart.spec is None:
        head = f"<h1>{title}</h1>\n" if chart.title else ""
        return f'<!DOCTYPE html>\n<html>\n<head><meta charset="UTF-8"><title>{title}</title><style>{_STYLE}</style></head>\n<body>\n{head}{chart.html}</body>\n</html>\n'.encode()
    page: str = _library(name).vegalite_to_html(chart.spec, bundle=True)
    return page.replace("<title>Chart</title>", f"<title>{title}</title>", 1).encode()


def _png(chart: Chart, name: str) -> bytes:
    found: bytes = _library(name).vegalite_to_png(_pictured(chart, name), scale=2)
    return found


def _svg(chart: Chart, name: str) -> bytes:
    text: str = _library(name).vegalite_to_svg(_pictured(chart, name))
    return text.encode()


def _json(chart: Chart, name: str) -> bytes:
    return json.dumps(_pictured(chart, name), indent=1).encode() + b"\n"


def _pictured(chart: Chart, name: str) -> dict[str, Any]:
    if chart.spec is None:
        raise messages.no_picture_of_table(name)
    return chart.spec


_WRITERS = {".html": _html, ".png": _png, ".svg": _svg, ".json": _json}
