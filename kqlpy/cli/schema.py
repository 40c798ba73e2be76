"""`kqlpy schema`: what a data folder holds."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.guard import UsageError
from kqlpy.cli.options import FormatName
from kqlpy.cli.output import tell, terminal_width, write_result
from kqlpy.cli.settings import Settings, make_engine

if TYPE_CHECKING:
    import pyarrow as pa

    from kqlpy.api import Engine

__all__ = ["schema"]


def schema(data: Path, table: str | None, format: FormatName | None) -> int:
    """Show all tables, or one."""
    engine = make_engine(Settings(data=data))
    names = engine.catalog.names()
    if table is not None and table not in names:
        near = [name for name in engine.catalog.near(table) if name in names]
        raise UsageError(f"{data} has no table {table}{f'; did you mean {near[0]}?' if near else ''}")
    chosen = names if table is None else [table]
    if format in (None, FormatName.TABLE):
        if not chosen:
            tell(f"{data} holds no tables")
        tell("\n\n".join(_described(engine, name) for name in chosen))
    else:
        write_result(_columns(engine, chosen), Settings(format=format))
    return 0


def _described(engine: Engine, name: str) -> str:
    found = engine.catalog.schema_of(name)
    columns = [] if found is None else found.pairs()
    listed = ", ".join(f"{column}: {type_}" for column, type_ in columns)
    folded = textwrap.fill(listed, terminal_width() or 120, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    return f"{name}: {_extent(engine, name)}, {len(columns)} columns\n{folded}"


def _extent(engine: Engine, name: str) -> str:
    """Rows and time range."""
    found = engine.catalog.schema_of(name)
    timed = found is not None and "TimeGenerated" in found
    times = ", low = tostring(min(TimeGenerated)), high = tostring(max(TimeGenerated))" if timed else ""
    row = engine.query(f"['{name}'] | summarize n = count(){times}").to_pylist()[0]
    counted = f"{row['n']:,} row{'' if row['n'] == 1 else 's'}"
    return f"{counted}, {row['low'][:19]}Z to {row['high'][:19]}Z" if row.get("low") else counted


def _columns(engine: Engine, names: list[str]) -> pa.Table:
    """One row for each column of each table."""
    import pyarrow as pa

    rows = [(name, column.name, str(column.type)) for name in names for column in engine.catalog.schema_of(name) or ()]
    texts = [pa.array([row[i] for row in rows], pa.string()) for i in range(3)]
    string = {"kql.type": "string"}
    return pa.Table.from_arrays(texts, schema=pa.schema([pa.field(n, pa.string(), metadata=string) for n in ("Table", "Column", "Type")]))
