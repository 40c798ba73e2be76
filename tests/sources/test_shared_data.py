"""Real exports, where they are at hand: KQLPY_SHARED names the folder that holds `data`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from kqlpy.sources.catalog import Catalog
from kqlpy.sources.read_options import ReadOptions
from kqlpy.sources.table import chunks
from kqlpy.types import Type

SHARED = Path(os.environ.get("KQLPY_SHARED", "/nonexistent"))
pytestmark = pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="KQLPY_SHARED does not name a folder with real data")


def expected_rows() -> dict[str, int]:
    """Rows per table, as the README of the data tells them."""
    text = (SHARED / "data" / "README.md").read_text()
    listed = text[text.index("Rows per table:") :].partition("\n")[0]
    return {name: int(count) for name, count in re.findall(r"(\w+) (\d+)[,.]", listed) if not name.startswith("_")}


def test_every_file_loads_with_all_its_rows() -> None:
    catalog = Catalog(SHARED / "data", options=ReadOptions(as_utc=True))
    assert catalog.names() == sorted(expected_rows())
    found = {}
    for name in catalog.names():
        table = catalog.table(name)
        assert table is not None
        found[name] = sum(chunk.rows for task in table.scan(table.schema.names) for chunk in chunks(task))
    assert found == expected_rows()


def test_time_column_of_every_table_is_read_without_loss() -> None:
    catalog = Catalog(SHARED / "data", options=ReadOptions(as_utc=True))
    for name in catalog.names():
        table = catalog.table(name)
        assert table is not None
        if "TimeGenerated" in table.schema:
            assert table.schema.by_name["TimeGenerated"] is Type.DATETIME
            for task in table.scan(["TimeGenerated"]):
                list(chunks(task))
    assert [(r.file, f) for r in catalog.reports() for f in r.failed if f.column == "TimeGenerated"] == []
