"""The commands and their options. Everything heavy is imported when a command runs, so that `--help` and `--version` stay quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kqlpy.cli.options import (
    Data,
    DataNeeded,
    ExitCode,
    FormatName,
    FormatOption,
    Functions,
    Limit,
    Now,
    OptionalFile,
    Output,
    Quiet,
    Text,
)

__all__ = ["app", "main"]

_HELP = """Run KQL queries and Microsoft Sentinel rules on a folder of files.

A table is a file of its name in the data folder: SecurityEvent.csv, .json, .jsonl or .parquet.

\b
  kqlpy run rule.yaml --data logs --now 2024-05-01T12:00Z
  kqlpy query -e "SecurityEvent | summarize count() by EventID" --data logs

\b
Exit codes: 0 it ran, 1 with --exit-code and an alert, 2 the rule, query or
call is wrong, 3 the data is wrong, 130 interrupted.
"""

app = typer.Typer(
    help=_HELP, rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


def main() -> int:
    """The console script: runs the command of the process's arguments and gives its exit code."""
    from kqlpy.cli.guard import guarded

    return guarded(app)


def _version(wanted: bool) -> None:
    if wanted:
        from kqlpy import __version__

        typer.echo(f"kqlpy {__version__}")
        raise typer.Exit


@app.callback()
def _top(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False) -> None:
    pass


@app.command("run")
def _run(
    rule: Annotated[Path, typer.Argument(help="A rule (.yaml) or a plain query (.kql, .csl, .txt).", show_default=False)],
    data: DataNeeded,
    now: Now = None,
    format: FormatOption = None,
    output: Output = None,
    quiet: Quiet = False,
    exit_code: ExitCode = False,
    limit: Limit = None,
    functions: Functions = None,
) -> None:
    """Run a rule and tell whether it alerts."""
    from kqlpy.cli.run import run
    from kqlpy.cli.settings import Settings

    settings = Settings(data, now, format, output, quiet, tuple(limit or ()), functions)
    raise typer.Exit(run(rule, settings, exit_code=exit_code))


@app.command("query")
def _query(
    file: OptionalFile = None,
    text: Text = None,
    data: Data = None,
    now: Now = None,
    format: FormatOption = None,
    output: Output = None,
    quiet: Quiet = False,
    limit: Limit = None,
    functions: Functions = None,
) -> None:
    """Run a query: -e TEXT, a file, or - for standard input."""
    from kqlpy.cli.query import query
    from kqlpy.cli.settings import Settings

    query(file, text, Settings(data, now, format, output, quiet, tuple(limit or ()), functions))


@app.command("check")
def _check(
    files: Annotated[list[Path], typer.Argument(help="Rules and plain queries.", show_default=False)],
    data: Data = None,
    functions: Functions = None,
) -> None:
    """Check rules without running them: syntax, names and types."""
    from kqlpy.cli.check import check

    raise typer.Exit(check(files, data, functions))


@app.command("explain")
def _explain(file: OptionalFile = None, text: Text = None, data: Data = None, functions: Functions = None) -> None:
    """Show the plan of a query."""
    from kqlpy.cli.explain import explain

    explain(file, text, data, functions)


@app.command("functions")
def _functions(search: Annotated[str | None, typer.Argument(help="A name, or a part of names.", show_default=False)] = None) -> None:
    """List the functions, or all about one."""
    from kqlpy.cli.functions import functions

    functions(search)


@app.command("schema")
def _schema(
    data: DataNeeded,
    table: Annotated[str | None, typer.Argument(help="Only this table.", show_default=False)] = None,
    format: Annotated[FormatName | None, typer.Option("--format", help="How to write it: as text, or one row for each column.", show_default=False)] = None,
) -> None:
    """Show the tables of a data folder and their columns."""
    from kqlpy.cli.schema import schema

    schema(data, table, format)
