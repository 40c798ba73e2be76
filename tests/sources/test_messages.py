"""The full text of every message about data."""

from __future__ import annotations

import pytest

from kqlpy.errors import KqlDataError
from kqlpy.sources import messages

TEXTS = {
    "bad_folder": (
        messages.bad_folder("data", "there is no such folder"),
        "KD001 cannot read the data folder data: there is no such folder",
    ),
    "unreadable": (messages.unreadable("T.csv", "Permission denied"), "KD002 cannot read T.csv: Permission denied"),
    "empty_file": (
        messages.empty_file("T.csv"),
        "KD003 T.csv is empty: it has not even a header\n    remove the file, or write the header line",
    ),
    "broken_file": (
        messages.broken_file("T.parquet", "Parquet", "no magic bytes"),
        "KD004 T.parquet cannot be read as Parquet: no magic bytes",
    ),
    "bad_json": (
        messages.bad_json("T.json", 3, 7, "expecting value"),
        "KD005 T.json, line 3, column 7: not valid JSON: expecting value",
    ),
    "not_objects": (
        messages.not_objects("T.json", 3, "an array"),
        "KD006 T.json, line 3: a row should be a JSON object, but here is an array\n"
        '    rows are objects such as {"TimeGenerated": "2024-05-01T00:00:00Z"}',
    ),
    "packed_file": (
        messages.packed_file("T.csv", "zip", ["a.csv", "b.csv", "c.csv", "d.csv"]),
        "KD007 T.csv is a zip archive that holds a.csv, b.csv, c.csv ...\n    unpack it into the data folder",
    ),
    "other_tables": (
        messages.other_tables("logs.zip", ["SigninLogs", "AuditLogs"]),
        "KD021 logs.zip holds the tables SigninLogs, AuditLogs\n    ask for one of these; or give the archive for one table: --table NAME=ARCHIVE",
    ),
    "no_files": (
        messages.no_files("T", "x/*.csv"),
        "KD015 table T: there is no data file at x/*.csv\n    give a file, a folder, an archive, or a pattern such as logs/*.csv",
    ),
    "no_reader": (
        messages.no_reader("T.xlsx", "an Excel workbook", "openpyxl", "excel"),
        "KD016 T.xlsx is an Excel workbook, and openpyxl, which reads these, is not installed\n    pip install 'kqlpy[excel]'",
    ),
    "failed_answer": (
        messages.failed_answer("T.json", "E_QUERY_RESULT_SET_TOO_LARGE"),
        "KD017 T.json is the answer to a query that failed: E_QUERY_RESULT_SET_TOO_LARGE\n    its rows are not complete; run the query again",
    ),
    "no_zone": (messages.no_zone("Mars"), "KD018 there is no time zone `Mars`\n    zones are called as in Europe/Berlin, or UTC"),
    "value_failed": (
        messages.value_failed("T.csv", 3, "n", "long", "many"),
        "KD019 T.csv, line 3: 'many' cannot be read as long, the type of column `n`\n    without --strict such values count as null",
    ),
    "not_strict": (
        messages.not_strict("T.csv", "1 row (line 3) has more cells than the header"),
        "KD020 T.csv: 1 row (line 3) has more cells than the header\n    without --strict this is only a remark",
    ),
    "long_value": (
        messages.long_value("T.json", 1, "one value is longer than 128 MB"),
        "KD022 T.json, line 1: one value is longer than 128 MB\n    write the rows as JSON lines, one object a line, for example with jq -c '.[]'",
    ),
    "not_a_table": (
        messages.not_a_table("T.log", "plain text"),
        "KD008 T.log holds plain text, which is not a table\n    supported: CSV, TSV, JSON, JSON lines, Parquet, Arrow, Excel workbooks, Windows event logs",
    ),
    "unsupported_type": (
        messages.unsupported_type("T.parquet", "x", "dense_union<>"),
        "KD009 T.parquet: column `x` has the Arrow type dense_union<>, which KQL cannot hold",
    ),
    "bad_schema_type": (
        messages.bad_schema_type("T", "x", "text", ["bool", "int"]),
        "KD010 schema of T: `text`, given for column `x`, is no KQL type\n    types: bool, int",
    ),
    "bad_table_value": (
        messages.bad_table_value("T", "int"),
        "KD011 table T is given as int, which cannot be read as a table\n    give an Arrow, pandas or Polars table, or a list of dicts",
    ),
    "zone_unknown": (
        messages.zone_unknown("T.csv", "t [Local Time]", "Local Time"),
        "KD012 T.csv: column `t [Local Time]` holds times in the zone [Local Time], which cannot be converted to UTC\n"
        "    say which zone it was: --zone Europe/Berlin, or Engine(zone=...); or export the times in UTC",
    ),
    "repeated_column": (
        messages.repeated_column("T.parquet", "x"),
        "KD014 T.parquet: two columns have the name `x`\n    rename one of them",
    ),
    "bad_schema_file": (
        messages.bad_schema_file("_schemas.json"),
        'KD013 _schemas.json is not a list of columns\n    for each table: [["TimeGenerated", "datetime"], ["EventID", "int"]]',
    ),
}


@pytest.mark.parametrize("name", messages.__all__)
def test_text(name: str) -> None:
    error, text = TEXTS[name]
    assert isinstance(error, KqlDataError)
    assert str(error) == text
