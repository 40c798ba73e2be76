"""Charts as Vega-Lite specifications: plain dicts, which are made without any library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["CHARTS", "Picture", "spec"]

Spec = dict[str, Any]
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_WIDTH, _HEIGHT, _PANEL = 900, 420, 140
_STACKS = {"stacked": "zero", "stacked100": "normalize"}


@dataclass(frozen=True)
class Picture:
    """What a chart shows: its points, what its axes are called, and the properties of `render`."""

    chart: str
    rows: list[dict[str, Any]]
    x: str
    y: str
    x_type: str
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def series(self) -> list[str]:
        """The names of the series, in the order of their first points."""
        return list(dict.fromkeys(row["series"] for row in self.rows))

    def asked(self, name: str) -> str:
        """A property as a lower-case word; empty when it is not written."""
        return str(self.properties.get(name) or "").lower()


def spec(picture: Picture) -> Spec:
    """The specification of a chart with its data."""
    size: Spec = {"width": _WIDTH, "height": _HEIGHT}
    body = CHARTS[picture.chart](picture)
    if picture.asked("ysplit") in ("axes", "panels") and len(picture.series) > 1 and picture.chart not in ("piechart", "anomalychart"):
        size["height"] = _PANEL
        header = {"labelOrient": "top", "labelAnchor": "start", "labelFontWeight": "bold"}
        body["encoding"]["row"] = {"field": "series", "type": "nominal", "title": None, "sort": picture.series, "header": header}
        body["encoding"]["y"]["title"] = None
        body["resolve"] = {"scale": {"y": "independent"}}
    title = picture.properties.get("title")
    named = {"title": str(title)} if title else {}
    return {"$schema": _SCHEMA, "background": "white", **named, **size, "data": {"values": picture.rows}, **body}


def _lines(picture: Picture) -> Spec:
    few = len(picture.rows) <= 60 * max(len(picture.series), 1)
    return {"mark": {"type": "line", "point": few, "tooltip": True}, "encoding": _encoding(picture)}


def _areas(picture: Picture) -> Spec:
    kind = "stacked" if picture.chart == "stackedareachart" else picture.asked("kind")
    stack = _STACKS.get(kind)
    encoding = _encoding(picture)
    encoding["y"]["stack"] = stack
    return {"mark": {"type": "area", "opacity": 0.9 if stack else 0.5, "line": True, "tooltip": True}, "encoding": encoding}


def _columns(picture: Picture) -> Spec:
    """Bars stand side by side unless they are to be stacked; times are words here, as each column stands for one value."""
    encoding = _encoding(picture)
    axis: Spec = {"labelOverlap": True, "labelLimit": 200}
    if picture.x_type == "temporal":
        axis["labelExpr"] = "replace(replace(datum.label, 'T00:00:00.000Z', ''), ':00.000Z', '')"
    encoding["x"] = {"field": "x", "type": "ordinal", "sort": None, "title": _title(picture, "x"), "axis": axis}
    stack = _STACKS.get(picture.asked("kind"))
    encoding["y"]["stack"] = stack
    if stack is None and len(picture.series) > 1 and not picture.asked("ysplit"):
        encoding["xOffset"] = {"field": "series", "type": "nominal", "sort": None}
    return {"mark": {"type": "bar", "tooltip": True}, "encoding": encoding}


def _bars(picture: Picture) -> Spec:
    found = _columns(picture)
    encoding = found["encoding"]
    encoding["x"], encoding["y"] = encoding["y"], encoding["x"]
    if "xOffset" in encoding:
        encoding["yOffset"] = encoding.pop("xOffset")
    return found


def _scatter(picture: Picture) -> Spec:
    return {"mark": {"type": "point", "filled": True, "tooltip": True}, "encoding": _encoding(picture)}


def _pie(picture: Picture) -> Spec:
    legend = None if picture.asked("legend") == "hidden" else {"title": picture.x, "labelLimit": 300}
    encoding = {
        "theta": {"field": "y", "type": "quantitative", "stack": True, "title": picture.y},
        "color": {"field": "x", "type": "nominal", "sort": None, "legend": legend},
        "order": {"field": "y", "type": "quantitative", "sort": "descending"},
    }
    return {"mark": {"type": "arc", "innerRadius": 0, "tooltip": True}, "encoding": encoding}


def _anomalies(picture: Picture) -> Spec:
    """Lines, further columns such as the baseline dashed, and a mark at each flagged point: up for more than expected, down for less."""
    line = _encoding(picture)
    line["strokeDash"] = {"condition": {"test": "datum.rest", "value": [6, 4]}, "value": [1, 0]}
    mark = {
        "x": line["x"],
        "y": line["y"],
        "shape": {"condition": {"test": "datum.flag < 0", "value": "triangle-down"}, "value": "triangle-up"},
        "tooltip": [{"field": name, "title": title} for name, title in (("x", picture.x), ("y", picture.y), ("series", "series"), ("flag", "anomaly"))],
    }
    flagged = {"transform": [{"filter": "datum.flag"}], "mark": {"type": "point", "filled": True, "size": 110, "color": "#c4201d"}, "encoding": mark}
    return {"layer": [{"mark": {"type": "line", "tooltip": True}, "encoding": line}, flagged]}


def _encoding(picture: Picture) -> dict[str, Any]:
    x: Spec = {"field": "x", "type": picture.x_type, "title": _title(picture, "x")}
    if picture.x_type == "temporal":
        x["scale"] = {"type": "utc"}
    elif picture.x_type == "nominal":
        x["sort"] = None
    elif picture.x_type == "quantitative":
        x["scale"] = {"zero": False, **_log(picture, "xaxis")}
    y: Spec = {"field": "y", "type": "quantitative", "title": _title(picture, "y"), "scale": {**_log(picture, "yaxis"), **_bounds(picture)}}
    legend = None if picture.asked("legend") == "hidden" or len(picture.series) < 2 else {"title": None, "labelLimit": 300}
    return {"x": x, "y": y, "color": {"field": "series", "type": "nominal", "sort": None, "legend": legend}}


def _title(picture: Picture, axis: str) -> str:
    return str(picture.properties.get(f"{axis}title") or (picture.x if axis == "x" else picture.y))


def _log(picture: Picture, axis: str) -> Spec:
    return {"type": "symlog"} if picture.asked(axis) == "log" else {}


def _bounds(picture: Picture) -> Spec:
    found = {"domainMin": picture.properties.get("ymin"), "domainMax": picture.properties.get("ymax")}
    return {name: value for name, value in found.items() if isinstance(value, int | float)}


CHARTS: dict[str, Callable[[Picture], Spec]] = {
    "timechart": _lines, "linechart": _lines, "areachart": _areas, "stackedareachart": _areas, "columnchart": _columns, "barchart": _bars,
    "scatterchart": _scatter, "piechart": _pie, "anomalychart": _anomalies,
}  # fmt: skip
