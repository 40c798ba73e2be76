"""The options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = [
    "Data", "DataNeeded", "ExitCode", "FormatName", "FormatOption", "Functions", "Limit", "Now", "OptionalFile", "Output", "Quiet", "Text",
]  # fmt: skip


class FormatName(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    MARKDOWN = "markdown"


_DATA = "Folder of data files, each named as its table."

DataNeeded: TypeAlias = Annotated[Path, typer.Option("--data", "-d", help=_DATA, show_default=False)]
Data: TypeAlias = Annotated[Path | None, typer.Option("--data", "-d", help=_DATA, show_default=False)]
Now: TypeAlias = Annotated[
    str | None, typer.Option("--now", help="The clock: an ISO time, or `latest` for the newest event of the tables that are read.", show_default="the present")
]
FormatOption: TypeAlias = Annotated[
    FormatName | None, typer.Option("--format", "-f", help="How to write the result.", show_default="the output's ending, else table")
]
Output: TypeAlias = Annotated[Path | None, typer.Option("--output", "-o", help="Write the result to a file.", show_default=False)]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="Only the result: no verdict, remarks or progress.")]
ExitCode: TypeAlias = Annotated[bool, typer.Option("--exit-code", help="Exit with 1 when the rule alerts.")]
Limit: TypeAlias = Annotated[
    list[str] | None, typer.Option("--limit", metavar="NAME=VALUE", help="A bound: memory, rows, cells, text or seconds.", show_default=False)
]
Functions: TypeAlias = Annotated[Path | None, typer.Option("--functions", help="Folder of stored functions (.kql, ASIM .yaml).", show_default=False)]
OptionalFile: TypeAlias = Annotated[Path | None, typer.Argument(help="A query, a rule, or - for standard input.", show_default=False)]
Text: TypeAlias = Annotated[str | None, typer.Option("-e", "--text", help="The query itself.", show_default=False)]
