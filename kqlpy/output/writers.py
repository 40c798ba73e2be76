"""The output formats: each writes a result table to a binary stream."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

import orjson
import pyarrow as pa

from kqlpy.output.cells import clean, json_values, kql_type, texts

__all__ = ["WRITERS", "rows_of"]

_ROWS = 20_000


def rows_of(table: pa.Table, values: Callable[[pa.Array, Any], list[Any]]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows in portions, each cell made by `values`."""
    types = [kql_type(field) for field in table.schema]
    for start in range(0, table.num_rows, _ROWS):
        part = table.slice(start, _ROWS)
        columns = [values(column.combine_chunks(), type_) for column, type_ in zip(part.columns, types, strict=True)]
        yield list(zip(*columns, strict=True))


def write_json(table: pa.Table, out: IO[bytes]) -> None:
    """One object: `columns` as names and KQL types, `rows` as arrays."""
    columns = [{"name": field.name, "type": str(kql_type(field))} for field in table.schema]
    out.write(b'{"columns":' + orjson.dumps(columns) + b',"rows":[')
    comma = b"\n"
    for rows in rows_of(table, json_values):
        out.write(comma + b",\n".join(orjson.dumps(row) for row in rows))
        comma = b",\n"
    out.write(b"\n]}\n")


def write_jsonl(table: pa.Table, out: IO[bytes]) -> None:
    """One object a line."""
    names = table.schema.names
    for rows in rows_of(table, json_values):
        out.write(b"".join(orjson.dumps(dict(zip(names, row, strict=True))) + b"\n" for row in rows))


def write_csv(table: pa.Table, out: IO[bytes]) -> None:
    """RFC 4180 with a header line; nulls are empty."""
    out.write(_csv_lines([table.schema.names]))
    for rows in rows_of(table, texts):
        out.write(_csv_lines(rows))


def write_markdown(table: pa.Table, out: IO[bytes]) -> None:
    """A pipe table."""
    out.write(_pipes(table.schema.names) + _pipes(["---:" if _is_number(field) else "---" for field in table.schema]))
    for rows in rows_of(table, texts):
        out.write(b"".join(_pipes([_markdown(cell) for cell in row]) for row in rows))


def write_parquet(table: pa.Table, out: IO[bytes]) -> None:
    """A Parquet file whose fields name their KQL type (`kql.type`)."""
    import pyarrow.parquet as pq

    pq.write_table(table, pa.PythonFile(out, mode="w"), compression="zstd")


def write_table(table: pa.Table, out: IO[bytes]) -> None:
    """A text table, as wide as it needs to be."""
    from kqlpy.output.text_table import render

    out.write(render(table).text.encode())


WRITERS: dict[str, Callable[[pa.Table, IO[bytes]], None]] = {
    "table": write_table, "json": write_json, "jsonl": write_jsonl, "csv": write_csv, "parquet": write_parquet, "markdown": write_markdown,
}  # fmt: skip


def _csv_lines(rows: Iterable[Sequence[str | None]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _pipes(cells: Sequence[str]) -> bytes:
    return f"| {' | '.join(cells)} |\n".encode()


def _markdown(cell: str | None) -> str:
    return clean((cell or "").replace("\\", "\\\\").replace("|", "\\|"))


def _is_number(field: pa.Field) -> bool:
    return str(kql_type(field)) in ("int", "long", "real", "decimal")
