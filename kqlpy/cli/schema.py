"""`kqlpy schema`: what a data folder holds; `--write` keeps its columns in a file that declares them from then on."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.guard import DATA_WRONG, UsageError, complain, remark
from kqlpy.cli.options import FormatName
from kqlpy.cli.output import tell, tell_loading, terminal_width, write_result
from kqlpy.cli.settings import Settings, make_engine

if TYPE_CHECKING:
    import pyarrow as pa

    from kqlpy.api import Engine
    from kqlpy.schema import Schema

__all__ = ["schema"]


def schema(settings: Settings, table: str | None, target: Path | None) -> int:
    """Show all tables, or one. A table that cannot be read does not hide the others: it is told, and the exit code says so."""
    engine = make_engine(settings)
    names = engine.catalog.names()
    if table is not None and table not in names:
        near = [name for name in engine.catalog.near(table) if name in names]
        raise UsageError(f"{settings.data} has no table {table}{f'; did you mean {near[0]}?' if near else ''}")
    found = _schemas(engine, names if table is None else [table])
    if settings.format in (None, FormatName.TABLE):
        _describe(engine, found)
    else:
        write_result(_columns(found), settings)
    tell_loading(engine.reports(), settings)
    if target is not None:
        _write(engine, found, target)
    failed = [name for name in (names if table is None else [table]) if name not in found]
    return DATA_WRONG if failed else 0


def _schemas(engine: Engine, names: list[str]) -> dict[str, Schema]:
    """The columns of all tables that can be read; the others are told."""
    from kqlpy.errors import KqlDataError

    found = {}
    for name in names:
        try:
            columns = engine.catalog.schema_of(name)
        except KqlDataError as error:
            complain(str(error))
        else:
            if columns is not None:
                found[name] = columns
    return found


def _describe(engine: Engine, found: dict[str, Schema]) -> None:
    from kqlpy.errors import KqlDataError

    if not found:
        tell("there are no tables")
    described = []
    for name, columns in list(found.items()):
        try:
            described.append(_described(engine, name, columns))
        except KqlDataError as error:
            complain(str(error))
            del found[name]
    tell("\n\n".join(described))


def _described(engine: Engine, name: str, columns: Schema) -> str:
    """The table, the columns that its files have, and how many it has in a workspace beside them."""
    here = columns.only(engine.catalog.columns_in_files(name))
    listed = ", ".join(f"{column}: {type_}" for column, type_ in here.pairs())
    folded = textwrap.fill(listed, terminal_width() or 120, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    head = f"{name}: {_extent(engine, name, columns)}, {len(here)} columns"
    lacking = len(columns) - len(here)
    return f"{head}\n{folded}" + (f"\n  (and {lacking} more that its schema has, null here)" if lacking else "")


def _extent(engine: Engine, name: str, columns: Schema) -> str:
    """Rows and time range; times that cannot be told, for want of a zone, do not hide the rows."""
    from kqlpy.errors import KqlDataError

    times = ", low = tostring(min(TimeGenerated)), high = tostring(max(TimeGenerated))" if "TimeGenerated" in columns else ""
    try:
        row = engine.query(f"['{name}'] | summarize n = count(){times}").to_pylist()[0]
    except KqlDataError as error:
        row = engine.query(f"['{name}'] | summarize n = count()").to_pylist()[0]
        remark(str(error))
    counted = f"{row['n']:,} row{'' if row['n'] == 1 else 's'}"
    return f"{counted}, {row['low'][:19]}Z to {row['high'][:19]}Z" if row.get("low") else counted


def _columns(found: dict[str, Schema]) -> pa.Table:
    """One row for each column of each table."""
    import pyarrow as pa

    rows = [(name, column.name, str(column.type)) for name, columns in found.items() for column in columns]
    texts = [pa.array([row[i] for row in rows], pa.string()) for i in range(3)]
    string = {"kql.type": "string"}
    return pa.Table.from_arrays(texts, schema=pa.schema([pa.field(n, pa.string(), metadata=string) for n in ("Table", "Column", "Type")]))


def _write(engine: Engine, found: dict[str, Schema], target: Path) -> None:
    """The columns of the tables shown, and of those that are declared and have no data."""
    from kqlpy.output.target import check_target, whole_file
    from kqlpy.sources.given_schemas import schemas_text

    reason = check_target(target)
    if reason is not None:
        raise UsageError(f"cannot write {target}: {reason}")
    kept = {**engine.catalog.declared_only(), **found}
    with whole_file(target) as out:
        out.write(schemas_text(kept).encode())
    remark(f"the columns of {len(kept)} table{'' if len(kept) == 1 else 's'} are in {target}")
