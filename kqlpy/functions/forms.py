"""What is a function only by look: the binder puts columns, constants or tables in its place. Here stands what each looks like and what it gives."""

from __future__ import annotations

from kqlpy.functions.registry import SCALARS, describe

__all__: list[str] = []

describe(
    SCALARS, "toscalar", "(expression: any) -> first",
    """The first column of the first row of a table, as a constant; computed once.

    >>> print toscalar(range x from 3 to 5 step 1)
    3
    """,
)  # fmt: skip

describe(
    SCALARS, "column_ifexists", "(column_name: const string, default: scalar) -> second",
    """The named column when the rows have it, else the default.

    >>> print x = 1 | project column_ifexists("y", 2)
    2
    """,
    naming="value", aliases=("columnifexists",),
)  # fmt: skip

describe(
    SCALARS, "iscolumnexists", "(column_name: const string) -> bool",
    """True when the rows have the named column.

    >>> print x = 1 | project iscolumnexists("x")
    True
    """,
)  # fmt: skip

describe(
    SCALARS, "ingestion_time", "() -> datetime",
    """When the row arrived: the first of the columns `_TimeReceived`, `ingestion_time`, `TimeGenerated` and `Timestamp` that has a value; null without them.

    >>> print TimeGenerated = datetime(2024-05-01) | project ingestion_time()
    2024-05-01T00:00:00.0000000Z
    """,
    naming="prefix_only", prefix="$IngestionTime", page="ingestion-time-function",
)  # fmt: skip

describe(
    SCALARS, "column_names_of", "(table: table) -> dynamic",
    """The names of a table's columns, as an array.

    >>> print column_names_of((print a = 1, b = "x"))
    ["a","b"]
    """,
)  # fmt: skip

describe(
    SCALARS, "materialize", "(table: table) -> table",
    """The rows of a table, computed once however often they are read.

    >>> let T = materialize(range x from 1 to 3 step 1); T | summarize sum(x)
    6
    """,
)  # fmt: skip

describe(
    SCALARS, "table", "(name: const string, query_data_scope: const string = ?) -> table",
    "The table with this name, which need not be a plain word; where the data are kept makes no difference.",
)  # fmt: skip

for _name, _kind in (("external_table", "external table"), ("materialized_view", "materialized view"), ("stored_query_result", "stored query result")):
    describe(
        SCALARS, _name, "(name: const string, *option: scalar) -> table", f"The {_kind} with this name: the table of the data folder that is called so.",
        page=f"{_name.replace('_', '-')}-function",
    )  # fmt: skip

for _name in ("cluster", "database"):
    describe(SCALARS, _name, f"(name: const string{' = ?' * (_name == 'database')}) -> {_name}", f"The {_name} with this name: the folder that is given for it, or else the data folder.")
