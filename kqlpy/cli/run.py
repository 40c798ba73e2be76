"""`kqlpy run`: a rule's rows, or its alerts, and its verdict."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.clock import NO_TIMES, Clock
from kqlpy.cli.guard import UsageError, remark
from kqlpy.cli.output import check_output, tell_loading, tell_verdict, tell_warnings, write_result
from kqlpy.cli.progress import Progress
from kqlpy.cli.render import check_render, render_result
from kqlpy.cli.run_many import run_many
from kqlpy.cli.settings import RunOptions, Settings, make_engine

if TYPE_CHECKING:
    import pyarrow as pa

    from kqlpy.api import Engine
    from kqlpy.rules.model import Rule
    from kqlpy.rules.run import RuleResult

__all__ = ["run"]


def run(paths: Sequence[Path], settings: Settings, options: RunOptions) -> int:
    """Run the rule of a file and write its rows, or its alerts; the exit code is 1 when it alerts and `exit_code` asks for that.

    A folder, several files or a file with several rules give a summary instead.
    """
    check_output(settings, paths)
    check_render(settings, paths)
    clock = Clock(settings.now)
    if options.jobs < 1:
        raise UsageError("--jobs takes a number from 1")
    if len(paths) > 1 or paths[0].is_dir():
        return run_many(paths, settings, options)
    engine = make_engine(settings)
    from kqlpy.rules.load import load_rules

    rules = load_rules(paths[0])
    return run_many(paths, settings, options) if len(rules) > 1 else _run_one(engine, rules[0], clock, settings, options)


def _run_one(engine: Engine, rule: Rule, clock: Clock, settings: Settings, options: RunOptions) -> int:
    from kqlpy.rules.messages import DISABLED
    from kqlpy.rules.run import run_rule

    now = clock(engine, rule.source)
    with Progress(quiet=settings.quiet) as progress:
        result = run_rule(engine, rule, now, window=options.window, progress=progress)
    write_result(_alerts(result) if options.alerts else result.table, settings)
    render_result([result.table], settings)
    tell_warnings(result.table, settings)
    tell_loading(engine.reports(), settings)
    if not settings.quiet:
        if clock.is_latest and now is None:
            remark(NO_TIMES)
        if not rule.enabled:
            remark(DISABLED)
        if rule.is_analytic or options.window:
            sys.stdout.flush()
            remark(result.seen)
        tell_verdict(result.verdict, settings)
    return 1 if options.exit_code and result.alert else 0


def _alerts(result: RuleResult) -> pa.Table:
    from kqlpy.rules.alerts import alerts_table

    return alerts_table([(result.rule.name, alert.to_dict()) for alert in result.alerts])
