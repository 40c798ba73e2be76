"""`kqlpy replay`: a rule as its schedule would run it, with suppression and incidents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.clock import NO_TIMES, Clock
from kqlpy.cli.guard import UsageError, remark
from kqlpy.cli.output import check_output, tell_loading, write_result
from kqlpy.cli.progress import Bar
from kqlpy.cli.settings import Settings, make_engine

if TYPE_CHECKING:
    import pyarrow as pa

    from kqlpy.rules.replay import Run

__all__ = ["ReplayOptions", "replay"]


@dataclass(frozen=True)
class ReplayOptions:
    """What `replay` alone is asked for."""

    runs: int = 50
    alerts: bool = False
    exit_code: bool = False


def replay(path: Path, settings: Settings, options: ReplayOptions) -> int:
    """Run the rule of a file at each time of its schedule up to the clock; write the runs, or their alerts."""
    check_output(settings, [path])
    clock = Clock(settings.now)
    if not 1 <= options.runs <= _MOST:
        raise UsageError(f"--runs takes a number from 1 to {_MOST:,}")
    engine = make_engine(settings)
    from kqlpy.rules.load import load_rule
    from kqlpy.rules.replay import frequency_of, run_times
    from kqlpy.rules.replay import replay as replayed

    rule = load_rule(path)
    frequency = frequency_of(rule)
    if frequency is None:
        raise UsageError(f"{path}: the rule has no `queryFrequency`, which says when it runs")
    now = clock(engine, rule.source)
    times = run_times(frequency, now or dt.datetime.now(dt.UTC), runs=options.runs)
    with Bar(len(times), "runs", quiet=settings.quiet) as bar:
        runs = list(replayed(engine, rule, times, progress=lambda run: bar.step(bool(run.raised))))
    write_result(_alerts(rule.name, runs) if options.alerts else _runs(runs), settings)
    if not settings.quiet:
        tell_loading(engine.reports(), settings)
        if clock.is_latest and now is None:
            remark(NO_TIMES)
        _tell(runs, frequency, settings)
    return 1 if options.exit_code and any(run.raised for run in runs) else 0


_MOST = 100_000


def _tell(runs: Sequence[Run], frequency: dt.timedelta, settings: Settings) -> None:
    """One line: the runs, alerts and incidents."""
    from kqlpy.cli.output import tell_verdict
    from kqlpy.rules.schedule import Window, shown

    raised = [one for run in runs for one in run.raised]
    incidents = len({one.incident for one in raised if one.incident is not None})
    suppressed = sum(run.suppressed for run in runs)
    parts = [_counted(len(raised), "alert"), _counted(incidents, "incident"), *([f"{_counted(suppressed, 'run')} suppressed"] if suppressed else [])]
    tell_verdict(f"{_counted(len(runs), 'run')}, one every {shown(frequency)}, {Window(runs[0].time, runs[-1].time)}: {', '.join(parts)}", settings)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _runs(runs: Sequence[Run]) -> pa.Table:
    """One row for each run."""
    import orjson
    import pyarrow as pa

    from kqlpy.output.made import made_table

    incidents = [sorted({one.incident for one in run.raised if one.incident is not None}) for run in runs]
    return made_table(
        Time=("datetime", pa.array([run.time for run in runs], pa.timestamp("us", "UTC"))),
        Result=("string", pa.array(["suppressed" if run.suppressed else "alert" if run.raised else "no alert" for run in runs], pa.string())),
        Rows=("long", pa.array([run.rows for run in runs], pa.int64())),
        Alerts=("long", pa.array([len(run.raised) for run in runs], pa.int64())),
        Incidents=("dynamic", pa.array([orjson.dumps(numbers).decode() if numbers else None for numbers in incidents], pa.string())),
    )


def _alerts(name: str, runs: Sequence[Run]) -> pa.Table:
    """One row for each alert."""
    import pyarrow as pa

    from kqlpy.output.made import made_table
    from kqlpy.rules.alerts import alerts_table

    raised = [one for run in runs for one in run.raised]
    when = made_table(
        Time=("datetime", pa.array([one.time for one in raised], pa.timestamp("us", "UTC"))),
        Incident=("long", pa.array([one.incident for one in raised], pa.int64())),
    )
    alerts = alerts_table([(name, one.alert.to_dict()) for one in raised])
    return pa.Table.from_arrays([*when.columns, *alerts.columns], schema=pa.schema([*when.schema, *alerts.schema]))
