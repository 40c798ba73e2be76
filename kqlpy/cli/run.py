"""`kqlpy run`: a rule's rows and its verdict."""

from __future__ import annotations

import sys
from pathlib import Path

from kqlpy.cli.guard import coloured, say
from kqlpy.cli.options import FormatName
from kqlpy.cli.output import check_output, tell, tell_loading, tell_warnings, write_result
from kqlpy.cli.progress import Progress
from kqlpy.cli.render import check_render, render_result
from kqlpy.cli.settings import Settings, clock, make_engine

__all__ = ["run"]


def run(path: Path, settings: Settings, *, exit_code: bool) -> int:
    """Run the rule of a file and write its rows; the exit code is 1 when it alerts and `exit_code` asks for that."""
    check_output(settings)
    check_render(settings)
    engine = make_engine(settings)
    from kqlpy.rules.load import load_rule
    from kqlpy.rules.run import run_rule

    rule = load_rule(path)
    now = clock(settings.now, engine, rule.source)
    with Progress(quiet=settings.quiet) as progress:
        result = run_rule(engine, rule, now, progress=progress)
    write_result(result.table, settings)
    render_result([result.table], settings)
    tell_warnings(result.table, settings)
    tell_loading(engine, settings)
    if not settings.quiet:
        _tell_verdict(result.verdict, settings)
    return 1 if exit_code and result.alert else 0


def _tell_verdict(verdict: str, settings: Settings) -> None:
    """The verdict ends a table that people read; beside a format for machines it goes to standard error."""
    if settings.shown_as is not FormatName.TABLE or settings.output is not None:
        say(verdict)
    else:
        tell(verdict.replace("ALERT", "\x1b[1;31mALERT\x1b[0m") if coloured(sys.stdout) else verdict)
