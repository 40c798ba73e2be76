"""The commands and their options. Everything heavy is imported when a command runs, so that `--help` and `--version` stay quick."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from kqlpy.cli.guard import guarded
from kqlpy.cli.options import (
    Alerts,
    Color,
    Data,
    DataNeeded,
    ExitCode,
    FormatOption,
    Functions,
    Jobs,
    Limit,
    Now,
    OptionalFile,
    Output,
    Quiet,
    Render,
    Rules,
    Text,
    Window,
    format_named,
)
from kqlpy.cli.process import prepare
from kqlpy.cli.reading import Schemas, Strict, TableFiles, Write, Zone, reading
from kqlpy.cli.surroundings import Database, End, External, Network, Profiles, Start, surroundings

__all__ = ["app", "main"]

_HELP = """Run KQL queries and Microsoft Sentinel rules on a folder of files.

A table is a file of its name in the data folder, such as SecurityEvent.csv.

\b
  kqlpy run rule.yaml --data logs --now 2024-05-01T12:00Z
  kqlpy run rules --data logs --jobs 2
  kqlpy query -e "SecurityEvent | summarize count() by EventID" --data logs

\b
Exit codes: 0 it ran, 1 with --exit-code and an alert, 2 the rule, query or
call is wrong, 3 the data is wrong, 130 interrupted.
"""

app = typer.Typer(
    help=_HELP, rich_markup_mode=None, add_completion=True, pretty_exceptions_enable=False, no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


def main() -> int:
    """Run the command of the process's arguments; gives its exit code."""
    prepare()
    return guarded(_command)


def _command() -> int:
    app(prog_name="kqlpy")
    return 0


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
    rules: Rules,
    data: DataNeeded,
    now: Now = None,
    format: FormatOption = None,
    output: Output = None,
    quiet: Quiet = False,
    exit_code: ExitCode = False,
    window: Window = False,
    alerts: Alerts = False,
    jobs: Jobs = 1,
    limit: Limit = None,
    functions: Functions = None,
    start: Start = None,
    end: End = None,
    external: External = None,
    allow_network: Network = False,
    database: Database = None,
    file_profile: Profiles = None,
    render: Render = None,
    strict: Strict = False,
    zone: Zone = None,
    table: TableFiles = None,
    schemas: Schemas = None,
    color: Color = None,
) -> None:
    """Run a rule, or all of a folder, and tell which alert."""

    def work() -> int:
        from kqlpy.cli.run import run
        from kqlpy.cli.settings import RunOptions, Settings

        options = surroundings(start, end, external, database, file_profile, allow_network)
        read = reading(schemas, strict, table, zone)
        settings = Settings(data, now, format_named(format), output, quiet, tuple(limit or ()), functions, options, render, read)
        return run(rules, settings, RunOptions(exit_code, window, alerts, jobs))

    _finish(work)


@app.command("replay")
def _replay(
    rule: Annotated[Path, typer.Argument(metavar="RULE", help="A rule (.yaml, .json) with a queryFrequency.", show_default=False)],
    data: DataNeeded,
    now: Now = None,
    runs: Annotated[int, typer.Option("--runs", metavar="N", help="How many runs, the last one at the clock.")] = 50,
    format: FormatOption = None,
    output: Output = None,
    quiet: Quiet = False,
    exit_code: ExitCode = False,
    alerts: Alerts = False,
    limit: Limit = None,
    functions: Functions = None,
    external: External = None,
    allow_network: Network = False,
    database: Database = None,
    file_profile: Profiles = None,
    strict: Strict = False,
    zone: Zone = None,
    table: TableFiles = None,
    schemas: Schemas = None,
    color: Color = None,
) -> None:
    """Run a rule as its schedule would: its alerts and incidents."""

    def work() -> int:
        from kqlpy.cli.replay import ReplayOptions, replay
        from kqlpy.cli.settings import Settings

        options = surroundings(None, None, external, database, file_profile, allow_network)
        read = reading(schemas, strict, table, zone)
        settings = Settings(data, now, format_named(format), output, quiet, tuple(limit or ()), functions, options, reading=read)
        return replay(rule, settings, ReplayOptions(runs, alerts, exit_code))

    _finish(work)


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
    start: Start = None,
    end: End = None,
    external: External = None,
    allow_network: Network = False,
    database: Database = None,
    file_profile: Profiles = None,
    render: Render = None,
    strict: Strict = False,
    zone: Zone = None,
    table: TableFiles = None,
    schemas: Schemas = None,
    color: Color = None,
) -> None:
    """Run a query: -e TEXT, a file, or - for standard input."""

    def work() -> int:
        from kqlpy.cli.query import query
        from kqlpy.cli.settings import Settings

        options = surroundings(start, end, external, database, file_profile, allow_network)
        read = reading(schemas, strict, table, zone)
        return query(file, text, Settings(data, now, format_named(format), output, quiet, tuple(limit or ()), functions, options, render, read))

    _finish(work)


@app.command("check")
def _check(
    files: Annotated[list[Path], typer.Argument(metavar="RULES", help="Rules, plain queries, folders of them, or - for a query in standard input.", show_default=False)],
    data: Data = None,
    format: Annotated[
        str | None, typer.Option("--format", "-f", metavar="NAME", help="How to tell: text (as without this option), json, sarif or github.", show_default=False)
    ] = None,
    now: Now = None,
    functions: Functions = None,
    start: Start = None,
    end: End = None,
    external: External = None,
    database: Database = None,
    file_profile: Profiles = None,
    zone: Zone = None,
    table: TableFiles = None,
    schemas: Schemas = None,
    color: Color = None,
) -> None:
    """Check rules without running them: names, types, fields."""

    def work() -> int:
        from kqlpy.cli.check import check
        from kqlpy.cli.settings import Settings

        options = surroundings(start, end, external, database, file_profile)
        read = reading(schemas, False, table, zone)
        return check(files, Settings(data, now, functions=functions, options=options, reading=read), format)

    _finish(work)


@app.command("fmt")
def _fmt(
    paths: Annotated[list[Path], typer.Argument(metavar="FILES", help="Rules, queries, folders of them, or - for standard input.", show_default=False)],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; list what would change, and exit with 1 if anything would.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")] = False,
) -> None:
    """Format queries: only white space changes."""

    def work() -> int:
        from kqlpy.cli.fmt import fmt

        return fmt(paths, check=check, diff=diff)

    _finish(work)


@app.command("explain")
def _explain(
    file: OptionalFile = None,
    text: Text = None,
    data: Data = None,
    now: Now = None,
    functions: Functions = None,
    start: Start = None,
    end: End = None,
    external: External = None,
    database: Database = None,
    file_profile: Profiles = None,
    zone: Zone = None,
    table: TableFiles = None,
    schemas: Schemas = None,
) -> None:
    """Show the plan of a query."""

    def work() -> int:
        from kqlpy.cli.explain import explain
        from kqlpy.cli.settings import Settings

        options = surroundings(start, end, external, database, file_profile)
        read = reading(schemas, False, table, zone)
        return explain(file, text, Settings(data, now, functions=functions, options=options, reading=read))

    _finish(work)


@app.command("functions")
def _functions(search: Annotated[str | None, typer.Argument(metavar="NAME", help="A name, or a part of names or of descriptions.", show_default=False)] = None) -> None:
    """Search functions, operators and plugins, or tell all about one."""

    def work() -> int:
        from kqlpy.cli.functions import functions

        return functions(search)

    _finish(work)


@app.command("schema")
def _schema(
    data: DataNeeded,
    table: Annotated[str | None, typer.Argument(metavar="TABLE", help="Only this table.", show_default=False)] = None,
    format: FormatOption = None,
    write: Write = None,
    zone: Zone = None,
    schemas: Schemas = None,
) -> None:
    """Show the tables of a data folder: columns, rows, times."""

    def work() -> int:
        from kqlpy.cli.schema import schema
        from kqlpy.cli.settings import Settings

        return schema(Settings(data, format=format_named(format), reading=reading(schemas, False, None, zone)), table, write)

    _finish(work)


@app.command("shell")
def _shell(
    data: Data = None,
    now: Now = None,
    format: FormatOption = None,
    quiet: Quiet = False,
    limit: Limit = None,
    functions: Functions = None,
    start: Start = None,
    end: End = None,
    external: External = None,
    allow_network: Network = False,
    database: Database = None,
    file_profile: Profiles = None,
    strict: Strict = False,
    zone: Zone = None,
    table: TableFiles = None,
    schemas: Schemas = None,
    color: Color = None,
) -> None:
    """Ask queries one after the other, with history and completion."""

    def work() -> int:
        from kqlpy.cli.settings import Settings
        from kqlpy.cli.shell import shell

        options = surroundings(start, end, external, database, file_profile, allow_network)
        read = reading(schemas, strict, table, zone)
        return shell(Settings(data, now, format_named(format), None, quiet, tuple(limit or ()), functions, options, reading=read))

    _finish(work)


def _finish(work: Callable[[], int]) -> NoReturn:
    """Do a command's work; typer hears only of its exit code."""
    raise typer.Exit(guarded(work))
