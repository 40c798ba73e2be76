"""`kqlpy shell`: queries one after the other over the same data, which is read once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.clock import NO_TIMES, Clock
from kqlpy.cli.entries import entries
from kqlpy.cli.guard import UsageError, failed, remark
from kqlpy.cli.options import FormatName
from kqlpy.cli.output import page, tell, tell_loading, tell_warnings, write_result
from kqlpy.cli.progress import Progress
from kqlpy.cli.settings import Settings, make_engine
from kqlpy.cli.surroundings import fill_in

if TYPE_CHECKING:
    from kqlpy.api import Engine

__all__ = ["Shell", "history_file", "shell"]

_HELP = """A query runs when it is complete; Alt+Enter begins a new line, Tab completes, the arrow keys bring earlier queries back.

.tables            the tables
.schema TABLE      the columns of a table
.functions [NAME]  the functions, or all about one
.format NAME       how results are written: table, json, jsonl, csv or markdown
.now TIME          the clock, or `latest`; without a time, the present
.quit              leave, as Ctrl+D does"""


def shell(settings: Settings) -> int:
    """Read and run queries until the input ends. What is piped in runs without a prompt; the exit code is then that of the last mistake."""
    if not sys.stdin.isatty():
        return _piped(settings)
    try:
        from kqlpy.cli.prompt import prompter
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "prompt_toolkit":
            raise
        raise UsageError("the shell needs the package prompt_toolkit\n    pip install 'kqlpy[shell]'") from None
    session = Shell(make_engine(settings), settings)
    ask = prompter(session.engine, history_file())
    tell(f"{len(session.engine.catalog.names())} tables; .help tells more, Ctrl+D leaves")
    while session.open:
        try:
            session.execute(ask())
        except EOFError:
            break
        except KeyboardInterrupt:
            continue
    return 0


def _piped(settings: Settings) -> int:
    sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")  # type: ignore[union-attr]
    session = Shell(make_engine(settings), settings)
    for text in entries(sys.stdin):
        session.execute(text)
        if not session.open:
            break
    return session.code


@dataclass
class Shell:
    """An engine and what its user has set; `code` is the exit code of the last mistake, 0 without one."""

    engine: Engine
    settings: Settings
    open: bool = True
    code: int = 0
    told: set[str] = field(default_factory=set)

    def execute(self, text: str) -> None:
        """Run a query or a command; mistakes are told and change nothing."""
        try:
            if text.strip().startswith("."):
                self._command(text.strip())
            elif text.strip():
                self._query(text)
        except Exception as error:
            self.code = failed(error)

    def _query(self, text: str) -> None:
        from kqlpy.source import Source

        clock = Clock(self.settings.now)
        now = clock(self.engine, Source(text))
        source = fill_in(Source(text), self.settings.options, now)
        with Progress(quiet=self.settings.quiet) as progress:
            tables = self.engine.results(source, now, progress=progress)
        for table in tables:
            write_result(table, self.settings)
            rows = int(table.num_rows)
            remark(f"{rows:,} row{'' if rows == 1 else 's'}")
        tell_warnings(tables[0], self.settings)
        tell_loading(self.engine.reports(), self.settings, self.told)
        if clock.is_latest and now is None:
            remark(NO_TIMES)

    def _command(self, text: str) -> None:
        name, _, rest = text.partition(" ")
        commands: dict[str, Callable[[str], None]] = {
            ".help": lambda _: tell(_HELP), ".tables": self._tables, ".schema": self._schema, ".functions": _functions,
            ".format": self._format, ".now": self._now, ".quit": self._quit, ".exit": self._quit,
        }  # fmt: skip
        if name not in commands:
            raise UsageError(f"there is no command {name}; .help lists them")
        commands[name](rest.strip())

    def _tables(self, _: str) -> None:
        page("".join(f"{name}\n" for name in self.engine.catalog.names() or ["there are no tables"]))

    def _schema(self, table: str) -> None:
        schema = self.engine.catalog.schema_of(table)
        if schema is None:
            near = self.engine.catalog.near(table)
            raise UsageError(f"there is no table {table}{f'; did you mean {near[0]}?' if near else ''}")
        width = max(map(len, schema.names), default=0)
        page("".join(f"{column.name:{width}}  {column.type}\n" for column in schema))

    def _format(self, name: str) -> None:
        formats = [str(format) for format in FormatName if format is not FormatName.PARQUET]
        if name not in formats:
            raise UsageError(f".format {name}: write one of {', '.join(formats)}")
        self.settings = replace(self.settings, format=FormatName(name))

    def _now(self, written: str) -> None:
        Clock(written or None)
        self.settings = replace(self.settings, now=written or None)

    def _quit(self, _: str) -> None:
        self.open = False


def _functions(name: str) -> None:
    from kqlpy.cli.functions import functions

    functions(name or None)


def history_file() -> Path:
    """Where the queries of earlier sessions are kept."""
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "kqlpy" / "history"
