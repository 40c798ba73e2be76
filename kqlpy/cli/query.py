"""`kqlpy query`: the rows of a query."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.clock import NO_TIMES, Clock
from kqlpy.cli.guard import UsageError, remark
from kqlpy.cli.options import FormatName
from kqlpy.cli.output import check_output, tell, tell_loading, tell_warnings, write_result
from kqlpy.cli.progress import Progress
from kqlpy.cli.render import check_render, render_result
from kqlpy.cli.settings import Settings, make_engine
from kqlpy.cli.surroundings import fill_in

if TYPE_CHECKING:
    from kqlpy.source import Source

__all__ = ["query", "read_source", "standard_input"]


def query(file: Path | None, text: str | None, settings: Settings) -> int:
    """Run a query and write its result; of several results machines get the first, people all."""
    inputs = [] if file is None else [file]
    check_output(settings, inputs)
    check_render(settings, inputs)
    clock = Clock(settings.now)
    written = read_source(file, text)
    engine = make_engine(settings)
    now = clock(engine, written)
    source = fill_in(written, settings.options, now)
    several = settings.shown_as is FormatName.TABLE and settings.output is None
    with Progress(quiet=settings.quiet) as progress:
        tables = engine.results(source, now, first=not several, progress=progress)
    for index, table in enumerate(tables):
        if index:
            tell("")
        write_result(table, settings)
    render_result(tables, settings)
    tell_warnings(tables[0], settings)
    tell_loading(engine.reports(), settings)
    if clock.is_latest and now is None and not settings.quiet:
        remark(NO_TIMES)
    if not several and not settings.quiet and len(engine.plan(source, now).bound.results) > 1:
        remark("the text has several results; this is the first")
    return 0


def read_source(file: Path | None, text: str | None) -> Source:
    """The query of the command line: a text, a file (a rule's query too), or standard input."""
    from kqlpy.source import Source

    if (file is None) == (text is None):
        raise UsageError('give a query: a file, - for standard input, or its text as in -e "print 1"')
    if text is not None:
        return Source(_decoded(text))
    if str(file) == "-":
        return standard_input()
    from kqlpy.rules.load import load_rule

    return load_rule(str(file)).source


def standard_input() -> Source:
    """The query that stands in standard input."""
    from kqlpy.source import Source

    sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")  # type: ignore[union-attr]
    return Source(sys.stdin.read())


def _decoded(text: str) -> str:
    """An argument as UTF-8, whatever the locale says; bytes that are none show as U+FFFD."""
    if text.isascii():
        return text
    return text.encode(sys.getfilesystemencoding(), "surrogateescape").decode("utf-8", "replace")
