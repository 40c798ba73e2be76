"""The options that several commands share."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from kqlpy.cli.guard import UsageError

__all__ = [
    "ENDINGS", "Alerts", "Color", "Data", "DataNeeded", "ExitCode", "FormatName", "FormatOption", "Functions", "Jobs", "Limit", "Now", "OptionalFile", "Output",
    "Quiet", "Render", "Rules", "Text", "Window", "format_named",
]  # fmt: skip


class FormatName(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    MARKDOWN = "markdown"


#: The format that the ending of an output file names.
ENDINGS = {
    ".json": FormatName.JSON, ".jsonl": FormatName.JSONL, ".ndjson": FormatName.JSONL, ".csv": FormatName.CSV, ".parquet": FormatName.PARQUET,
    ".md": FormatName.MARKDOWN, ".txt": FormatName.TABLE, "": FormatName.TABLE,
}  # fmt: skip


def format_named(written: str | None) -> FormatName | None:
    """The format of that name; None when none was named."""
    if written is None or written.lower() in list(FormatName):
        return None if written is None else FormatName(written.lower())
    raise UsageError(f"--format {written}: no such format; there are {', '.join(FormatName)}")


_DATA = "Folder of data files, each named as its table."


def _colour(written: str | None) -> str | None:
    """Colour is a matter of the whole process and those that it starts: it stands in the environment, as NO_COLOR does."""
    if written is None:
        return None
    if written not in ("auto", "always", "never"):
        raise typer.BadParameter("write auto, always or never")
    for name in ("NO_COLOR", "FORCE_COLOR") if written != "auto" else ():
        os.environ.pop(name, None)
    if written != "auto":
        os.environ["FORCE_COLOR" if written == "always" else "NO_COLOR"] = "1"
    return written


Color: TypeAlias = Annotated[
    str | None, typer.Option("--color", metavar="WHEN", callback=_colour, help="Colour: auto (as without this option), always or never.", show_default=False)
]
DataNeeded: TypeAlias = Annotated[Path, typer.Option("--data", "-d", metavar="FOLDER", help=_DATA, show_default=False)]
Data: TypeAlias = Annotated[Path | None, typer.Option("--data", "-d", metavar="FOLDER", help=_DATA, show_default=False)]
Now: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--now", metavar="TIME", help="The clock: an ISO time, or `latest` for the newest event of the tables that are read; else the present.", show_default=False
    ),
]
FormatOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--format", "-f", metavar="NAME", help=f"How to write the result: {', '.join(FormatName)}. Else the ending of --output says, or table.", show_default=False
    ),
]
Output: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", callback=lambda path: None if str(path) == "-" else path, help="Write the result to a file.", show_default=False
    ),
]
Render: TypeAlias = Annotated[
    Path | None, typer.Option("--render", metavar="FILE", help="Draw the result as its render says: .html, .png, .svg, .json.", show_default=False)
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="Only the result: no verdict, remarks or progress.")]
Rules: TypeAlias = Annotated[
    list[Path], typer.Argument(metavar="RULES", help="Rules (.yaml, .json), plain queries (.kql, .csl, .txt), folders of them.", show_default=False)
]
Window: TypeAlias = Annotated[bool, typer.Option("--window", help="Let the query see only events of its queryPeriod before the clock, as the service does.")]
Alerts: TypeAlias = Annotated[bool, typer.Option("--alerts", help="Write the alerts with their entities and details, not the rows.")]
Jobs: TypeAlias = Annotated[int, typer.Option("--jobs", "-j", metavar="N", help="Run several rules in so many processes.")]
ExitCode: TypeAlias = Annotated[bool, typer.Option("--exit-code", help="Exit with 1 when the rule alerts.")]
Limit: TypeAlias = Annotated[
    list[str] | None, typer.Option("--limit", metavar="NAME=VALUE", help="A bound: memory, rows, cells, text or seconds.", show_default=False)
]
Functions: TypeAlias = Annotated[Path | None, typer.Option("--functions", metavar="FOLDER", help="Folder of stored functions (.kql, ASIM .yaml).", show_default=False)]
OptionalFile: TypeAlias = Annotated[Path | None, typer.Argument(metavar="FILE", help="A query, a rule, or - for standard input.", show_default=False)]
Text: TypeAlias = Annotated[str | None, typer.Option("-e", "--text", metavar="QUERY", help="The query itself.", show_default=False)]
