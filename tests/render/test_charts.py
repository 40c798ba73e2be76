"""What `render` draws: which columns, how the specification says it, and the files that come of it."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

import kqlpy
from kqlpy.errors import KqlError
from kqlpy.render.charts import Chart, chart_of, write_chart
from kqlpy.render.columns import Axes, choose

needs_library = pytest.mark.skipif(importlib.util.find_spec("vl_convert") is None, reason="vl-convert-python is not installed")

DAYS = "datatable(T: datetime, Host: string, N: long, M: real)[datetime(2024-05-01), 'a', 1, 0.5, datetime(2024-05-02), 'b', 3, real(nan)]"
SERIES = "print T = dynamic(['2024-05-01T00:00:00.0000000Z', '2024-05-02T00:00:00.0000000Z']), N = dynamic([1, 9]), Base = dynamic([1, 2]), Flag = dynamic([0, 1])"


def drawn(render: str, query: str = DAYS) -> Chart:
    return chart_of(kqlpy.query(f"{query} | render {render}"))


def encoding(render: str, query: str = DAYS) -> dict[str, Any]:
    found = drawn(render, query).spec
    assert found is not None
    return dict(found["encoding"])


def rows(render: str, query: str = DAYS) -> list[dict[str, Any]]:
    found = drawn(render, query).spec
    assert found is not None
    return list(found["data"]["values"])


def test_time_chart_takes_times_numbers_and_texts() -> None:
    assert choose("timechart", {}, kqlpy.query(f"{DAYS} | project N, Host, T, M")) == Axes("T", ("N", "M"), ("Host",))


def test_other_charts_run_over_the_first_column() -> None:
    assert choose("columnchart", {}, kqlpy.query(f"{DAYS} | project Host, N")) == Axes("Host", ("N",))


def test_properties_choose_columns() -> None:
    properties = {"xcolumn": "N", "ycolumns": ["M"], "series": "Host"}
    assert choose("scatterchart", properties, kqlpy.query(DAYS)) == Axes("N", ("M",), ("Host",))


def test_flags_of_anomalies_are_found_by_their_values() -> None:
    assert choose("anomalychart", {}, kqlpy.query(SERIES)) == Axes("T", ("N", "Base"), (), ("Flag",))


def test_points_have_one_row_for_each_value() -> None:
    assert rows("timechart")[1:3] == [
        {"x": "2024-05-01T00:00:00.000Z", "y": 0.5, "series": "a: M"},
        {"x": "2024-05-02T00:00:00.000Z", "y": 3, "series": "b: N"},
    ]


def test_a_number_that_is_none_is_a_gap() -> None:
    assert rows("timechart")[3]["y"] is None


def test_arrays_of_make_series_become_points() -> None:
    assert [(row["x"][:10], row["y"], row["series"]) for row in rows("timechart with (ycolumns=N)", SERIES)] == [
        ("2024-05-01", 1, "N"),
        ("2024-05-02", 9, "N"),
    ]


def test_anomalies_are_marked_on_the_first_values() -> None:
    found = rows("anomalychart", SERIES)
    assert [(row["y"], row.get("flag"), row.get("rest")) for row in found] == [(1, None, None), (9, 1, None), (1, None, True), (2, None, True)]


def test_timespans_are_drawn_in_seconds() -> None:
    found = encoding("scatterchart", "print x = 1, took = 90s")
    assert found["y"]["title"] == "took (s)"


def test_accumulate_adds_up_each_series() -> None:
    query = "datatable(x: long, y: long)[1, 2, 2, 3]"
    assert [row["y"] for row in rows("linechart with (accumulate=true)", query)] == [2, 5]


@pytest.mark.parametrize(
    ("render", "stack"),
    [("areachart", None), ("stackedareachart", "zero"), ("areachart kind=stacked", "zero"), ("columnchart kind=stacked100", "normalize")],
)
def test_kind_says_how_values_are_stacked(render: str, stack: str | None) -> None:
    assert encoding(render)["y"]["stack"] == stack


def test_bars_lie() -> None:
    assert encoding("barchart")["y"]["type"] == "ordinal"


def test_titles_bounds_and_scales() -> None:
    found = encoding("timechart with (xtitle='when', ytitle='many', ymin=1, ymax=5, yaxis=log)")
    assert found["x"]["title"] == "when"
    assert found["y"] == {"field": "y", "type": "quantitative", "title": "many", "scale": {"type": "symlog", "domainMin": 1, "domainMax": 5}}


def test_hidden_legend() -> None:
    assert encoding("timechart with (legend=hidden)")["color"]["legend"] is None


def test_panels_have_scales_of_their_own() -> None:
    found = drawn("timechart with (ysplit=panels)").spec
    assert found is not None
    assert found["resolve"] == {"scale": {"y": "independent"}}


def test_properties_without_effect_are_named() -> None:
    assert drawn("timechart with (anomalycolumns=N, kind=map, nothing=1)").notes == ("render: nothing has no effect here",)


def test_other_charts_become_tables() -> None:
    found = drawn("treemap")
    assert (found.name, found.spec) == ("table", None)
    assert found.notes == ("render treemap is not drawn: the rows are shown as a table",)


def test_no_rows_are_a_table() -> None:
    assert drawn("timechart", f"{DAYS} | where N > 5").name == "table"


@pytest.mark.parametrize(
    ("render", "message"),
    [
        ("timechart with (ycolumns=Nope)", "render: `ycolumns` names no column `Nope`\n    the result has T, Host, N, M"),
        ("timechart", "a timechart needs a column of numbers\n    add one, or name it: render timechart with (ycolumns=...)"),
    ],
)
def test_mistakes_are_told(render: str, message: str) -> None:
    with pytest.raises(KqlError) as caught:
        drawn(render, DAYS if "Nope" in render else f"{DAYS} | project T, Host")
    assert str(caught.value).partition(" ")[2] == message


def test_without_render_times_are_drawn() -> None:
    found = chart_of(kqlpy.query(DAYS))
    assert (found.name, found.notes) == ("timechart", ("the query has no render operator",))


def test_card_and_table_need_no_library(tmp_path: Path) -> None:
    write_chart(kqlpy.query("print Alerts = 7 | render card with (title='<All>')"), tmp_path / "card.html")
    assert '<h1>&lt;All&gt;</h1>\n<div class="card"><b>7</b>Alerts</div>' in (tmp_path / "card.html").read_text()


def test_a_table_has_no_picture(tmp_path: Path) -> None:
    with pytest.raises(KqlError, match="a table is drawn as HTML only"):
        write_chart(kqlpy.query("print 1 | render table"), tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_the_specification_as_json(tmp_path: Path) -> None:
    write_chart(kqlpy.query(f"{DAYS} | render timechart"), tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["mark"]["type"] == "line"


def test_a_missing_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    with pytest.raises(KqlError, match=r"a.png needs the package vl-convert-python\s+pip install 'kqlpy\[charts\]'"):
        write_chart(kqlpy.query(f"{DAYS} | render timechart"), tmp_path / "a.png")


@needs_library
@pytest.mark.parametrize(
    "render",
    [
        "timechart",
        "linechart",
        "areachart",
        "stackedareachart",
        "columnchart",
        "barchart",
        "piechart",
        "scatterchart",
        "timechart with (ysplit=panels)",
    ],
)
def test_every_chart_can_be_drawn(render: str, tmp_path: Path) -> None:
    write_chart(kqlpy.query(f"{DAYS} | render {render}"), tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text().startswith("<svg")


@needs_library
def test_an_anomaly_chart_can_be_drawn(tmp_path: Path) -> None:
    write_chart(kqlpy.query(f"{SERIES} | render anomalychart with (title='odd', anomalycolumns=Flag)"), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@needs_library
def test_html_needs_no_network(tmp_path: Path) -> None:
    write_chart(kqlpy.query(f"{DAYS} | render timechart with (title='A & B')"), tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    assert "<title>A &amp; B</title>" in page
    assert re.findall(r"<(?:script|link)[^>]*(?:src|href)=", page[: page.find("<body")]) == []
