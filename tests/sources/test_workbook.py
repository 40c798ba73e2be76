"""Excel workbooks."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kqlpy.errors import KqlDataError
from kqlpy.sources.catalog import Catalog
from kqlpy.sources.read_options import ReadOptions
from tests.sources.helpers import at, rows_of
from tests.sources.packing import write, zip_of

openpyxl = pytest.importorskip("openpyxl")
Rows = Sequence[Sequence[Any]]


def book(path: Path, rows: Rows, *, hidden: Rows = (), **sheets: Rows) -> Path:
    """Write a workbook; `rows` are its first sheet."""
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(list(row))
    for title, content in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in content:
            sheet.append(list(row))
    if hidden:
        sheet = workbook.create_sheet("hidden", 0)
        sheet.sheet_state = "hidden"
        for row in hidden:
            sheet.append(list(row))
    workbook.save(path)
    return path


def table_of(path: Path, rows: Rows, **options: Any) -> Any:
    """The table of a workbook with these rows."""
    return Catalog(book(path / "T.xlsx", rows).parent, **options).table("T")


def test_cells_bring_their_kind(tmp_path: Path) -> None:
    moment = dt.datetime(2024, 5, 1, 10, 11, 12, 123000)
    table = table_of(tmp_path, [["t", "n", "r", "b", "s", "d"], [moment, 5, 1.5, True, "00123", dt.timedelta(hours=2)], [None, 7, 2, False, None, None]])
    assert table.schema.pairs() == [("t", "datetime"), ("n", "long"), ("r", "real"), ("b", "bool"), ("s", "string"), ("d", "timespan")]
    assert rows_of(table) == [(at("2024-05-01T10:11:12.123"), 5, 1.5, True, "00123", 72_000_000_000), (None, 7, 2.0, False, "", None)]


def test_times_as_text(tmp_path: Path) -> None:
    table = table_of(tmp_path, [["TimeGenerated [UTC]", "seen"], ["5/14/2024, 9:13:02.117 AM", "2024-05-14T09:13:02Z"]])
    assert table.schema.pairs() == [("TimeGenerated", "datetime"), ("seen", "datetime")]
    assert rows_of(table) == [(at("2024-05-14T09:13:02.117"), at("2024-05-14T09:13:02"))]


def test_declared_types_win(tmp_path: Path) -> None:
    table = table_of(tmp_path, [["ResultType", "n"], [0, "5"], [50057, "x"]], schemas={"T": {"ResultType": "string", "n": "long"}})
    assert rows_of(table) == [("0", 5), ("50057", None)]


def test_failed_values_name_the_row(tmp_path: Path) -> None:
    catalog = Catalog(book(tmp_path / "T.xlsx", [[], ["n"], [1], [], ["x"]]).parent, schemas={"T": {"n": "long"}})
    assert rows_of(catalog.table("T")) == [(1,), (None,)]
    assert [(failed.example, failed.line) for failed in catalog.reports()[0].failed] == [("x", 5)]


def test_mixed_cells_are_text(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, [["x"], ["a"], [3], [2.5], [True]])) == [("a",), ("3",), ("2.5",), ("true",)]


def test_names_of_columns(tmp_path: Path) -> None:
    table = table_of(tmp_path, [["a", "a", None, 2024, None], [1, 2, 3, 4]])
    assert rows_of(table, "a", "a1", "Column3", "2024") == [(1, 2, 3, 4)]


def test_characters_that_xml_cannot_hold(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, [["a"], ["x_x000D_\ny"]])) == [("x\r\ny",)]


def test_sheets_with_the_same_header_are_one_table(tmp_path: Path) -> None:
    path = book(tmp_path / "T.xlsx", [["a", "b"], [1, 2]], more=[["a", "b"], [3, 4]], summary=[["total"], [4]], empty=[], hidden=[["x"], [1]])
    catalog = Catalog(path.parent)
    assert rows_of(catalog.table("T")) == [(1, 2), (3, 4)]
    assert catalog.reports()[0].notes == ("sheets with other columns than the first are left out: summary",)
    with pytest.raises(KqlDataError, match="sheets with other columns than the first are left out"):
        rows_of(Catalog(path.parent, options=ReadOptions(strict=True)).table("T"))


def test_cells_beside_the_header_are_told(tmp_path: Path) -> None:
    catalog = Catalog(book(tmp_path / "T.xlsx", [["a"], [1, "x"]]).parent)
    assert rows_of(catalog.table("T")) == [(1,)]
    assert catalog.reports()[0].notes == ("1 row has cells to the right of the header, which are left out",)


def test_a_workbook_among_other_files_and_in_an_archive(tmp_path: Path) -> None:
    content = book(tmp_path / "x.xlsx", [["a"], [1]]).read_bytes()
    (tmp_path / "x.xlsx").unlink()
    write(tmp_path / "T" / "a.xlsx", content)
    write(tmp_path / "T" / "b.csv", b"a\n2.5\n")
    write(tmp_path / "U.zip", zip_of({"u.xlsx": content}))
    write(tmp_path / "V.csv", content)
    catalog = Catalog(tmp_path)
    assert [rows_of(catalog.table(name)) for name in "TUV"] == [[(1.0,), (2.5,)], [(1,)], [(1,)]]


def test_an_empty_workbook(tmp_path: Path) -> None:
    with pytest.raises(KqlDataError, match=r"T\.xlsx is empty"):
        table_of(tmp_path, []).schema  # noqa: B018


def test_a_damaged_workbook(tmp_path: Path) -> None:
    content = book(tmp_path / "T.xlsx", [["a"], *([number] for number in range(5000))]).read_bytes()
    at_ = content.index(b"xl/worksheets/sheet1.xml") + 2000
    (tmp_path / "T.xlsx").write_bytes(content[:at_] + b"\0" * 64 + content[at_ + 64 :])
    with pytest.raises(KqlDataError, match=r"T\.xlsx cannot be read as an Excel workbook"):
        rows_of(Catalog(tmp_path).table("T"))
    (tmp_path / "T.xlsx").write_bytes(content[:-100])
    with pytest.raises(KqlDataError, match=r"T\.xlsx cannot be read as an archive"):
        rows_of(Catalog(tmp_path).table("T"))


def test_without_openpyxl_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "T.xlsx", [["a"], [1]])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(KqlDataError, match=r"openpyxl, which reads these, is not installed\n    pip install 'kqlpy\[excel\]'"):
        rows_of(Catalog(path.parent).table("T"))
