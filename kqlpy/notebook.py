"""kqlpy in a notebook: `%load_ext kqlpy.notebook` brings the magics `%kql` and `%%kql`, whose results show as tables and charts.

    %kql --data examples/data                        the data folder of this notebook, from here on
    %kql SecurityEvent | count
    %%kql --now 2024-05-15T12:00:00Z --into busy      the result becomes the variable `busy`, too
    SecurityEvent | summarize count() by Computer

Variables of the notebook that are frames (pandas, polars, Arrow, whatever gives an Arrow stream) are tables of their name. IPython is imported only when
the extension is loaded; `Result` works without it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kqlpy.api import Engine
from kqlpy.errors import KqlError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["Result", "load_ipython_extension"]

_OPTION = re.compile(r"""--(?P<name>[\w-]+)(?:\s*=\s*|\s+)?(?P<value>"[^"]*"|'[^']*'|[^\s-]\S*)?\s*""")
_OPTIONS = ("data", "functions", "now", "into", "rows")


@dataclass(frozen=True)
class Result:
    """The rows of a query, as a notebook shows them; `table` is the Arrow table itself.

    It gives an Arrow stream (`__arrow_c_stream__`), so that polars, pandas, DuckDB and kqlpy itself take it as it is.
    """

    table: pa.Table
    rows: int = 100

    def to_pandas(self) -> pd.DataFrame:
        """A pandas frame; dynamic columns are JSON text."""
        return self.table.to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """A polars frame; dynamic columns are JSON text."""
        import polars as pl

        return pl.DataFrame(self.table)

    def to_pylist(self) -> list[dict[str, Any]]:
        """The rows as dicts."""
        found: list[dict[str, Any]] = self.table.to_pylist()
        return found

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        from kqlpy.output.text_table import render

        return render(self.table, 120, self.rows).text.rstrip("\n")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """A table, and the chart that the query's `render` asks for; the notebook shows the richest that it can."""
        bundle = {"text/plain": repr(self), "text/html": self._repr_html_()}
        from kqlpy.render.charts import chart_of, is_drawable

        spec = chart_of(self.table).spec if is_drawable(self.table) else None
        return bundle if spec is None else {**bundle, "application/vnd.vegalite.v5+json": spec}

    def _repr_html_(self) -> str:
        from kqlpy.output.html_table import html_table

        return html_table(self.table, self.rows)


@dataclass
class _Notebook:
    """What the magics remember from cell to cell."""

    variables: Mapping[str, Any]
    data: str | None = None
    functions: str | None = None
    rows: int = 100
    _engines: dict[object, Engine] = field(default_factory=dict)

    def run(self, options: Mapping[str, str], text: str) -> Result:
        """The (first) result of a text, with the frames of the notebook as tables."""
        return Result(self._engine().query(text, _moment(options.get("now"))), self.rows)

    def remember(self, options: Mapping[str, str]) -> None:
        """Keep what also holds for later cells."""
        self.data = options.get("data", self.data)
        self.functions = options.get("functions", self.functions)
        self.rows = int(options["rows"]) if options.get("rows", "").isdigit() else self.rows

    def _engine(self) -> Engine:
        """The engine of the last cell, unless folder or frames are others now: what it has read need not be read again."""
        frames = {name: value for name, value in self.variables.items() if _is_frame(name, value)}
        key = (self.data, self.functions, *((name, id(value)) for name, value in frames.items()))
        if key not in self._engines:
            self._engines = {key: Engine(self.data, tables=frames, functions=self.functions)}
        return self._engines[key]


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext kqlpy.notebook` calls."""
    from IPython.core.error import UsageError
    from IPython.core.magic import no_var_expand

    notebook = _Notebook(shell.user_ns)

    def kql(line: str, cell: str | None = None) -> Result | None:
        """Run a KQL query: %kql [--data FOLDER] [--now TIME] [--functions FOLDER] [--into NAME] [--rows N] QUERY, or %%kql with the query below."""
        try:
            options, rest = _read(line)
            text = rest if cell is None else f"{rest}\n{cell}".lstrip("\n")
            notebook.remember(options)
            if not text.strip():
                return None
            result = notebook.run(options, text)
        except (KqlError, ValueError) as error:
            raise UsageError(str(error)) from None
        if "into" in options:
            shell.user_ns[options["into"]] = result
        return result

    shell.register_magic_function(no_var_expand(kql), magic_kind="line_cell", magic_name="kql")


def _read(line: str) -> tuple[dict[str, str], str]:
    """The options in front of a query, and the query."""
    options: dict[str, str] = {}
    rest = line.strip()
    while match := _OPTION.match(rest):
        name, value = match["name"], match["value"]
        if name not in _OPTIONS or value is None:
            raise ValueError(f"%kql --{name}: write {', '.join(f'--{option} VALUE' for option in _OPTIONS)}, then the query")
        options[name] = value.strip("\"'")
        rest = rest[match.end() :]
    return options, rest


def _moment(written: str | None) -> dt.datetime | None:
    if written is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(f"%kql --now {written}: not a time; write it as 2024-05-01T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _is_frame(name: str, value: object) -> bool:
    """True for what can be a table; classes and the names that IPython keeps for itself are none."""
    return not name.startswith("_") and not isinstance(value, type | pa.Schema | pa.Field) and hasattr(value, "__arrow_c_stream__")
