"""Tries texts by the thousand: each gives a result or a KqlError, in time; anything else is a defect.

    python fuzz/fuzz_texts.py [--count 100000] [--seed 1] [--seconds 600] [--run 0.2] [--only 4711]

Every text is bound, its plan optimized and drawn; what parses is formatted; a part (`--run`) is run over tiny tables. An error's text is written too. Defects are
listed by where they happen, each with the number of one text; `--only NUMBER` tries that text alone and shows it. Exits with 1 when there are defects.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import datetime as dt
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType

import pyarrow as pa
from make_texts import make_text

from kqlpy.api import Engine
from kqlpy.cli.explain import tree
from kqlpy.errors import KqlError
from kqlpy.format import format_text
from kqlpy.plan.optimizer import optimize
from kqlpy.session import Limits

NOW = dt.datetime(2024, 5, 15, tzinfo=dt.UTC)
PATIENCE = 20
"""Seconds of processor time: a busy machine is no defect."""
COLUMNS = [["a", "long"], ["b", "string"], ["c", "dynamic"], ["d", "dynamic"], ["g", "guid"], ["r", "real"], ["t", "datetime"], ["s", "timespan"]]


class TooLongError(Exception):
    """A text took longer than anybody would wait."""


def main() -> int:
    """Try the texts and print what came of them."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--seconds", type=float, default=float("inf"))
    options.add_argument("--run", type=float, default=0.2)
    options.add_argument("--only", type=int)
    given = options.parse_args()
    numbers = range(given.count) if given.only is None else [given.only]
    signal.signal(signal.SIGPROF, _ring)
    engines = Engine(schemas={"T": COLUMNS, "U": COLUMNS}), Engine(tables=_tables(), limits=Limits(memory=1 << 30, rows=100_000, cells=100_000, seconds=10))
    outcomes: collections.Counter[str] = collections.Counter()
    defects: dict[str, list[int]] = {}
    start = time.monotonic()
    for number in numbers:
        if time.monotonic() - start > given.seconds:
            break
        kind, text = make_text(given.seed, number)
        if given.only is not None:
            print(f"{kind}: {text!r}")
        runs = number % 1000 < given.run * 1000
        outcome, defect = attempt(engines, text, runs=runs, show=given.only is not None)
        outcomes[f"{kind}: {outcome}"] += 1
        if defect:
            defects.setdefault(defect, []).append(number)
            if len(defects[defect]) == 1:
                print(f"{given.seed}:{number} {kind}: {defect}", flush=True)
    _report(outcomes, defects, time.monotonic() - start)
    return 1 if defects else 0


def attempt(engines: tuple[Engine, Engine], text: str, *, runs: bool, show: bool = False) -> tuple[str, str]:
    """What came of a text, and the defect, if it is one."""
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        return _outcome(engines, text, runs), ""
    except KqlError as error:
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)
        try:
            str(error)
        except Exception as wrong:
            return "defect", f"{type(wrong).__name__} in the text of an error"
        return type(error).__name__, ""
    except (Exception, RecursionError) as wrong:
        if show:
            traceback.print_exc()
        return "defect", _where(wrong)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _outcome(engines: tuple[Engine, Engine], text: str, runs: bool) -> str:
    planner, runner = engines
    failed: KqlError | None = None
    try:
        prepared = planner.plan(text, NOW)
        with prepared.room():
            for result in prepared.bound.results:
                collections.deque(tree(result.plan), maxlen=0)
                optimize(result.plan)
    except KqlError as error:
        failed = error
    with contextlib.suppress(KqlError):
        formatted = format_text(text)
        assert format_text(formatted) == formatted, "formatting twice"
    if runs:
        runner.results(text, NOW)
        return "ran"
    if failed is not None:
        raise failed
    return "bound"


def _where(wrong: BaseException) -> str:
    """The kind of a defect and the innermost place in kqlpy."""
    frames = [f for f in traceback.extract_tb(wrong.__traceback__) if "kqlpy" in Path(f.filename).parts]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno} {frames[-1].name}" if frames else "?"
    return f"{type(wrong).__name__} at {place}: {str(wrong)[:100]}" if not isinstance(wrong, TooLongError) else f"more than {PATIENCE} s"


def _ring(number: int, frame: FrameType | None) -> None:
    raise TooLongError


def _tables() -> dict[str, pa.Table]:
    """T and U with a few rows, nulls among them."""
    moments = pa.array([NOW, None, NOW - dt.timedelta(days=2)], pa.timestamp("us", "UTC"))
    arrays = [
        pa.array([1, None, 3]), pa.array(["x", "", "10.0.0.1"]), pa.array(['{"a":1}', "[1,2]", None]), pa.array(["5", '"x"', "null"]),
        pa.array(["74be27de-1e4e-49d9-b579-fe0b331d3642", None, None]), pa.array([1.5, None, float("nan")]), moments,
        pa.array([dt.timedelta(days=1), None, dt.timedelta(0)], pa.duration("us")),
    ]  # fmt: skip
    fields = [pa.field(name, array.type, metadata={"kql.type": type_}) for (name, type_), array in zip(COLUMNS, arrays, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    return {"T": table, "U": table.slice(0, 2)}


def _report(outcomes: collections.Counter[str], defects: dict[str, list[int]], seconds: float) -> None:
    print(f"\n{sum(outcomes.values()):,} texts in {seconds:.0f} s")
    totals: dict[str, collections.Counter[str]] = {}
    for key, count in outcomes.items():
        kind, outcome = key.split(": ")
        totals.setdefault(kind, collections.Counter())[outcome] += count
    for kind, counts in sorted(totals.items()):
        print(f"  {kind:10}" + ", ".join(f"{count:,} {outcome}" for outcome, count in counts.most_common()))
    print(f"{len(defects)} defects" + "".join(f"\n  {len(numbers)} x {defect}: text {numbers[0]}" for defect, numbers in defects.items()))


if __name__ == "__main__":
    sys.exit(main())
