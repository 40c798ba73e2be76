"""Tasks are independent: any thread may call them, in any order, and two scans may run at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from kqlpy.sources.catalog import Catalog
from kqlpy.sources.table import chunks

ROWS = 20_000


@pytest.fixture(params=["csv", "jsonl", "parquet", "arrow", "memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Catalog:
    """A catalog with the same table in one of the forms."""
    table = pa.table(
        {"n": range(ROWS), "s": [f"v{i % 5}" for i in range(ROWS)], "t": ["2021-04-28T14:32:14Z", "x"] * (ROWS // 2)}
    )
    rows = table.to_pylist()
    match request.param:
        case "csv":
            (tmp_path / "T.csv").write_text("n,s,t\n" + "".join(f"{r['n']},{r['s']},{r['t']}\n" for r in rows))
        case "jsonl":
            (tmp_path / "T.jsonl").write_text("".join(f'{{"n": {r["n"]}, "s": "{r["s"]}", "t": "{r["t"]}"}}\n' for r in rows))
        case "parquet":
            parquet.write_table(table, tmp_path / "T.parquet", row_group_size=1000)
        case "arrow":
            feather.write_feather(table, tmp_path / "T.arrow", chunksize=1000)
    return Catalog(
        tmp_path, {"T": table} if request.param == "memory" else None, {"T": {"n": "long", "s": "string", "t": "datetime"}}
    )


def test_many_threads(catalog: Catalog) -> None:
    def scan(_: int) -> list[list[Any]]:
        table = catalog.table("T")
        assert table is not None
        tasks = list(table.scan(["s", "n", "t"], batch_rows=1000))
        with ThreadPoolExecutor(4) as pool:
            read = list(pool.map(lambda task: list(chunks(task)), reversed(tasks)))
        return [
            [value for parts in reversed(read) for chunk in parts for value in chunk.columns[name].to_pylist()]
            for name in ("n", "s", "t")
        ]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(scan, range(4)))
    assert all(columns == found[0] for columns in found)
    assert found[0][0] == list(range(ROWS))
    assert found[0][1][:6] == ["v0", "v1", "v2", "v3", "v4", "v0"]
    [report] = catalog.reports()
    assert [(f.column, f.count, f.example) for f in report.failed] == [("t", ROWS // 2, "x")]
    assert report.rows == ROWS
