"""`kqlpy run` with a folder or several files: a summary with one line for each rule."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.clock import NO_TIMES, Clock
from kqlpy.cli.guard import DATA_WRONG, DEFECT, RULE_WRONG, UsageError, complain, remark
from kqlpy.cli.options import FormatName
from kqlpy.cli.output import tell_loading, write_result
from kqlpy.cli.progress import Bar
from kqlpy.cli.settings import RunOptions, Settings, make_engine

if TYPE_CHECKING:
    import pyarrow as pa

    from kqlpy.rules.batch import Outcome
    from kqlpy.sources.reports import LoadReport

__all__ = ["run_many"]


def run_many(paths: Sequence[Path], settings: Settings, options: RunOptions) -> int:
    """Run all rules of some files and folders and write a summary, or their alerts. The exit code is the gravest of the rules'."""
    if settings.render is not None:
        raise UsageError("--render draws the result of one rule; name one file")
    make_engine(settings)  # a folder that cannot be read is told before anything runs
    from kqlpy.rules.batch import Batch, Ending, rule_files, run_batch, together

    files = rule_files(paths)
    if not files:
        raise UsageError(f"there is no rule in {', '.join(map(str, paths))}")
    start = time.monotonic()
    batch = Batch(partial(make_engine, settings), Clock(_fixed(settings.now)), options.window, NO_TIMES)
    outcomes: list[Outcome] = []
    reports: list[LoadReport] = []
    with Bar(len(files), "files", quiet=settings.quiet) as bar:
        for done in run_batch(batch, files, options.jobs):
            outcomes.extend(done.outcomes)
            reports = together((*reports, *done.reports))
            bar.step(sum(outcome.ending is Ending.ALERT for outcome in done.outcomes))
    ran = [outcome for outcome in outcomes if outcome.ending is not Ending.NO_RULE]
    people = settings.shown_as is FormatName.TABLE and not options.alerts
    write_result(_alerts(ran) if options.alerts else _overview(ran) if people else _summary(ran), settings)
    if not settings.quiet:
        tell_loading(reports, settings)
        _tell(ran, outcomes, time.monotonic() - start, settings, options)
    return _code(ran, exit_code=options.exit_code)


def _fixed(written: str | None) -> str:
    """The clock of all rules: the present is the same moment for each."""
    return written if written is not None else dt.datetime.now(dt.UTC).isoformat()


def _code(outcomes: Iterable[Outcome], *, exit_code: bool) -> int:
    """A defect before a wrong rule, a wrong rule before missing data, missing data before an alert."""
    from kqlpy.rules.batch import Ending

    endings = {outcome.ending for outcome in outcomes}
    grave = ((Ending.DEFECT, DEFECT), (Ending.REFUSED, RULE_WRONG), (Ending.MISSING, DATA_WRONG))
    found = next((code for ending, code in grave if ending in endings), 0)
    return found or (1 if exit_code and Ending.ALERT in endings else 0)


# ---------------------------------------------------------------- what is written


def _summary(outcomes: Sequence[Outcome]) -> pa.Table:
    """One row for each rule."""
    import orjson
    import pyarrow as pa

    from kqlpy.output.made import made_table

    return made_table(
        Rule=("string", pa.array([o.name for o in outcomes], pa.string())),
        Result=("string", pa.array([str(o.ending) for o in outcomes], pa.string())),
        Rows=("long", pa.array([o.rows for o in outcomes], pa.int64())),
        Alerts=("long", pa.array([None if o.rows is None else len(o.alerts) for o in outcomes], pa.int64())),
        Severity=("string", pa.array([o.severity for o in outcomes], pa.string())),
        Seconds=("real", pa.array([round(o.seconds, 3) for o in outcomes], pa.float64())),
        Missing=("dynamic", pa.array([orjson.dumps(o.missing).decode() if o.missing else None for o in outcomes], pa.string())),
        Message=("string", pa.array([o.message for o in outcomes], pa.string())),
        Remarks=("dynamic", pa.array([orjson.dumps(o.remarks).decode() if o.remarks else None for o in outcomes], pa.string())),
        File=("string", pa.array([o.file for o in outcomes], pa.string())),
    )


def _overview(outcomes: Sequence[Outcome]) -> pa.Table:
    """What people read of the summary: the rules that alert first, then those that went wrong."""
    import pyarrow as pa

    from kqlpy.output.made import made_table
    from kqlpy.rules.batch import Ending

    gravity = (Ending.ALERT, Ending.DEFECT, Ending.REFUSED, Ending.QUIET, Ending.MISSING)
    chosen = sorted(outcomes, key=lambda o: gravity.index(o.ending))
    notes = [f"lacks {', '.join(o.missing)}" if o.missing else o.message or "; ".join(o.remarks) for o in chosen]
    return made_table(
        Result=("string", pa.array([str(o.ending) for o in chosen], pa.string())),
        Rows=("long", pa.array([o.rows for o in chosen], pa.int64())),
        Alerts=("long", pa.array([None if o.rows is None else len(o.alerts) for o in chosen], pa.int64())),
        Severity=("string", pa.array([o.severity for o in chosen], pa.string())),
        Rule=("string", pa.array([o.name for o in chosen], pa.string())),
        Note=("string", pa.array(notes, pa.string())),
    )


def _alerts(outcomes: Iterable[Outcome]) -> pa.Table:
    from kqlpy.rules.alerts import alerts_table

    return alerts_table([(outcome.name, alert) for outcome in outcomes for alert in outcome.alerts])


def _tell(ran: Sequence[Outcome], outcomes: Sequence[Outcome], seconds: float, settings: Settings, options: RunOptions) -> None:
    """The counts, the tables that are missing, and what was left out."""
    from kqlpy.cli.output import tell_verdict
    from kqlpy.rules.batch import Ending

    sys.stdout.flush()
    if options.alerts:
        for outcome in ran:
            if outcome.message:
                complain(f"{outcome.file}: {outcome.message}")
    missing = Counter(table for outcome in ran for table in outcome.missing)
    if missing:
        listed = ", ".join(f"{table} ({count})" for table, count in missing.most_common(10))
        more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
        remark(f"tables without data, and how many rules lack them: {listed}{more}")
    left = [outcome.file for outcome in outcomes if outcome.ending is Ending.NO_RULE]
    if left:
        remark(f"{_counted(len(left), 'file')} without a rule left out: {', '.join(left[:5])}{' ...' if len(left) > 5 else ''}")
    counts = Counter(outcome.ending for outcome in ran)
    parts = ", ".join(f"{counts[ending]} {ending}" for ending in Ending if counts[ending])
    seen = "only events of each rule's queryPeriod" if options.window else "all events that the queries' own times allow"
    tell_verdict(f"{_counted(len(ran), 'rule')} over {seen}: {parts or 'none ran'}, {seconds:.1f} s", settings)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
