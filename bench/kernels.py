"""What the most used functions cost for each row, and whether Python touches rows: one table for the columns of `kernel_data.py`.

    python bench/kernels.py                      print the table
    python bench/kernels.py --write              write docs/kernels.md
    python bench/kernels.py --only has,split     some functions only
    python bench/kernels.py --rows 100000        fewer rows than a million

Nanoseconds are CPU time of one thread, the least of three runs. Steps are counted: the operations that
Python's interpreter executes for 3,000 more rows. Below one step a row a kernel is vectorised; one that steps only where values are new
works on distinct values; else it goes row by row.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any

from kernel_data import KernelTables, made_table

from kqlpy.api import Engine
from kqlpy.engine.executor import Executor
from kqlpy.plan.optimizer import optimize
from kqlpy.session import Session

__all__ = ["Kernel", "Measured", "kernels", "measure", "steps_per_row"]

LIST = Path(__file__).with_name("kernels.txt")
PAGE = Path(__file__).parents[1] / "docs" / "kernels.md"
FEW, MANY = 1500, 4500
VECTORISED, DISTINCT, ROWS = "vectorised", "distinct values", "row by row"


@dataclass(frozen=True)
class Kernel:
    """A line of the list: a function, the section it stands in, and an expression; none where there is no work for each row."""

    section: str
    name: str
    expression: str | None

    @property
    def query(self) -> str:
        """A query that computes the expression for each row of `T`."""
        assert self.expression is not None
        if self.expression.startswith("|"):
            return f"T {self.expression}"
        if self.section.startswith("Aggregates"):
            return f"T | summarize {self.expression} by group"
        return f"T | serialize x = {self.expression} | project x" if self.name in _WINDOWS else f"T | project x = {self.expression}"


_WINDOWS = ("prev", "next", "row_number", "row_window_session")


@dataclass(frozen=True)
class Measured:
    """Nanoseconds a row, and Python's steps a row, each with distinct and with repeated values."""

    distinct: float
    repeated: float
    steps: float
    repeated_steps: float

    @property
    def way(self) -> str:
        """How the kernel works."""
        if self.steps < 1:
            return VECTORISED
        return DISTINCT if self.repeated_steps < 1 else ROWS


def kernels() -> Iterator[Kernel]:
    """The list, in its order."""
    section = ""
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line and not line.startswith("#"):
            name, expression = line.split("\t")
            yield Kernel(section, name, None if expression == "-" else expression)


# ---------------------------------------------------------------- measuring


def measure(kernel: Kernel, rows: int) -> Measured:
    """The figures of one kernel."""
    return Measured(
        _nanoseconds(kernel, rows, False), _nanoseconds(kernel, rows, True), steps_per_row(kernel, repeated=False), steps_per_row(kernel, repeated=True)
    )


def steps_per_row(kernel: Kernel, *, repeated: bool) -> float:
    """How many operations Python's interpreter executes for each further row."""
    few, many = (_steps(_Prepared(kernel.query, rows, repeated)) for rows in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def _nanoseconds(kernel: Kernel, rows: int, repeated: bool) -> float:
    prepared = _Prepared(kernel.query, rows, repeated)
    times = []
    for _ in range(3):
        prepared.renew()
        start = time.process_time_ns()
        prepared.run()
        times.append(time.process_time_ns() - start)
        if times[-1] > 10e9:
            break
    return min(times) / rows


@lru_cache(maxsize=8)
def _engine(rows: int, repeated: bool) -> Engine:
    engine = Engine()
    engine.catalog = KernelTables(made_table(rows, repeated=repeated))
    return engine


class _Prepared:
    """A query over the made table, ready to run in this thread; its rows go nowhere."""

    def __init__(self, text: str, rows: int, repeated: bool) -> None:
        engine = _engine(rows, repeated)
        self._catalog = engine.catalog
        self._plan = optimize(engine.plan(text).bound.results[0].plan)
        self._session = Session.at()
        self._session = Session(self._session.now, threads=1)
        self.run()

    def renew(self) -> None:
        """Let nothing be known from earlier runs."""
        assert isinstance(self._catalog, KernelTables)
        self._catalog.made.renew()

    def run(self) -> None:
        """All batches, one after another."""
        executor = Executor(self._session, queries=self._plan.queries)
        for _ in executor.run(self._plan.plan):
            pass


def _steps(prepared: _Prepared) -> int:
    """The operations of one run."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        prepared.run()
    finally:
        sys.settrace(before)
    return count


# ---------------------------------------------------------------- the page


_HEAD = """# What kernels cost

<!-- Written by `python bench/kernels.py --write`. -->

The functions and operators that published rules use most, the most used first, with the cost of an expression for each row of a table of a million rows: CPU time of
one thread in nanoseconds, on one machine; compare lines rather than machines. *Distinct*: nearly every row has a value of its own. *Repeated*: each column has 1,000
values; columns of text are then dictionaries, as the readers of files give them, and functions are computed on the values of the dictionary.

*vectorised*: whole columns at once, in numpy or Arrow. *distinct values*: a plain Python function is called once for each distinct value. *row by row*: plain Python
touches each row. The kind is measured: it is *vectorised* when a further row costs Python's interpreter less than one operation.
What is known before rows are read (`ago`, `now`, constants) costs nothing for each row; it is left out, as are functions over whole series and
`geo_info_from_ip_address`, which needs a file."""


def _page(found: list[tuple[Kernel, Measured | None]]) -> str:
    blocks = [_HEAD]
    section = ""
    for kernel, measured in found:
        if kernel.section != section:
            section = kernel.section
            blocks.append(f"\n## {section}\n\n| name | example | how | distinct, ns | repeated, ns |\n|---|---|---|--:|--:|")
        if measured is not None:
            shown = (kernel.expression or "").replace("|", "\\|")
            blocks.append(f"| `{kernel.name}` | `{shown}` | {measured.way} | {measured.distinct:.0f} | {measured.repeated:.0f} |")
    return "\n".join(blocks) + "\n"


def main() -> None:
    """Print the table, or write the page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--only", default="")
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    names = set(given.only.split(",")) - {""}
    found: list[tuple[Kernel, Measured | None]] = []
    print(f"{'':28} {'how':16} {'distinct':>9} {'repeated':>9} {'steps':>8} {'steps':>8}")
    for kernel in kernels():
        if names and kernel.name not in names:
            continue
        measured = None if kernel.expression is None else measure(kernel, given.rows)
        found.append((kernel, measured))
        if measured is not None:
            print(f"{kernel.name:28} {measured.way:16} {measured.distinct:9.0f} {measured.repeated:9.0f} {measured.steps:8.2f} {measured.repeated_steps:8.2f}", flush=True)
    if given.write:
        PAGE.write_text(_page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
