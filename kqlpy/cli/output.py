"""Results to where they were asked for: a table fitted to the terminal, or a format for machines, on standard output or in a file."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.guard import UsageError, coloured, remark, say, writing
from kqlpy.cli.options import ENDINGS, FormatName
from kqlpy.cli.places import check_place
from kqlpy.cli.wrap import fitted, width_of

if TYPE_CHECKING:
    import pyarrow as pa

    from kqlpy.cli.settings import Settings
    from kqlpy.sources.reports import LoadReport

__all__ = ["check_output", "page", "tell", "tell_loading", "tell_verdict", "tell_warnings", "terminal_width", "write_result"]

_TERMINAL_ROWS = 1_000


def check_output(settings: Settings, inputs: Iterable[Path] = ()) -> None:
    """Refuse, before anything runs, a place where no result could be written, or where one would destroy what is read (`inputs` and the data)."""
    if settings.output is None:
        if settings.shown_as is FormatName.PARQUET and sys.stdout.isatty():
            raise UsageError("parquet is not for a terminal: name a file with --output")
        return
    check_place(settings.output, settings, inputs)
    if settings.format is None and settings.output.suffix.lower() not in ENDINGS:
        raise UsageError(f"--output {settings.output}: the ending names no format; there are {', '.join(filter(None, ENDINGS))}; or name one with --format")


def write_result(table: pa.Table, settings: Settings) -> None:
    """Write a result; what a fitted table leaves out is told."""
    from kqlpy.output.writers import WRITERS

    format = settings.shown_as
    if settings.output is not None:
        from kqlpy.output.target import whole_file

        with writing(str(settings.output)), whole_file(settings.output) as out:
            WRITERS[format](table, out)
        return
    if format is FormatName.TABLE:
        _print_table(table, settings)
        return
    with writing():
        sys.stdout.flush()
        WRITERS[format](table, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _print_table(table: pa.Table, settings: Settings) -> None:
    from kqlpy.output.text_table import render

    rows = _TERMINAL_ROWS if sys.stdout.isatty() else None
    rendered = render(table, terminal_width(), rows, colour=coloured(sys.stdout))
    page(rendered.text)
    for note in rendered.notes if not settings.quiet else ():
        sys.stdout.flush()
        remark(note)


def terminal_width() -> int | None:
    """The columns of the terminal, or of `COLUMNS`; None when the output goes elsewhere."""
    if os.environ.get("COLUMNS", "").isdigit() or sys.stdout.isatty():
        return max(shutil.get_terminal_size((80, 24)).columns, 20)
    return None


def page(text: str) -> None:
    """A text on standard output, through the pager where it is longer than the terminal."""
    from kqlpy.cli.pager import show

    if not show(text):
        tell(text, end="")


def tell(text: str, end: str = "\n") -> None:
    """A text on standard output; characters that its encoding lacks show as `?`."""
    with writing():
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        print(text, end=end, flush=True)


def tell_warnings(table: pa.Table, settings: Settings) -> None:
    """Remarks of the query on its result."""
    from kqlpy.engine.result import warnings_of

    for warning in () if settings.quiet else warnings_of(table):
        remark(warning)


def tell_loading(reports: Iterable[LoadReport], settings: Settings, told: set[str] | None = None) -> None:
    """Remarks on what was guessed and on what could not be read as declared, each once; not again what was `told` before."""
    if settings.quiet:
        return
    from kqlpy.sources.remarks import remarks

    sys.stdout.flush()
    lines = [line for line in dict.fromkeys(remarks(reports)) if told is None or line not in told]
    for line in lines[:_REMARKS]:
        remark(line)
    if len(lines) > _REMARKS:
        remark(f"and {len(lines) - _REMARKS} more remarks on loading")
    if told is not None:
        told.update(lines)


_REMARKS = 40


def tell_verdict(verdict: str, settings: Settings) -> None:
    """The verdict ends a table that people read; beside a format for machines it goes to standard error."""
    if settings.shown_as is not FormatName.TABLE or settings.output is not None:
        say(verdict)
    else:
        shown = fitted(verdict, width_of(sys.stdout))
        tell(shown.replace("ALERT", "\x1b[1;31mALERT\x1b[0m") if coloured(sys.stdout) else shown)
