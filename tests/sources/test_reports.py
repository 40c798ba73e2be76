"""What loading met with: reports, remarks made of them, and values that are errors where strictness is asked for."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from kqlpy.api import Engine
from kqlpy.errors import KqlDataError
from kqlpy.sources import open_part
from kqlpy.sources.catalog import Catalog
from kqlpy.sources.read_options import ReadOptions
from kqlpy.sources.remarks import remarks
from kqlpy.sources.reports import FailedValues, LoadReport
from kqlpy.types import Type
from tests.sources.helpers import folder, load, rows_of

STRICT = ReadOptions(strict=True)
SCHEMA = {"T": {"n": "long", "s": "string"}}


def report(file: str = "T.csv", rows: int | None = 3, *, guessed: tuple[str, ...] = (), failed: tuple[FailedValues, ...] = (), notes: tuple[str, ...] = ()) -> LoadReport:
    """A report on a file of table T."""
    return LoadReport("T", file, rows, tuple((name, Type.LONG) for name in guessed), failed, notes)


@pytest.mark.parametrize("keep", [512 << 20, 0])
@pytest.mark.parametrize(
    ("ending", "text", "place"),
    [
        ("csv", "n,s\n1,a\nmany,b\nmore,c\n", "T.csv, line 3"),
        ("jsonl", '{"n": 1}\n\n{"n": "many"}\n{"n": "more"}\n', "T.jsonl, line 3"),
        ("json", '[{"n": 1},\n\n{"n": "many"}, {"n": "more"}]', "T.json, line 3"),
    ],
)
def test_a_value_that_does_not_fit_is_an_error_where_asked_for(
    tmp_path: Path, ending: str, text: str, place: str, keep: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_part, "_KEEP_BYTES", keep)
    table = load(tmp_path, text, ending, schemas=SCHEMA, options=STRICT).table("T")
    assert len(rows_of(table, "s")) == 3
    for _ in range(2):  # also the second time
        with pytest.raises(KqlDataError, match=f"KD019 .*{place}: 'many' cannot be read as long, the type of column `n`"):
            rows_of(table, "n")


def test_surplus_cells_are_an_error_where_asked_for(tmp_path: Path) -> None:
    with pytest.raises(KqlDataError, match=r"KD020 .*T\.csv: 1 row \(line 2\) has more cells than the header"):
        rows_of(load(tmp_path, "a,b\n1,2,3\n", options=STRICT).table("T"))


@pytest.mark.parametrize("text", ["a,b\n1\n", "a,b\n,\n", "a,a\n1,2\n"])
def test_what_loses_no_value_is_no_error(tmp_path: Path, text: str) -> None:
    assert len(rows_of(load(tmp_path, text, options=STRICT).table("T"))) == 1


def test_strictness_holds_for_columns_of_arrow_too(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"n": ["1", "x"]}), tmp_path / "T.parquet")
    with pytest.raises(KqlDataError, match="'x' cannot be read as long"):
        rows_of(Catalog(tmp_path, schemas=SCHEMA, options=STRICT).table("T"), "n")


def test_a_strict_engine_refuses_only_queries_that_read_the_value(tmp_path: Path) -> None:
    engine = Engine(folder(tmp_path, T__csv="n,s\n1,a\nx,b\n"), schemas=SCHEMA, strict=True)
    assert engine.query("T | project s | count").to_pylist() == [{"Count": 2}]
    with pytest.raises(KqlDataError, match=r"T\.csv, line 3: 'x' cannot be read as long"):
        engine.query("T | where n > 0")
    assert Engine(tmp_path, schemas=SCHEMA).query("T | where n > 0 | count").to_pylist() == [{"Count": 1}]


def test_other_databases_are_read_with_the_same_strictness(tmp_path: Path) -> None:
    folder(tmp_path, SecurityEvent__csv="EventID\nmany\n")
    engine = Engine(options={"databases": {"other": str(tmp_path)}}, strict=True)
    with pytest.raises(KqlDataError, match="'many' cannot be read as int"):
        engine.query('database("other").SecurityEvent | summarize max(EventID)')


@pytest.mark.parametrize("keep", [512 << 20, 0])
def test_rows_are_counted_however_the_file_is_read(tmp_path: Path, keep: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_part, "_KEEP_BYTES", keep)
    engine = Engine(folder(tmp_path, T__csv="n,s\n1,a\n2,b\n"), schemas=SCHEMA)
    engine.query("T | summarize max(n)")
    assert [(Path(found.file).name, found.rows) for found in engine.reports()] == [("T.csv", 2)]


def test_the_first_failed_value_of_a_file_in_several_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kqlpy.sources.csv._BLOCK_ROWS", 10)
    monkeypatch.setattr("kqlpy.sources.csv._BLOCK_BYTES", 64)
    catalog = load(tmp_path, "n,s\n" + "".join(f"{'x' if number % 50 == 40 else number},a\n" for number in range(500)), schemas=SCHEMA)
    rows_of(catalog.table("T"), "n")
    assert catalog.reports()[0].failed == (FailedValues("n", Type.LONG, 10, "x", 42),)


# ---------------------------------------------------------------- in lines


def test_remarks_tell_guesses_for_a_table_and_the_rest_for_each_file() -> None:
    failed = FailedValues("n", Type.LONG, 1234, "many" * 30, 7)
    found = remarks([report(guessed=("a", "b")), report("U.csv", 4, guessed=("b",), failed=(failed,), notes=("odd",)), report("V.csv")])
    assert found == [
        "T of 3 files: 10 rows, no schema declares a long, b long; these types are guessed from the values",
        f"U.csv, line 7: 1,234 values of n cannot be read as long and count as null, such as {'many' * 14 + 'm...'!r}",
        "U.csv: odd",
    ]


def test_many_guessed_columns_are_counted() -> None:
    [found] = remarks([report(rows=1, guessed=tuple("abcdefghi"))])
    assert found == "T: 1 row, no schema declares a long, b long, c long, d long, e long, f long and 3 more; these types are guessed from the values"


def test_files_that_need_no_remark() -> None:
    assert remarks([report(), report("U.csv", None)]) == []
